"""A store of messages with a clock, asked in the words of its tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from services.messaging.consent import consent_index, consents_of, grant, refuse
from services.messaging.dispatch.channels import read_circuits
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Attempt, Message
from sms.local_time import DEFAULT_ZONE
from sms.message import AttemptState, DeliveryReport, Kind, Outcome
from sms.ports import Finished
from sms.routing import Route
from sms.settings import SmsSettings
from tests.factories import FARMER
from tests.fakes.carriers import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.storage.database import Database
    from sms.circuit import Circuit
    from sms.message import Outgoing
    from sms.ports import Started

FIRST, SECOND = "first", "second"
ONE_CHANNEL = (Route("+", (FIRST,)),)
TWO_CHANNELS = SmsSettings(routes=(Route("+", (FIRST, SECOND)),))
PROGRAMME = "clinic"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PAST_ANY_LEASE = timedelta(minutes=3)

_numbers = count(1)


def numbers(many: int) -> list[str]:
    """That many receivers."""
    return [f"+6757000{number:04}" for number in range(many)]


def sent() -> Outcome:
    """The carrier took it, under a reference of its own."""
    return Outcome(AttemptState.SENT, f"SM{next(_numbers)}")


@dataclass
class Post:
    """One database, as workers with these settings use it; at first in the afternoon."""

    database: Database
    settings: SmsSettings = TWO_CHANNELS
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.store = DatabaseDispatchStore(self.database, self.settings)

    def under(self, **settings: object) -> Post:
        """The same database and clock, for workers with other settings."""
        return Post(self.database, replace(self.settings, **settings), self.clock)

    def queue(
        self,
        *receivers: str,
        kind: Kind = Kind.SERVICE,
        zone: str = DEFAULT_ZONE,
        lasts: timedelta = 7 * DAY,
        body: str = "Pik i orait.",
        **mailing: object,
    ) -> list[UUID]:
        """Queue a text to each; a programme's to those who agreed to it."""
        now, scope = self.clock(), PROGRAMME if kind is Kind.PROGRAMME else None
        ordinary = self.database.vault.index
        letters = [
            OutboundMessage(to, ordinary(to), body, f"letter {next(_numbers)}", zone)
            for to in receivers or (FARMER,)
        ]
        shared = SendOptions("test", now, now + lasts, kind, scope, **mailing)
        with self.database.write() as session:
            before = session.scalar(select(func.max(Message.id))) or 0
            for letter in letters if scope else ():
                index = self.database.vault.health_index(letter.number)
                grant(session, index, scope, "sms", now)
            enqueue_messages(session, letters, shared)
            new = select(Message.public_id).where(Message.id > before).order_by(Message.id)
            return list(session.scalars(new))

    def claim(self, worker: str = "one", limit: int = 10, **how: bool) -> Sequence[Outgoing]:
        return self.store.claim(worker, limit, self.clock(), **how)

    def claimed(self, worker: str = "one", limit: int = 10, **how: bool) -> list[UUID]:
        return [message.id for message in self.claim(worker, limit, **how)]

    def start(self, worker: str = "one", limit: int = 10) -> Sequence[Started]:
        """Claim, and start what may go."""
        return self.store.start(worker, self.claim(worker, limit), self.clock())

    def finish(self, started: Sequence[Started], outcome: Outcome | None = None) -> None:
        """Keep the outcome of calls; each was sent, if nothing else is said."""
        done = [Finished(one, outcome or sent()) for one in started]
        self.store.finish(done, self.clock())

    def send(
        self, outcome: Outcome | None = None, worker: str = "one", limit: int = 10
    ) -> Sequence[Started]:
        """Claim, start and finish."""
        started = self.start(worker, limit)
        self.finish(started, outcome)
        return started

    def report(self, attempt: UUID, outcome: Outcome) -> bool:
        report = DeliveryReport(
            FIRST, attempt, outcome.reference, outcome.state, outcome.failure, outcome.code
        )
        return self.store.report(report, self.clock())

    def message(self, message: UUID) -> Message:
        with self.database.read() as session:
            row = session.scalars(select(Message).where(Message.public_id == message)).one()
            session.expunge(row)
            return row

    def why(self, message: UUID) -> tuple[str, str | None]:
        """A message's state and its reason."""
        with self.database.read() as session:
            told = select(Message.state, Message.reason).where(Message.public_id == message)
            return tuple(session.execute(told).one())

    def states(self) -> dict[str, int]:
        """How many messages are in each state."""
        with self.database.read() as session:
            counted = select(Message.state, func.count()).group_by(Message.state)
            return dict(session.execute(counted).all())

    def due_at(self, message: UUID) -> datetime:
        return self.message(message).due_at

    def attempts(self, message: UUID) -> list[Attempt]:
        with self.database.read() as session:
            of = Message.public_id == message
            rows = session.scalars(select(Attempt).join(Message).where(of).order_by(Attempt.id))
            found = list(rows)
            session.expunge_all()
            return found

    def attempt(self, message: UUID) -> Attempt:
        """Its newest attempt."""
        return self.attempts(message)[-1]

    def circuit(self, channel: str = FIRST) -> Circuit:
        with self.database.read() as session:
            return read_circuits(session)[channel]

    def refuse(self, number: str, scope: str) -> None:
        with self.database.write() as session:
            index = consent_index(self.database.vault, number, scope)
            refuse(session, index, scope, "sms", self.clock())

    def consents(self, number: str) -> dict[str, bool]:
        with self.database.read() as session:
            return consents_of(session, number)
