"""Machines that run the program's own workers on one database and by one clock."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.sharedctypes import RawValue
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from services.core.clock import utc_now
from services.core.settings import Settings
from services.runtime import jobs
from services.runtime.backoff import Backoff
from services.runtime.container import Runtime
from services.runtime.wakeup import DISPATCH, RECONCILE
from services.runtime.workers import make_dispatcher
from services.storage import engine
from services.storage.database import Database
from services.storage.models import Message
from services.storage.vault import Vault
from tests.factories import KEY
from tests.fakes.file_carrier import FileCarrier
from tests.flow.dispatching import SETTINGS, Campaign, spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from sms.message import Outcome, Outgoing, UncertainAttempt
    from sms.ports import Carrier

TICK, EACH_REAL, SLOWER = 20.0, 0.03, 1 / 60
"""Time flies by ticks that are shorter than `LONGEST_PAUSE`, one in each so many real seconds.

The longer it takes, the slower: on a busy machine a lease would else end before its work can.
"""


class WatchedCarrier(FileCarrier):
    """Keeps which process called it, and for what."""

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        self._note("send")
        return super().send(message, attempt_id)

    def look_up(self, doubt: UncertainAttempt) -> Outcome:
        self._note("look_up")
        return super().look_up(doubt)

    def calls(self) -> Counter[tuple[str, int]]:
        """How often each process called, by what it called and its id."""
        lines = self._notes.read_text("ascii").splitlines() if self._notes.exists() else []
        return Counter((what, int(process)) for what, process in map(str.split, lines))

    @property
    def _notes(self) -> Path:
        return self.path.with_suffix(".calls")

    def _note(self, what: str) -> None:
        with self._notes.open("a", encoding="ascii") as file:
            file.write(f"{what} {os.getpid()}\n")


@dataclass
class Fleet(Campaign):
    """A campaign whose clock all processes share, and the machines that send it."""

    folder: Path | None = None
    machines: list[int] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    _passed: object = field(default_factory=lambda: RawValue("d", 0.0))

    def clock(self) -> datetime:
        return utc_now() + timedelta(seconds=self._passed.value)

    def start(
        self, url: str, before: Callable[[], object] = lambda: None, *, hastened: bool = True
    ) -> int:
        """Start a machine that reaches the database by `url`; return its process.

        Hastened, it and the server notice the death of each other within a second.
        """

        def work(ready: Callable[[], object]) -> None:
            ready()
            logging.basicConfig(filename=self.log_of(os.getpid()), force=True)
            before()
            jobs.IDLE_SECONDS = jobs.RECONCILE_SECONDS = 0.05
            if hastened:
                hasten()
            settings = Settings.from_env(
                {"BILUM_DATABASE_URL": url, "BILUM_DATA_KEY": KEY.hex()}
                | {"BILUM_DATA_DIR": str(self.folder)}
            )
            runtime = Runtime.open(replace(settings, sms=SETTINGS), self.clock)
            _work_until_told(runtime, {"counting": self.carrier})

        self.machines.append(spawn(work))
        return self.machines[-1]

    def warm_up(self) -> None:
        """Return when every machine has sent something more."""
        before = self.carrier.calls()
        for _ in range(600):
            calls = self.carrier.calls() - before
            if all(calls["send", machine] for machine in self.machines):
                return
            self.queue(5)
            time.sleep(0.1)
        raise AssertionError([self.log_of(machine).read_text("utf-8") for machine in self.machines])

    def log_of(self, machine: int) -> Path:
        return self.folder / f"{machine}.log"

    def wait_for(self, done: Callable[[], bool], seconds: float, tick: float = 0.0) -> bool:
        """Wait until it is done, the clock ahead by a tick each time; False: too long."""
        begun = time.monotonic()
        while not done():
            waited = time.monotonic() - begun
            if waited > seconds:
                return False
            self._passed.value += tick
            time.sleep(max(EACH_REAL, waited * SLOWER))
        return True

    def hurry_until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Let time fly until it is done; False when it is not within real `seconds`."""
        return self.wait_for(done, seconds, TICK)

    def all_received(self) -> bool:
        return len(self.carrier.received()) == self.queued

    def all_sent(self) -> bool:
        """Whether every message was received, and is known to have been."""
        if not self.all_received():
            return False
        database = Database(self.url, Vault(KEY))
        with database.read() as session:
            left = session.scalar(select(func.count()).where(Message.state != "sent"))
        database.close()
        return left == 0

    def end(self) -> None:
        """End every machine in good order."""
        while self.machines:
            machine = self.machines.pop()
            os.kill(machine, signal.SIGTERM)
            _, status = os.waitpid(machine, 0)
            assert status == 0


@contextmanager
def fleet(url: str, folder: Path, delay: float) -> Iterator[Fleet]:
    """A fleet on an empty database; what still runs at the end is killed."""
    database = Database(url, Vault(KEY))
    database.upgrade()
    database.close()
    made = Fleet(url, WatchedCarrier(folder / "phones", delay=delay), folder=folder)
    try:
        yield made
    finally:
        for machine in (*made.machines, *made.idle):
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(machine, signal.SIGKILL)
                os.waitpid(machine, 0)


def hasten(server_waits: int = 1) -> None:
    """Let this process notice the server's death within a second, and the server its own so."""
    alive = {"keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 1}
    engine._ALIVE.update(alive, connect_timeout=2, tcp_user_timeout=1000)
    noticed = {
        "tcp_keepalives_idle": f"{server_waits}",
        "tcp_keepalives_interval": "1",
        "tcp_keepalives_count": "1",
        "tcp_user_timeout": f"'{server_waits}s'",
        "idle_in_transaction_session_timeout": f"'{server_waits}s'",
    }
    # What the program does not ask for, it does not get here either.
    engine._NOTICE_DEATH.update((name, noticed[name]) for name in engine._NOTICE_DEATH)


def _work_until_told(runtime: Runtime, carriers: Mapping[str, Carrier]) -> None:
    stop = Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    dispatcher = make_dispatcher(runtime, carriers, stop.is_set)
    todo = jobs.make_jobs(runtime, dispatcher)
    threads = []
    for task in (DISPATCH, RECONCILE):
        todo[task].loop.backoff = Backoff(shortest=0.05, longest=0.2)
        threads.append(Thread(target=todo[task].repeat, args=(stop,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runtime.close()
