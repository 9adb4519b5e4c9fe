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


class Listener(ThreadingHTTPServer):
    """Plays `replies` in turn, then `usual`; keeps what it was asked."""

    daemon_threads = True

    def __init__(self, usual: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.usual = usual
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def listening(usual: Reply = _EMPTY) -> Iterator[Listener]:
    server = Listener(usual)
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
