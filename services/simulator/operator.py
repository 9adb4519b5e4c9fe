"""A simulated operator: hands texts and calls of phones to the server, over HTTP or in-process.

An SMS goes as Kannel's smsbox posts it (docs/kannel.md), a step of a call as Africa's Talking does.
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlencode
from uuid import UUID
from wsgiref.types import WSGIApplication

import urllib3
from urllib3.exceptions import HTTPError
from werkzeug.test import Client

from services.core.errors import Invalid, Unavailable
from services.simulator.setup import USSD_SECONDS
from sms.encoding import Encoding, count

_SCREEN = re.compile("(CON|END) (.*)", re.DOTALL)
_FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """An answer of the server; `body` is text."""

    status: int
    body: str


class Line(Protocol):
    """Carries one request to the server.

    Raises:
        Unavailable: the server does not answer.
    """

    def __call__(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        """Ask; `kind` is the content type of the body."""
        ...


class Screen(NamedTuple):
    """Screen of a call; `more`: it goes on, and waits for keys. No text: it was malformed."""

    text: str | None
    more: bool


class Operator:
    """Hands texts and calls on.

    Raises:
        Unavailable: the server does not answer, or lets nobody play.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        setup = _read_setup(line("GET", "/simulator/setup"))
        self._sms, self._ussd = setup["sms"], setup["ussd"]
        self.short_code, self.code = str(self._sms["to"]), str(self._ussd["code"])

    def send(self, number: str, text: str, key: UUID, at: datetime) -> None:
        """Hand one SMS on; the same key again has no effect.

        Raises:
            Invalid: the server refused it.
        """
        plain = count(text).encoding is Encoding.GSM7
        told = {
            "from": number,
            "to": self.short_code,
            "id": str(key),
            "ts": f"{at:%Y-%m-%d %H:%M:%S}",
            "charset": "UTF-8" if plain else "UTF-16BE",
            "coding": "0" if plain else "2",
        }
        body = text.encode("utf-8" if plain else "utf-16-be", "replace")
        self._ask("POST", f"{self._sms['address']}&{urlencode(told)}", body, "text/plain")

    def step(self, number: str, session: UUID, inputs: Sequence[str]) -> Screen:
        """Hand one step of a call on: everything that was typed in it until now; as `send`."""
        told = {
            "sessionId": str(session),
            "phoneNumber": number,
            "serviceCode": self.code,
            "networkCode": self._ussd["network"],
            "text": "*".join(inputs),
        }
        body = urlencode(told, errors="replace").encode()
        shown = _SCREEN.fullmatch(self._ask("POST", self._ussd["address"], body, _FORM))
        return Screen(shown[2], more=shown[1] == "CON") if shown else Screen(None, more=False)

    def inputs_of(self, dialled: str) -> list[str] | None:
        """Return what a dialled code types at once: `*123*1#` types 1; None: it is not ours."""
        start = self.code.removesuffix("#")
        found = re.fullmatch(rf"{re.escape(start)}(?:\*([^#]*))?#", dialled)
        if found is None:
            return None
        return found[1].split("*") if found[1] is not None else []

    def texts(self, number: str) -> list[dict[str, Any]]:
        """Return the newest texts that have reached a phone, oldest first: see `TextSchema`."""
        path = f"/simulator/phones/{quote(number, safe='')}/texts"
        texts: list[dict[str, Any]] = json.loads(self._ask("GET", path))["texts"]
        return texts

    def _ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> str:
        answer = self._line(method, path, body, kind)
        if answer.status != HTTPStatus.OK:
            raise Invalid(_detail(answer))
        return answer.body


def _read_setup(answer: Answer) -> dict[str, Any]:
    if answer.status == HTTPStatus.OK:
        with suppress(ValueError):
            setup: dict[str, Any] = json.loads(answer.body)
            return setup
    raise Unavailable(
        "What answers there is no Bilum in development mode: start it with `make serve`, or set "
        "BILUM_DEVELOPMENT=1"
    )


def _detail(answer: Answer) -> str:
    try:
        return str(json.loads(answer.body)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {answer.status}"


def over_http(url: str) -> Line:
    """Return the line to a server, whose address has no slash at its end."""
    pool = urllib3.PoolManager(timeout=float(USSD_SECONDS), retries=False)

    def ask(method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        headers = {"Content-Type": kind} if kind else {}
        try:
            answer = pool.request(method, url + path, body=body or None, headers=headers)
        except HTTPError as error:
            raise Unavailable(f"No server answers at {url}: start it with `make serve`") from error
        return Answer(answer.status, answer.data.decode("utf-8", "replace"))

    return ask


def within(app: WSGIApplication) -> Line:
    """Return the line to an application of this process."""
    client = Client(app)

    def ask(method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        with client.open(path, method=method, data=body, content_type=kind or None) as answer:
            return Answer(answer.status_code, answer.get_data(as_text=True))

    return ask
