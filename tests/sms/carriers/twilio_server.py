"""A small HTTP server on loopback that answers as Twilio does, from a script."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterator

SID = "SM" + "0" * 31 + "1"
DROP, HANG = "drop", "hang"


@dataclass
class Answer:
    """What to say next; `body` DROP closes the connection, HANG says nothing until the end."""

    status: int = 201
    body: object = field(default_factory=lambda: {"sid": SID, "status": "queued"})
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, code: int, **headers: str) -> Answer:
    body = {"code": code, "message": "The 'To' number +67570000001 is …", "status": status}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class TwilioServer(ThreadingHTTPServer):
    """Plays `answers` in turn, then successes; keeps the forms it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = []
        self.paths: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.credentials: list[str] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def twilio_server() -> Iterator[TwilioServer]:
    server = TwilioServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: TwilioServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = parse_qs(raw, keep_blank_values=True, strict_parsing=True)
        self.server.paths.append(self.path)
        self.server.forms.append({name: values[0] for name, values in form.items()})
        scheme, _, credentials = self.headers["Authorization"].partition(" ")
        self.server.credentials.append(f"{scheme} {b64decode(credentials).decode()}")
        self._answer(self.server.answers.pop(0) if self.server.answers else Answer())

    def _answer(self, answer: Answer) -> None:
        if answer.body == HANG:
            self.server.ended.wait(10)
        if answer.body in (DROP, HANG):
            self.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
