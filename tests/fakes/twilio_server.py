"""A double of Twilio on loopback: it keeps messages, and answers from a script.

Each request is held against Twilio's published OpenAPI, and so is each answer that the double
makes itself; what breaks it is in `TwilioServer.faults`. Where the data folder is not there,
`TwilioServer.checked` is False, and nothing is held against anything.
"""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from tests.fakes.listener import Loopback, serving
from tests.fakes.twilio_messages import Account, Refused
from tests.fakes.twilio_openapi import twilio_openapi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from tests.fakes.twilio_messages import Message

    Deliver = Callable[[str, Mapping[str, str], Mapping[str, str]], int]

ACCOUNT, TOKEN = "AC" + "0" * 32, "secret"
DROP, HANG = "drop", "hang"


@dataclass(frozen=True)
class Answer:
    """One turn of the script.

    Attributes:
        status: HTTP status, instead of the one that the request earns; None: that one.
        body: the same of the body, as bytes or for JSON; DROP closes the connection instead, HANG
            says nothing until the end.
        headers: beside those of the answer.
        acts: whether the request is carried out first.
    """

    status: int | None = None
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    acts: bool = False


def refusal(status: int, code: int, **headers: str) -> Answer:
    body = Refused(status, code, "The 'To' number +67570000001 is …").body
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


ACCEPT = Answer(acts=True)
THROTTLE = refusal(429, 20429, Retry_After="17")
BROKEN_AFTER = Answer(500, Refused(500, 20500, "Internal server error").body, acts=True)
SILENT_AFTER, DROPPED_AFTER = Answer(body=HANG, acts=True), Answer(body=DROP, acts=True)


class Request(NamedTuple):
    """What was asked."""

    method: str
    path: str
    query: list[tuple[str, str]]
    form: list[tuple[str, str]]
    credentials: str


def post_form(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
    """Call back over HTTP."""
    typed = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    with urllib3.PoolManager(retries=False, timeout=10) as pool:
        return pool.request("POST", url, body=urlencode(form), headers=typed).status


class TwilioServer(Loopback):
    """Takes the turns of `script`, then carries out what it is asked; use `twilio_server`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, clock: Callable[[], datetime], deliver: Deliver, address: str = "127.0.0.1"
    ) -> None:
        super().__init__(_Handler, address)
        self.account = Account(ACCOUNT, clock)
        self.script: list[Answer] = []
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.checked = twilio_openapi() is not None
        self._deliver = deliver
        self._lock = threading.Lock()

    @property
    def messages(self) -> list[Message]:
        """The messages it keeps, the oldest first."""
        return self.account.messages

    @property
    def forms(self) -> list[dict[str, str]]:
        """What was posted."""
        return [dict(request.form) for request in self.requests if request.method == "POST"]

    def take(self, request: Request) -> tuple[Answer, int, object]:
        """Carry out a request: the turn of the script, and what it earns as status and body."""
        with self._lock:
            self.requests.append(request)
            turn = self.script.pop(0) if self.script else ACCEPT
            earned = (0, None)
            if turn.acts:
                earned = self._carry_out(request)
            return turn, *earned

    def play(self, sid: str, *statuses: str, error_code: int | None = None) -> list[int]:
        """Call back with `statuses` in this order; the message ends in the furthest of them.

        Returns:
            The HTTP status of each call.
        """
        with self._lock:
            message = self.account.advance(sid, statuses, error_code)
        return [self._call_back(message, status) for status in statuses]

    def _carry_out(self, request: Request) -> tuple[int, object]:
        openapi = twilio_openapi()
        if openapi:
            self.faults += openapi.faults(*request[:4])
        try:
            if request.credentials != f"Basic {ACCOUNT}:{TOKEN}":
                raise Refused(401, 20003, "Authenticate")  # noqa: TRY301 — as the account does
            status, body = self.account.answer(*request[:4])
        except Refused as refused:
            return refused.status, refused.body
        if openapi:
            self.faults += openapi.answer_faults(request.method, request.path, status, body)
        return status, body

    def _call_back(self, message: Message, status: str) -> int:
        form = message.callback_form(status)
        signature = sign(message.status_callback, form.items(), TOKEN)
        return self._deliver(message.status_callback, form, {SIGNATURE_HEADER: signature})


@contextmanager
def twilio_server(
    clock: Callable[[], datetime], deliver: Deliver = post_form, address: str = "127.0.0.1"
) -> Iterator[TwilioServer]:
    """Run the double; at the end no request may have broken Twilio's OpenAPI."""
    server = TwilioServer(clock, deliver, address)
    with serving(server):
        yield server
    assert not server.faults, server.faults


class _Handler(BaseHTTPRequestHandler):
    server: TwilioServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_GET(self) -> None:
        self._serve("")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _serve(self, body: str) -> None:
        parts = urlsplit(self.path)
        query, form = (
            parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
            for text in (parts.query, body)
        )
        scheme, _, credentials = self.headers.get("Authorization", " ").partition(" ")
        who = f"{scheme} {b64decode(credentials).decode()}"
        turn, status, earned = self.server.take(Request(self.command, parts.path, query, form, who))
        if turn.body == HANG:
            self.server.ended.wait(10)
        if turn.body in (DROP, HANG):
            self.close_connection = True
            return
        said = earned if turn.body is None and turn.acts else turn.body
        self._say(turn.status or status, said, turn.headers)

    def _say(self, status: int, said: object, headers: Mapping[str, str]) -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
