"""People who report while parts break, and the account of what became of each report."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import urllib3
from sqlalchemy import func, select

from chain.connection import connect
from deploy.lab.country import wait_for
from services.audit.comparison import Auditor
from services.core.clock import utc_now
from services.core.errors import DatabaseUnreachable
from services.runtime.workers import make_carriers, make_dispatcher, make_reconciler
from services.storage.models import Animal, Journal, Message
from sms.message import MessageState
from sms.reconciliation import FIRST_LOOK, PROOF
from tests.support.reports import phone, post_report, tag

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from deploy.lab.country import Country
    from services.runtime.container import Runtime

_OPEN = (MessageState.QUEUED, MessageState.ATTEMPTING)
# Workers ask about what is in doubt twice, ten minutes apart: nobody waits so long here.
_LOOKS = (PROOF, 2 * PROOF + 2 * FIRST_LOOK)
_TWICE, _PAUSE_SECONDS, _DRAIN_SECONDS = 10, 0.2, 180


@dataclass
class Crowd:
    """Phones that each register one pig, and repeat until they are acknowledged.

    A carrier that repeats does the same; every tenth report comes twice although it was
    acknowledged.

    Attributes:
        public_url: where they report.
        acknowledged: numbers of the reports whose answer came.
        longest: seconds that a phone waited for its answer, at most.
        refusals: what came instead of an answer, and how often.
    """

    public_url: str
    many: int = 4
    acknowledged: set[int] = field(default_factory=set)
    asked: int = 0
    longest: float = 0.0
    refusals: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Let them report."""
        for _ in range(self.many):
            thread = threading.Thread(target=self._report, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let each have its answer, then report no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _report(self) -> None:
        pool = urllib3.PoolManager(1, timeout=15, retries=False)
        while not self._stop.is_set():
            with self._lock:
                self.asked += 1
                number = self.asked
            began = time.monotonic()
            while not self._send(pool, number):
                time.sleep(_PAUSE_SECONDS)
            with self._lock:
                self.acknowledged.add(number)
                self.longest = max(self.longest, time.monotonic() - began)
            if number % _TWICE == 0:
                self._send(pool, number)
            time.sleep(_PAUSE_SECONDS)

    def _send(self, pool: urllib3.PoolManager, number: int) -> bool:
        try:
            answer = post_report(pool, self.public_url, number)
        except urllib3.exceptions.HTTPError as error:
            told = type(error).__name__
        else:
            if answer.status == 200:  # noqa: PLR2004 — of HTTP
                return True
            told = str(answer.status)
        with self._lock:
            self.refusals[told] += 1
        return False


class Account(NamedTuple):
    """Outcome of all reports.

    `lost`: acknowledged, and not there or not answered; `doubled`: recorded twice or answered
    twice; `uncertain`: answers of which nobody can say whether they went; `audit`: findings.
    """

    acknowledged: int
    lost: int
    doubled: int
    uncertain: int
    audit: int

    @property
    def clean(self) -> bool:
        """True if nothing is lost, doubled, uncertain or found."""
        return not any(self[1:])


def take_account(country: Country, crowd: Crowd) -> Account:
    """Wait until everything was answered and recorded; then count, and audit the whole ledger."""
    with closing(country.runtime()) as runtime, suppress(RuntimeError):
        # What is still open then is counted as what it is.
        wait_for(_patient(lambda: not _open(runtime)), "every answer sent", _DRAIN_SECONDS)
    for later in _LOOKS:
        with closing(country.runtime(partial(_later, later))) as runtime:
            _settle(runtime)
    with closing(country.runtime()) as runtime:
        recorded = _patient(runtime.recorder_store.all_recorded)
        wait_for(recorded, "every record final", _DRAIN_SECONDS)
        return _count(country, crowd, runtime)


def _patient(found: Callable[[], bool]) -> Callable[[], bool]:
    """Ask again later where the database is just changing hands, and ends its connections."""

    def ask() -> bool:
        with suppress(DatabaseUnreachable):
            return found()
        return False

    return ask


def _later(by: timedelta) -> datetime:
    return utc_now() + by


def _settle(runtime: Runtime) -> None:
    """Ask the carrier about what killed workers left in doubt, and send what it does not have."""
    carriers = make_carriers(runtime, sys.stderr)
    make_reconciler(runtime, carriers).step()
    dispatcher = make_dispatcher(runtime, carriers)
    while dispatcher.step():
        pass
    dispatcher.close()


def _open(runtime: Runtime) -> int:
    with runtime.database.read() as session:
        return session.scalars(select(func.count()).where(Message.state.in_(_OPEN))).one()


def _count(country: Country, crowd: Crowd, runtime: Runtime) -> Account:
    with runtime.database.read() as session:
        there = Counter(session.scalars(select(Animal.value)))
        events = session.scalars(select(func.count()).where(Journal.type == "register")).one()
        states = Counter(session.scalars(select(Message.state)))
    answered = {message.to for message in country.carrier.messages}
    texts = Counter((message.to, message.body) for message in country.carrier.messages)
    lost = [
        number
        for number in crowd.acknowledged
        if tag(number) not in there or phone(number) not in answered
    ]
    doubled = sum(many - 1 for many in (*there.values(), *texts.values()))
    with connect(runtime.settings.chain, write=False) as chain:
        report = Auditor(runtime.database, chain.ledger, chain.logs).audit()
    return Account(
        len(crowd.acknowledged),
        len(lost),
        doubled + events - len(there),
        states[MessageState.UNCERTAIN],
        len(report.findings),
    )
