"""Bodies in JSON, read strictly: what two readers could understand in two ways is refused."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Request
from webargs import core
from webargs.flaskparser import FlaskParser, abort, is_json_request

_INFINITY = float("inf")


class Reader(FlaskParser):
    """Reads bodies as I-JSON (RFC 7493), and nothing but bodies that say they are JSON."""

    def _raw_load_json(self, req: Request) -> Any:  # noqa: ANN401 — whatever was sent
        raw = req.get_data(cache=True)
        if not is_json_request(req):
            if not raw and not req.mimetype:
                return core.missing
            _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON: Content-Type: application/json")
        return read_json(raw)


def read_json(raw: bytes) -> Any:  # noqa: ANN401 — whatever was sent
    """Read one JSON text.

    Raises:
        HTTPException: 400; it is none, has a name twice in one object, a number that is none, a
            character that cannot be stored, or is nested too deep.
    """
    try:
        found = json.loads(
            raw.decode(),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
        if b"\\u" in raw:
            _check_characters(found)
    except (json.JSONDecodeError, UnicodeDecodeError):
        _refuse(HTTPStatus.BAD_REQUEST, "Invalid JSON body.")
    except RecursionError:
        _refuse(HTTPStatus.BAD_REQUEST, "The JSON is nested too deep.")
    except ValueError as error:
        # Only the sentences below, and Python's own of a number with too many digits, end here.
        _refuse(HTTPStatus.BAD_REQUEST, str(error))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A name stands twice in one object.")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no numbers of JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) == _INFINITY:
        raise ValueError("A number is too large.")
    return number


def _check_characters(found: object) -> None:
    for text in _texts(found):
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("A text holds U+0000 or half of a surrogate pair.")


def _texts(found: object) -> Iterator[str]:
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one


def _refuse(status: HTTPStatus, sentence: str) -> NoReturn:
    abort(status, messages={"json": [sentence]})
