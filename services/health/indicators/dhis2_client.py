"""DHIS2 over HTTP: `POST /api/dataValueSets` with a personal access token, without retries.

https://docs.dhis2.org/en/develop/using-the-api/dhis-core-version-master/data.html. The reply is an
import summary: since 2.38 in the `response` of a message, with 409 where something was refused;
before, by itself, with 200.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import urllib3
from urllib3.exceptions import HTTPError

from services.health.errors import Dhis2Refused, Dhis2Unreachable

_PATH = "/api/dataValueSets"
_STORE, _DELETE = "CREATE_AND_UPDATE", "DELETE"
_OK, _REDIRECT, _BAD, _UNAUTHORIZED, _FORBIDDEN = 200, 300, 400, 401, 403
_NOT_FOUND, _CONFLICT, _TOO_MANY, _FAULT = 404, 409, 429, 500
_TAKEN = {"SUCCESS", "OK"}
_SHOWN = 5
_LONGEST = 200


class _Summary(NamedTuple):
    """DHIS2's import summary."""

    status: str
    ignored: int
    conflicts: Sequence[str]


class Dhis2Client:
    """Client of one DHIS2, at the address of its root, without a slash at the end.

    `token` is a personal access token with the right to write data values; `connect` and `read`
    are the seconds to wait for a connection and for an answer.
    """

    def __init__(self, url: str, token: str, connect: float = 10, read: float = 120) -> None:
        self.url = url
        self._headers = {
            "Authorization": f"ApiToken {token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=connect, read=read), retries=False, maxsize=1
        )

    def send(self, values: Mapping[str, object]) -> None:
        """Store values.

        Raises:
            Dhis2Refused: DHIS2 refuses some or all of them.
            Dhis2Unreachable: DHIS2 does not answer, or fails.
        """
        summary = self._post(values, _STORE)
        if summary.ignored:
            _refuse([f"{summary.ignored} values were ignored; DHIS2 does not say which"])

    def delete(self, values: Mapping[str, object]) -> None:
        """Delete values, as `send` stores them; missing ones are ignored."""
        self._post(values, _DELETE)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def _post(self, values: Mapping[str, object], strategy: str) -> _Summary:
        address = f"{self.url}{_PATH}?importStrategy={strategy}"
        body = json.dumps(values).encode()
        try:
            answer = self._pool.request("POST", address, body=body, headers=self._headers)
        except HTTPError as error:
            raise Dhis2Unreachable(
                f"DHIS2 did not answer ({type(error).__name__}): send it again later"
            ) from error
        _look(answer.status)
        summary = _summary(answer.data)
        if summary is None:
            raise Dhis2Unreachable(
                f"The server that answered with {answer.status} is not DHIS2: look at the address"
            )
        if answer.status == _CONFLICT or summary.conflicts or summary.status not in _TAKEN:
            _refuse(summary.conflicts or [f"status {summary.status}"])
        return summary


def _look(status: int) -> None:
    """Raise for a status without an import summary."""
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        raise Dhis2Refused("DHIS2 does not accept the token, or the token may not write data")
    if status == _NOT_FOUND or _REDIRECT <= status < _BAD:
        raise Dhis2Refused("DHIS2 is not at this address: give the part before /api")
    if status >= _FAULT or status == _TOO_MANY:
        raise Dhis2Unreachable(f"DHIS2 failed ({status}): send it again later")
    if status not in {_OK, _CONFLICT}:
        raise Dhis2Refused(f"DHIS2 cannot read what was sent ({status})")


def _summary(raw: bytes) -> _Summary | None:
    """Read an import summary; return None where the reply is none."""
    try:
        answer: Any = json.loads(raw)
    except ValueError:
        return None
    inner = answer.get("response", answer) if isinstance(answer, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("importCount"), dict):
        return None
    conflicts = inner.get("conflicts")
    return _Summary(
        str(inner.get("status")),
        int(inner["importCount"].get("ignored") or 0),
        # DHIS2 repeats the conflict of an unknown element for each value.
        list(dict.fromkeys(_conflict(one) for one in conflicts or () if isinstance(one, dict))),
    )


def _conflict(one: Mapping[str, object]) -> str:
    """Return a conflict in one line; DHIS2 wrote it, and it holds ids alone."""
    text = f"{one.get('object')}: {one.get('value')}"
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST]


def _refuse(faults: Sequence[str]) -> NoReturn:
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    raise Dhis2Refused(f"DHIS2 refused: {'; '.join(faults[:_SHOWN])}{more}")
