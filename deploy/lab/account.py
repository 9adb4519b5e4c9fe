"""The account of what became of each report of a drill."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import func, select

from chain.connection import connect
from deploy.lab.waiting import wait_for
from services.audit.comparison import Auditor
from services.core.clock import utc_now
from services.core.errors import DatabaseUnreachable
from services.runtime.workers import make_carriers, make_dispatcher, make_reconciler
from services.storage.models import Animal, Journal, Message
from sms.message import MessageState
from sms.reconciliation import FIRST_LOOK, PROOF
from tests.support.reports import phone, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from deploy.lab.country import Country
    from deploy.lab.phones import Crowd
    from services.runtime.container import Runtime

T = TypeVar("T")

_OPEN = (MessageState.QUEUED, MessageState.ATTEMPTING)
_GONE = (MessageState.SENT, MessageState.DELIVERED, MessageState.UNCERTAIN, *_OPEN)
# Workers ask about what is in doubt twice, ten minutes apart: nobody waits so long here.
_LOOKS = (PROOF, 2 * PROOF + 2 * FIRST_LOOK)
_DRAIN_SECONDS, _REACHED_SECONDS = 180, 300


class Unanswered(NamedTuple):
    """An acknowledged report without a text: its number, and states of its answers with reasons."""

    number: int
    answers: str


@dataclass(frozen=True)
class Account:
    """Outcome of all reports.

    Attributes:
        acknowledged: reports that were acknowledged.
        unacknowledged: reports that were begun and given up.
        unrecorded: numbers of acknowledged ones without an animal, or without its event.
        unanswered: acknowledged ones of which the carrier has no text.
        recorded_twice, answered_twice: animals and texts too many.
        uncertain: answers of which nobody can say whether they went.
        unsent: answers that were suppressed, or did not go otherwise, by state and reason.
        waiting: records that are not on the ledger.
        findings: of the audit, with that of the tables of state.
    """

    acknowledged: int = 0
    unacknowledged: int = 0
    unrecorded: tuple[int, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    recorded_twice: int = 0
    answered_twice: int = 0
    uncertain: int = 0
    unsent: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    findings: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """Number of acknowledged reports that are not there or not answered."""
        return len({*self.unrecorded, *(one.number for one in self.unanswered)})

    @property
    def doubled(self) -> int:
        """Number of records and texts too many."""
        return self.recorded_twice + self.answered_twice

    @property
    def clean(self) -> bool:
        """True if nothing is lost, doubled, uncertain, unsent, waiting or found."""
        counts = (self.lost, self.doubled, self.uncertain, self.waiting, len(self.findings))
        return not any(counts) and not self.unsent

    def __str__(self) -> str:
        unsent = "".join(f", {many} answers {why}" for why, many in self.unsent.items())
        waiting = f", {self.waiting} not on the ledger" if self.waiting else ""
        given_up = f", {self.unacknowledged} given up" if self.unacknowledged else ""
        return (
            f"{self.acknowledged} acknowledged, {self.lost} lost, {self.doubled} doubled, "
            f"{self.uncertain} uncertain, {len(self.findings)} findings of the audit"
            f"{unsent}{waiting}{given_up}"
        )


@dataclass(frozen=True)
class Tables:
    """Rows of the database.

    Attributes:
        animals, registered: how many animals, and events of their registration, a tag has.
        answers: state of each message with its reason, by the phone that it is to.
    """

    animals: Counter[str]
    registered: Counter[str]
    answers: Mapping[str, list[str]]


def read_tables(session: Session) -> Tables:
    """Read what is counted from the database."""
    events = session.scalars(select(Journal.content).where(Journal.type == "register"))
    answers = dict[str, list[str]]()
    for to, state, why in session.execute(select(Message.recipient, Message.state, Message.reason)):
        answers.setdefault(to, []).append(f"{state} {why}" if why else state)
    return Tables(
        Counter(session.scalars(select(Animal.value))),
        Counter(
            one["value"]
            for content in events
            for one in json.loads(content or b"{}").get("subjects", ())
            if one["kind"] == "animal"
        ),
        answers,
    )


def count_reports(
    acknowledged: Collection[int], tables: Tables, texts: Iterable[tuple[str, str]]
) -> Account:
    """Hold acknowledged reports against the database, and against the carrier's texts.

    Args:
        acknowledged: their numbers.
        tables: rows of the database.
        texts: number and body of each text that the carrier took.
    """
    sent = Counter(texts)
    answered = {to for to, _ in sent}
    each = [one for answers in tables.answers.values() for one in answers]
    records = tables.animals | tables.registered  # of each tag the larger count
    return Account(
        acknowledged=len(acknowledged),
        unrecorded=tuple(
            number
            for number in sorted(acknowledged)
            if not (tables.animals[tag(number)] and tables.registered[tag(number)])
        ),
        unanswered=tuple(
            Unanswered(number, ", ".join(tables.answers.get(phone(number), ["no message"])))
            for number in sorted(acknowledged)
            if phone(number) not in answered
        ),
        recorded_twice=sum(many - 1 for many in records.values()),
        answered_twice=sum(many - 1 for many in sent.values()),
        uncertain=sum(one.split()[0] == MessageState.UNCERTAIN for one in each),
        unsent=dict(Counter(one for one in each if one.split()[0] not in _GONE)),
    )


def take_account(country: Country, crowd: Crowd) -> Account:
    """Wait until everything was answered and recorded; then count, and audit the whole ledger."""
    # What is still open after each of these is counted as what it is.
    _wait(country, lambda runtime: not _count_open(runtime), "every answer sent")
    for later in _LOOKS:
        _again(partial(_settle, country, later))
    _wait(country, lambda runtime: not _count_open(runtime), "every answer sent after all")
    _wait(country, lambda runtime: runtime.recorder_store.all_recorded(), "every record final")
    return _again(partial(_count, country, crowd))


def _wait(country: Country, found: Callable[[Runtime], bool], what: str) -> None:
    end = time.monotonic() + _DRAIN_SECONDS

    def wait() -> None:
        with closing(country.runtime()) as runtime:
            wait_for(lambda: found(runtime), what, max(0.0, end - time.monotonic()))

    with suppress(RuntimeError):
        _again(wait)


def _again(do: Callable[[], T]) -> T:
    """Do something anew where the database is just changing hands, and ends its connections.

    Raises:
        RuntimeError: it is not reached for too long.
    """
    end = time.monotonic() + _REACHED_SECONDS
    while True:
        try:
            return do()
        except DatabaseUnreachable as error:
            if time.monotonic() > end:
                raise RuntimeError("the database is not reached to count in it") from error
            time.sleep(1)


def _later(by: timedelta) -> datetime:
    return utc_now() + by


def _settle(country: Country, later: timedelta) -> None:
    """Ask the carrier about what killed workers left in doubt, and send what it does not have."""
    with closing(country.runtime(partial(_later, later))) as runtime:
        carriers = make_carriers(runtime, sys.stderr)
        reconciler = make_reconciler(runtime, carriers)
        dispatcher = make_dispatcher(runtime, carriers)
        try:
            while reconciler.step():
                pass
            while dispatcher.step():
                pass
        finally:
            dispatcher.close()


def _count_open(runtime: Runtime) -> int:
    with runtime.database.read() as session:
        return session.scalars(select(func.count()).where(Message.state.in_(_OPEN))).one()


def _count(country: Country, crowd: Crowd) -> Account:
    texts = [(message.to, message.body) for message in country.carrier.messages]
    with closing(country.runtime()) as runtime:
        with runtime.database.read() as session:
            account = count_reports(crowd.acknowledged, read_tables(session), texts)
        with connect(runtime.settings.chain, write=False) as chain:
            report = Auditor(runtime.database, chain.ledger, chain.logs).audit(projections=True)
    return replace(
        account,
        unacknowledged=crowd.asked - len(crowd.acknowledged),
        waiting=report.waiting,
        findings=tuple(str(one) for one in report.findings),
    )
