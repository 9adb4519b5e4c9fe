"""A village's box as a process of its own, its phones a file; it may be killed and cut off."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import HTTPError
from waitress.server import create_server

from services.box import runtime, sync_loop
from services.box import sender as sending
from services.box.runtime import Box
from services.box.threads import working
from services.core.clock import utc_now
from sms.message import AttemptState, Outcome
from tests.services.box.village import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from services.core.clock import Clock
    from services.core.settings import Settings
    from sms.message import Outgoing

PATIENCE = 60.0


@dataclass
class Paper:
    """A carrier whose memory is a file: a line for each text that reached a phone."""

    path: Path
    name: str = "paper"
    delay: float = 0.01

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        time.sleep(random.uniform(0, self.delay))  # noqa: S311 — no secret
        line = json.dumps([str(attempt_id), message.to, message.body]) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        # One write of one line is whole or not there at all.
        os.write(descriptor, line.encode())
        os.close(descriptor)
        time.sleep(random.uniform(0, self.delay))  # noqa: S311 — as above
        return Outcome(AttemptState.SENT)

    def got(self) -> Counter[str]:
        """How often each message reached its phone, by its id."""
        return Counter(name for name, _, _ in self._lines())

    def texts(self, number: str) -> list[str]:
        """What a phone got, in order."""
        return [text for _, to, text in self._lines() if to == number]

    def _lines(self) -> list[list[str]]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text("ascii").splitlines()]


@dataclass
class BoxProcess:
    """A box that runs in processes of its own, one after the other.

    Attributes:
        settings: of the box.
        paper: its way to phones.
        port: on which it takes in, on loopback.
        clock, passed: what it goes by.
        before: called first in each process.
    """

    settings: Settings
    paper: Paper
    port: int
    clock: Clock = utc_now
    passed: Callable[[], float] = time.monotonic
    before: Callable[[], object] = lambda: None
    process: int = 0

    def start(self) -> None:
        self.process = spawned(self._work)

    def kill(self) -> None:
        """Cut its power."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)

    def _work(self) -> None:
        self.before()
        sync_loop.SHORTEST_WAIT, sync_loop.LONGEST_WAIT, sync_loop.IDLE_WAIT = 0.01, 0.05, 0.02
        sending.SHORTEST_WAIT = 0.01
        runtime.ConsoleCarrier = lambda _screen: self.paper
        box = Box.open(self.settings, self.clock, self.passed)
        with working(box, io.StringIO()) as at_work:
            create_server(at_work.app, host="127.0.0.1", port=self.port, threads=4).run()


@dataclass
class Kannel:
    """Hands texts of phones over to a box, and repeats what was not taken."""

    port: int
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    _pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(timeout=5, retries=False)
    )

    def says(self, name: str, sender: str, text: str) -> None:
        self.said[name] = sender, text
        self.waiting.add(name)
        self.hand_over()

    def hand_over(self) -> bool:
        """Call the box with what waits; return whether nothing waits any more."""
        for name in sorted(self.waiting):
            if self.call(name, *self.said[name]):
                self.waiting.discard(name)
        return not self.waiting

    def call(self, name: str, sender: str, text: str) -> bool:
        told = {"secret": SECRET, "from": sender, "id": name, "charset": "UTF-8", "text": text}
        try:
            url = f"http://127.0.0.1:{self.port}/gateway/kannel/mo"
            return self._pool.request("GET", url, fields=told).status == 200
        except HTTPError:
            return False


@dataclass
class FarKannel:
    """A Kannel within another network namespace, told what phones say by a pair of sockets."""

    port: int
    before: Callable[[], object]
    process: int = 0
    _here: socket.socket | None = None

    def start(self) -> None:
        self._here, there = socket.socketpair()

        def work() -> None:
            self.before()
            kannel = Kannel(self.port)
            with there.makefile("rw") as lines:
                for line in lines:
                    kannel.says(*json.loads(line))
                    while not kannel.hand_over():
                        time.sleep(0.05)
                    lines.write("taken\n")
                    lines.flush()

        self.process = spawned(work)
        there.close()
        self._here.settimeout(PATIENCE)

    def says(self, name: str, sender: str, text: str) -> None:
        """A phone sends a text; return when the box has it."""
        assert self._here
        self._here.sendall(f"{json.dumps([name, sender, text])}\n".encode())
        assert self._here.recv(16) == b"taken\n"

    def kill(self) -> None:
        if self._here:
            self._here.close()
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


def spawned(work: Callable[[], object]) -> int:
    """Run work in a forked process, for good; return its id."""
    child = os.fork()
    if child:
        return child
    with suppress(BaseException):
        work()
    os._exit(1)


def wait_until(done: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, what
        time.sleep(0.05)
