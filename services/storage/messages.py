"""The outbox of messages, its attempts, and the dispatcher's store on them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from services.storage.models import Attempt, Message
from sms.dispatch import may_become, message_state, retry_at
from sms.message import AttemptState, FailureClass, MessageState, Outcome, Outgoing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.clock import Clock
    from services.storage.database import Database
    from services.storage.unit import Unit
    from sms.message import DeliveryReport

LEASE = timedelta(minutes=2)
# Longer than the wait after which a phone that was off is tried again: 24 hours.
REPLY_LIFE = timedelta(hours=72)


def queue_message(unit: Unit, *, to: str, body: str, dedupe: str, now: datetime) -> UUID:
    """Put a text into the outbox, in the unit's transaction.

    Args:
        unit: the open unit of work.
        to: E.164 number.
        body: the text.
        dedupe: what it answers; the same `dedupe` is never queued twice.
        now: UTC.

    Returns:
        The message's public id.
    """
    public_id = uuid4()
    unit.session.add(
        Message(
            public_id=public_id,
            dedupe_key=hashlib.sha256(dedupe.encode()).digest(),
            recipient=to,
            recipient_index=unit.vault.index(to),
            body=body,
            purpose="reply",
            state=MessageState.QUEUED.value,
            created_at=now,
            due_at=now,
            expires_at=now + REPLY_LIFE,
        )
    )
    return public_id


class DatabaseDispatchStore:
    """Implements `sms.ports.DispatchStore`; each method is one committed transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, worker: str, limit: int, now: datetime) -> Sequence[Outgoing]:
        """Lease up to `limit` due messages to `worker`."""
        with self._database.write() as session:
            _close_abandoned(session, now)
            session.execute(
                update(Message)
                .where(Message.state == MessageState.QUEUED, Message.expires_at <= now)
                .values(state=MessageState.EXPIRED.value)
            )
            rows = session.scalars(
                select(Message)
                .where(_claimable(now))
                .order_by(Message.priority, Message.due_at, Message.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            for row in rows:
                row.leased_by, row.leased_until = worker, now + LEASE
            return [_outgoing(session, row) for row in rows]

    def start_attempt(self, message_id: UUID, channel: str, now: datetime) -> UUID | None:
        """Commit an attempt in state `attempting`, if the message is still to be sent."""
        with self._database.write() as session:
            row = _locked(session, Message.public_id == message_id)
            lease_holds = row.leased_until is not None and row.leased_until > now
            if row.state != MessageState.QUEUED or not lease_holds or row.expires_at <= now:
                return None
            attempt = Attempt(
                public_id=uuid4(),
                message_id=row.id,
                channel=channel,
                state=AttemptState.ATTEMPTING.value,
                started_at=now,
            )
            session.add(attempt)
            row.state, row.leased_until = MessageState.ATTEMPTING.value, now + LEASE
            return attempt.public_id

    def finish_attempt(self, attempt_id: UUID, outcome: Outcome, retry_at: datetime | None) -> None:
        """Commit an outcome; with `retry_at` the message waits again."""
        with self._database.write() as session:
            attempt = session.scalars(select(Attempt).where(Attempt.public_id == attempt_id)).one()
            row = _locked(session, Message.id == attempt.message_id)
            session.refresh(attempt)
            attempt.finished_at = self._clock()
            attempt.reference = outcome.reference or attempt.reference
            if may_become(AttemptState(attempt.state), outcome.state):
                _set(attempt, outcome)
                _settle(session, row, retry_at)

    def report(self, report: DeliveryReport, now: datetime) -> bool:
        """Apply a delivery report by rank."""
        with self._database.write() as session:
            attempt = session.scalars(select(Attempt).where(_reported(report))).first()
            if attempt is None:
                return False
            row = _locked(session, Message.id == attempt.message_id)
            session.refresh(attempt)
            attempt.reference = attempt.reference or report.reference
            if may_become(AttemptState(attempt.state), report.state):
                _set(attempt, report)
                attempt.finished_at = attempt.finished_at or now
                _settle(session, row, _due_again(session, row, report, now))
            return True


def _claimable(now: datetime) -> ColumnElement[bool]:
    return and_(
        Message.state == MessageState.QUEUED,
        Message.due_at <= now,
        or_(Message.leased_until.is_(None), Message.leased_until <= now),
    )


def _close_abandoned(session: Session, now: datetime) -> None:
    # A worker died between calling the carrier and keeping the outcome: nobody knows if it was
    # sent, so it is not sent again.
    rows = session.scalars(
        select(Message)
        .where(Message.state == MessageState.ATTEMPTING, Message.leased_until <= now)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        session.execute(
            update(Attempt)
            .where(Attempt.message_id == row.id, Attempt.state == AttemptState.ATTEMPTING)
            .values(state=AttemptState.UNCERTAIN.value, finished_at=now)
        )
        _derive(session, row)


def _derive(session: Session, row: Message, *, retry: bool = False) -> None:
    session.flush()
    states = session.scalars(
        select(Attempt.state).where(Attempt.message_id == row.id).order_by(Attempt.id)
    )
    row.state = message_state([AttemptState(state) for state in states], retry=retry).value


def _settle(session: Session, row: Message, due: datetime | None) -> None:
    """Derive the message's state after news of an attempt, and let go of its lease."""
    _derive(session, row, retry=due is not None)
    row.leased_by, row.leased_until = None, None
    if due is not None and row.state == MessageState.QUEUED:
        row.due_at = due


def _due_again(
    session: Session, row: Message, report: DeliveryReport, now: datetime
) -> datetime | None:
    tried = session.scalar(select(func.count()).where(Attempt.message_id == row.id)) or 0
    return retry_at(Outcome(AttemptState.FAILED, failure=report.failure), tried, now)


def _set(attempt: Attempt, news: Outcome | DeliveryReport) -> None:
    attempt.state = news.state.value
    attempt.failure = news.failure.value if news.failure else None
    attempt.code = news.code


def _reported(report: DeliveryReport) -> ColumnElement[bool]:
    if report.attempt_id is not None:
        return Attempt.public_id == report.attempt_id
    return and_(Attempt.channel == report.channel, Attempt.reference == report.reference)


def _locked(session: Session, which: ColumnElement[bool]) -> Message:
    return session.scalars(select(Message).where(which).with_for_update()).one()


def _outgoing(session: Session, row: Message) -> Outgoing:
    tried = session.execute(
        select(Attempt.channel, Attempt.failure).where(Attempt.message_id == row.id)
    ).all()
    return Outgoing(
        id=row.public_id,
        to=row.recipient,
        body=row.body,
        attempts=len(tried),
        expires_at=row.expires_at,
        refused_by=frozenset(t.channel for t in tried if t.failure == FailureClass.ROUTE),
    )
