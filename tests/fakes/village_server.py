"""The server's side of a village's sync, as docs/village.md has it; in memory.

It stands in for `SigningClient`, and behind `serving` for the server on a socket. Each request
takes effect once and in the counter's order; only the last answer is kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gateway.devices import COUNTER_HEADER, Request, read_claim, verify
from services.devices.signing_client import Reply
from tests.fakes import listener
from tests.fakes.listener import Loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from services.core.clock import Clock


@dataclass
class VillageServer:
    """One box's server.

    Attributes:
        clock: the server's.
        items: taken, by number.
        conflicts: numbers that came again with another content.
        mailbox: messages that were not handed over yet.
        reports: what the box told of them, in order.
        requests: bodies that took effect, by counter.
        refuses: the code with which an item is refused, if it is.
        before, after: called with the number of the call, around its effect; they may raise.
    """

    clock: Clock
    items: dict[int, dict[str, Any]] = field(default_factory=dict)
    conflicts: list[int] = field(default_factory=list)
    mailbox: list[dict[str, str]] = field(default_factory=list)
    reports: list[dict[str, str]] = field(default_factory=list)
    requests: dict[int, bytes] = field(default_factory=dict)
    waiting: dict[int, bytes] = field(default_factory=dict)
    statuses: dict[str, Any] | None = None
    programmes: dict[str, Any] | None = None
    bound: dict[str, Any] | None = None
    blocks: list[dict[str, int]] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    public: bytes = b""
    refuses: Callable[[dict[str, Any]], str | None] = lambda _item: None
    status: Callable[[bytes], Reply | None] = lambda _body: None
    before: Callable[[int], None] = lambda _call: None
    after: Callable[[int], None] = lambda _call: None
    calls: int = 0
    _answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, _path: str, body: bytes, counter: int, _now: datetime) -> Reply:
        with self._lock:
            self.calls += 1
            self.before(self.calls)
            reply = self.status(body) or self._in_turn(body, counter)
            self.after(self.calls)
            return reply

    def text(self, to: str, text: str, hours: float = 72) -> str:
        """Put a message into the mailbox."""
        name = str(uuid4())
        expires = (self.clock() + timedelta(hours=hours)).isoformat()
        self.mailbox.append({"id": name, "to": to, "text": text, "expires_at": expires})
        return name

    def _in_turn(self, body: bytes, counter: int) -> Reply:
        known = self.requests.get(counter) or self.waiting.get(counter)
        if known is not None and _digest(known) != _digest(body):
            return _problem(409, "gateway.key_conflict")
        self.waiting[counter] = body
        while (due := len(self.requests) + 1) in self.waiting:
            self.requests[due] = self.waiting.pop(due)
            self._answers = {due: self._effect(json.loads(self.requests[due]))}
        self.waiting.pop(counter if counter in self.requests else -1, None)
        if counter not in self.requests:
            missing = [[len(self.requests) + 1, min(self.waiting) - 1]]
            return Reply(202, {"state": "waiting", "missing": missing})
        answer = self._answers.get(counter)
        return Reply(200, answer) if answer else _problem(409, "conflict")

    def _effect(self, told: dict[str, Any]) -> dict[str, Any]:
        taken, refused = [], []
        for item in told["items"]:
            code = self.refuses(item)
            if code:
                refused.append({"seq": item["seq"], "code": code, "detail": "No."})
            elif self.items.setdefault(item["seq"], item) == item:
                taken.append(item["seq"])
            else:
                self.conflicts.append(item["seq"])
        self.reports += told["reports"]
        messages, self.mailbox = self.mailbox, []
        self.handed += [one["id"] for one in messages]
        return {
            "taken": taken,
            "refused": refused,
            "messages": messages,
            "statuses": _newer(self.statuses, told["have"]["statuses"]),
            "programmes": _newer(self.programmes, told["have"]["programmes"]),
            "numbers": self.blocks.pop(0) if self.blocks and told["have"]["numbers"] < 50 else None,
            "bound": _newer(self.bound, told["have"]["bound"]),
            "time": self.clock().isoformat(),
        }


def _newer(told: dict[str, Any] | None, have: int) -> dict[str, Any] | None:
    return told if told and told["version"] != have else None


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _problem(status: int, code: str) -> Reply:
    return Reply(status, {"status": status, "code": code, "detail": "Not so"})


@contextmanager
def serving(server: VillageServer) -> Iterator[str]:
    """Let it answer on a socket, signatures verified; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            claim, signature = read_claim(dict(self.headers))
            verify(Request("POST", self.path, body), claim, signature, server.public)
            counter = int(self.headers[COUNTER_HEADER])
            reply = server.post(self.path, body, counter, server.clock())
            written = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_arguments: object) -> None:
            pass

    class Quiet(Loopback):
        def handle_error(self, *_arguments: object) -> None:
            """A link that is cut is what the tests are about."""

    listening = Quiet(Handler)
    with listener.serving(listening):
        yield listening.url
