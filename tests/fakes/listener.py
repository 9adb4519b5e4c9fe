"""A small HTTP server on loopback that keeps what it is asked and answers from a script."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DROP, HANG = b"drop", b"hang"


class Asked(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """What to say next; `body` DROP closes the connection, HANG says nothing until the end."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


_EMPTY = Reply()


class Loopback(ThreadingHTTPServer):
    """A server on a free port, of loopback as a rule; `ended` is set when its test is over."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), handler)
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]}:{self.server_port}"


@contextmanager
def serving(server: Loopback) -> Iterator[None]:
    """Let a server answer, in a thread, until the end."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Listener(Loopback):
    """Plays `replies` in turn, then `usual`; keeps what it was asked."""

    def __init__(self, usual: Reply) -> None:
        super().__init__(_Handler)
        self.usual = usual
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []


@contextmanager
def listening(usual: Reply = _EMPTY) -> Iterator[Listener]:
    server = Listener(usual)
    with serving(server):
        yield server


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.server.asked.append(Asked(self.command, self.path, self.headers, body))
        reply = self.server.replies.pop(0) if self.server.replies else self.server.usual
        if reply.body == HANG:
            self.server.ended.wait(10)
        if reply.body in {DROP, HANG}:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
