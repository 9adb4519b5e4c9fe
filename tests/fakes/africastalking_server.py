"""A small HTTP server on loopback that answers as Africa's Talking does, from a script."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tests.fakes.listener import Loopback, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

USERNAME, API_KEY = "bilum", "a key of ours"
REFERENCE = "ATXid_0123456789abcdef0123456789abcdef"
DROP, HANG = "drop", "hang"


def messages(message: str, *recipients: object) -> dict[str, object]:
    return {"SMSMessageData": {"Message": message, "Recipients": list(recipients)}}


def taken(code: int = 101) -> dict[str, object]:
    """The body of an answer that takes the message."""
    told = {"statusCode": code, "status": "Success", "messageId": REFERENCE}
    ours = told | {"number": "+67570000001", "cost": "KES 0.8000", "messageParts": 1}
    return messages("Sent to 1/1 Total Cost: KES 0.8000", ours)


@dataclass
class Answer:
    """What to say next; `body` DROP closes the connection, HANG says nothing until the end."""

    status: int = 201
    body: object = field(default_factory=taken)
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(code: int, word: str, status: int = 201) -> Answer:
    """Refuse the one number; the id is then the word None."""
    told = {"statusCode": code, "status": word, "messageId": "None"}
    ours = told | {"number": "+67570000001", "cost": "0"}
    return Answer(status, messages("Sent to 0/1 Total Cost: 0", ours))


class AfricasTalkingServer(Loopback):
    """Plays `answers` in turn, then takes everything; keeps the forms that it was sent.

    Another key than ours is refused, in plain text as Africa's Talking does.
    """

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.answers: list[Answer] = []
        self.paths: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.headers: list[Mapping[str, str]] = []


@contextmanager
def africastalking_server() -> Iterator[AfricasTalkingServer]:
    server = AfricasTalkingServer()
    with serving(server):
        yield server


class _Handler(BaseHTTPRequestHandler):
    server: AfricasTalkingServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = parse_qs(raw, keep_blank_values=True, strict_parsing=True)
        self.server.paths.append(self.path)
        self.server.forms.append({name: values[0] for name, values in form.items()})
        self.server.headers.append(self.headers)
        if self.headers["apiKey"] != API_KEY:
            self._answer(Answer(401, b"The supplied authentication is invalid"))
        else:
            self._answer(self.server.answers.pop(0) if self.server.answers else Answer())

    def _answer(self, answer: Answer) -> None:
        if answer.body == HANG:
            self.server.ended.wait(10)
        if answer.body in (DROP, HANG):
            self.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
