"""A recorder as a process of its own, which steps when it is told to, and dies or freezes."""

from __future__ import annotations

import os
import signal
import socket
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING

from chain.errors import ChainError
from chain.ledger import Ledger
from services.core.errors import ServiceError
from services.ledger import recorder_lease
from services.runtime.container import Runtime
from services.runtime.workers import open_recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.core.clock import Clock
    from services.core.settings import Settings

LEASE_SECONDS = 0.5
"""How long a recorder's right outlives its last renewal here."""

FROZEN, STEPPED, DRAINED, ENDED = "frozen", "stepped", "drained", "ended"
CRASHED = "crashed: "
_LINES_TOLD = 12


class Fate(StrEnum):
    """What becomes of a process at a commit point."""

    DIES = "dies"
    FREEZES = "freezes"


@dataclass(frozen=True)
class Command:
    """One step, and the commit point at which something happens; 0: nothing does."""

    flush: bool = False
    point: int = 0
    fate: Fate = Fate.DIES

    def line(self) -> str:
        return f"{int(self.flush)} {self.point} {self.fate}\n"

    @classmethod
    def read(cls, line: str) -> Command:
        flush, point, fate = line.split()
        return cls(flush == "1", int(point), Fate(fate))


class RecorderProcess:
    """The handle of one.

    Args:
        settings: of the whole program.
        clock: shared with the process.
        tamper: called in the process before anything else; it breaks something on purpose.
    """

    def __init__(
        self, settings: Settings, clock: Clock, tamper: Callable[[], object] = lambda: None
    ) -> None:
        here, there = socket.socketpair()
        self._id = os.fork()
        if self._id == 0:
            here.close()
            try:
                tamper()
                _Child(there, settings, clock).serve()
            finally:
                os._exit(1)
        there.close()
        self._line = here.makefile("rw", encoding="utf-8")
        here.close()
        self._is_stopped = False

    def step(self, command: Command) -> str:
        """Let it step; return STEPPED, DRAINED, FROZEN, ENDED, or the code of an error."""
        self._line.write(command.line())
        self._line.flush()
        return self._answer()

    def freeze(self) -> None:
        """Stop it where it is, between two steps."""
        os.kill(self._id, signal.SIGSTOP)
        self._see_stopped()

    def resume(self, *, within_step: bool) -> str:
        """Let it go on; return what its step came to, if it froze within one."""
        os.kill(self._id, signal.SIGCONT)
        self._is_stopped = False
        return self._answer() if within_step else STEPPED

    def end(self) -> None:
        """Kill it, wherever it is."""
        if self._id:
            os.kill(self._id, signal.SIGKILL)
            self._bury()

    def _answer(self) -> str:
        answer = self._line.readline().strip()
        if answer == FROZEN:
            self._see_stopped()
        elif not answer:
            self._bury()
            return ENDED
        return answer

    def _see_stopped(self) -> None:
        os.waitpid(self._id, os.WUNTRACED)
        self._is_stopped = True

    def _bury(self) -> None:
        os.waitpid(self._id, 0)
        self._id = 0
        self._line.close()


class _Child:
    """What runs in the process: as `runtime.jobs.recorder_job`, but at the parent's word."""

    def __init__(self, channel: socket.socket, settings: Settings, clock: Clock) -> None:
        self._line = channel.makefile("rw", encoding="utf-8")
        self._runtime = Runtime.open(settings, clock)
        recorder_lease.LEASE = timedelta(seconds=LEASE_SECONDS)
        self._left, self._fate = 0, Fate.DIES
        self._put_points()

    def serve(self) -> None:
        for command in self._commands():
            try:
                self._record(command)
            except (ServiceError, ChainError) as error:
                self._tell(error.code)
            except Exception:  # noqa: BLE001 — the parent judges it
                lines = traceback.format_exc().splitlines()
                self._tell(CRASHED + " | ".join(lines[-_LINES_TOLD:]))

    def _record(self, command: Command) -> None:
        with open_recorder(self._runtime) as step:
            self._step(step, command)
            for following in self._commands():
                self._step(step, following)

    def _step(self, step: Callable[..., object], command: Command) -> None:
        result = step(flush=command.flush)
        self._left = 0
        self._tell(STEPPED if result.pending or result.unfinished else DRAINED)

    def _commands(self) -> Iterator[Command]:
        for line in self._line:
            command = Command.read(line)
            self._left, self._fate = command.point, command.fate
            yield command

    def _tell(self, answer: str) -> None:
        self._line.write(f"{answer}\n")
        self._line.flush()

    def _put_points(self) -> None:
        """Have `_point` called about each commit and each sending."""
        database, broadcast = self._runtime.database, Ledger.broadcast
        write = database.write

        @contextmanager
        def pointed_write(**declared: bool) -> Iterator[object]:
            self._point()
            with write(**declared) as session:
                yield session
                self._point(inside=True)
            self._point()

        @wraps(broadcast)
        def pointed_broadcast(ledger: Ledger, *arguments: object) -> None:
            self._point()
            broadcast(ledger, *arguments)
            self._point()

        database.write = pointed_write
        Ledger.broadcast = pointed_broadcast

    def _point(self, *, inside: bool = False) -> None:
        # Who freezes within a transaction holds its locks against everybody: that is for
        # the database's own tests.
        if inside and self._fate is Fate.FREEZES:
            return
        self._left -= 1
        if self._left:
            return
        if self._fate is Fate.DIES:
            os.kill(os.getpid(), signal.SIGKILL)
        self._tell(FROZEN)
        os.kill(os.getpid(), signal.SIGSTOP)
