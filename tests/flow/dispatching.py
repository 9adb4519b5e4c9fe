"""Dispatchers as processes of their own, on a carrier that counts, for who kills or cuts them."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from services.core.clock import utc_now
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.database import Database
from services.storage.models import Attempt, Message
from services.storage.vault import Vault
from sms.dispatch import Dispatcher
from sms.message import Kind, MessageState
from sms.reconciliation import Reconciler
from sms.routing import Route
from sms.settings import SmsSettings
from tests.factories import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.file_carrier import FileCarrier

SETTINGS = SmsSettings(routes=(Route("+", ("counting",)),), width=4)
LIFE = timedelta(days=365)


class Tally(NamedTuple):
    """What came of it all."""

    queued: int
    twice: int
    lost: int
    uncertain: int


@dataclass
class Campaign:
    """Messages to numbers of their own, and the processes that send them.

    `ahead` is how far the clock of all processes is before the real one.
    """

    url: str
    carrier: FileCarrier
    ahead: timedelta = timedelta()
    queued: int = 0
    _numbers: count = field(default_factory=lambda: count(1))

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    def queue(self, many: int) -> None:
        database = Database(self.url, Vault(KEY))
        numbers = [f"+6757{next(self._numbers):07}" for _ in range(many)]
        letters = [OutboundMessage(n, database.vault.index(n), "Pik i orait.", n) for n in numbers]
        with database.write() as session:
            now = self.clock()
            enqueue_messages(session, letters, SendOptions("test", now, now + LIFE, Kind.URGENT))
        database.close()
        self.queued += many

    def work(self, *, forever: bool = False, ready: Callable[[], object] = lambda: None) -> None:
        """Send what is due, and ask about what is in doubt."""
        database = Database(self.url, Vault(KEY))
        with database.read() as session:
            session.scalar(select(func.count()).where(Message.id == 0))
        ready()
        store = DatabaseDispatchStore(database, SETTINGS)
        carriers = {"counting": self.carrier}
        worker = f"worker-{os.getpid()}"
        dispatcher = Dispatcher(store, carriers, self.clock, worker, width=4, batch=10)
        reconciler = Reconciler(store, carriers, self.clock)
        while True:
            moved = self._steps(dispatcher, reconciler)
            if not (moved or dispatcher.busy or forever):
                break
        dispatcher.close()
        database.close()

    @staticmethod
    def _steps(dispatcher: Dispatcher, reconciler: Reconciler) -> int:
        return dispatcher.step() + reconciler.step()

    def reconcile(self) -> None:
        """Let half an hour pass without any fault, three minutes at a time."""
        for _ in range(10):
            self.ahead += timedelta(minutes=3)
            self.work()

    def tally(self) -> Tally:
        database = Database(self.url, Vault(KEY))
        with database.read() as session:
            states = Counter(session.scalars(select(Message.state)))
        database.close()
        received = self.carrier.received()
        uncertain = states[MessageState.UNCERTAIN.value]
        twice = sum(times > 1 for times in received.values())
        return Tally(self.queued, twice, self.queued - len(received) - uncertain, uncertain)

    def in_doubt(self) -> int:
        """How many attempts ever came into doubt."""
        database = Database(self.url, Vault(KEY))
        with database.read() as session:
            found = session.scalar(select(func.count()).where(Attempt.code == "abandoned"))
            absent = session.scalar(select(func.count()).where(Attempt.code == "absent"))
        database.close()
        return (found or 0) + (absent or 0)


def spawn(work: Callable[..., object]) -> int:
    """Fork a process that does `work`; return its id once it is ready."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work(ready=lambda: os.write(told, b"!"))
            status = 0
        finally:
            os._exit(status)
    os.close(told)
    os.read(heard, 1)
    os.close(heard)
    return child


def seconds_of(work: Callable[..., object]) -> float:
    """How long a process takes for `work`, once it is ready, when nobody kills it."""
    child = spawn(work)
    begun = time.monotonic()
    _, status = os.waitpid(child, 0)
    assert status == 0
    return time.monotonic() - begun
