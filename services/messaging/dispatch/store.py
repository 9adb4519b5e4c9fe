"""The dispatcher's store: each method is one committed transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, select, update

from services.messaging.dispatch.claim import QUEUED, MessageClaim, clear_lanes
from services.messaging.dispatch.outcomes import News, apply
from services.messaging.dispatch.start import Start
from services.messaging.dispatch.uncertain import settle_look, take_uncertain
from services.storage.database import Database
from services.storage.models import Attempt, Message
from sms.message import DeliveryReport, FailureClass, Outcome, Outgoing
from sms.ports import CarrierQuery, Finished, Started
from sms.settings import SmsSettings


class DatabaseDispatchStore:
    """Implements `sms.ports.DispatchStore`."""

    def __init__(self, database: Database, settings: SmsSettings) -> None:
        self._database = database
        self._settings = settings
        self._lanes_cleared = False

    def claim(
        self, worker: str, limit: int, now: datetime, *, answers_only: bool = False
    ) -> Sequence[Outgoing]:
        """Lease up to `limit` due messages to `worker`."""
        with self._database.write(exclusive=False) as session:
            if not self._lanes_cleared:
                clear_lanes(session, self._settings.rates)
            claims = MessageClaim(session, self._settings.rates, worker, now)
            leased = claims.run(limit, answers_only=answers_only)
        self._lanes_cleared = True
        return leased

    def start(self, worker: str, messages: Sequence[Outgoing], now: datetime) -> Sequence[Started]:
        """Commit an attempt for each message that may go now."""
        with self._database.write(exclusive=False) as session:
            start = Start(session, self._database.vault, self._settings, now)
            return start.run(worker, messages)

    def finish(self, finished: Sequence[Finished], now: datetime) -> None:
        """Commit outcomes."""
        news = {one.started.attempt_id: News(one.outcome, one.started.channel) for one in finished}
        with self._database.write(exclusive=False) as session:
            apply(session, news, now)

    def release(self, worker: str) -> None:
        """Let go of every lease of a worker."""
        with self._database.write(exclusive=False) as session:
            session.execute(
                update(Message)
                .where(Message.leased_by == worker, QUEUED)
                .values(leased_by=None, leased_until=None)
            )

    def report(self, report: DeliveryReport, now: datetime) -> bool:
        """Apply a delivery report by rank."""
        outcome = Outcome(report.state, report.reference, report.failure, report.code)
        # Told of the channel rather than of this message, so its circuit must know.
        called = report.channel if report.failure is FailureClass.CHANNEL_DOWN else None
        with self._database.write(exclusive=False) as session:
            attempt = session.scalar(select(Attempt.public_id).where(_reported(report)).limit(1))
            if attempt is not None:
                apply(session, {attempt: News(outcome, called)}, now)
            return attempt is not None

    def uncertain(self, limit: int, now: datetime) -> Sequence[CarrierQuery]:
        """Take up to `limit` uncertain attempts whose look-up is due."""
        with self._database.write(exclusive=False) as session:
            return take_uncertain(session, limit, now)

    def resolve(self, attempt_id: UUID, found: Outcome, now: datetime) -> None:
        """Commit what a look-up told."""
        with self._database.write(exclusive=False) as session:
            settle_look(session, attempt_id, found, now)


def _reported(report: DeliveryReport) -> ColumnElement[bool]:
    if report.attempt_id is not None:
        return Attempt.public_id == report.attempt_id
    if report.reference is None:
        return false()  # else it would be that of any attempt without one
    return and_(Attempt.channel == report.channel, Attempt.reference == report.reference)
