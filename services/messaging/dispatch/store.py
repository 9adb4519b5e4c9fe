"""The dispatcher's store, each method one committed transaction, and the start of attempts."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, false, func, select, update
from sqlalchemy.orm import Session

from services.core.clock import next_second
from services.core.errors import RestoredCopy
from services.messaging.dispatch.channels import ChannelRates
from services.messaging.dispatch.claim import (
    LEASE,
    NOT_RECALLED,
    QUEUED,
    AnyRow,
    MessageClaim,
    clear_lanes,
)
from services.messaging.dispatch.decision_batch import DecisionBatch
from services.messaging.dispatch.early_reports import keep_early, match_early
from services.messaging.dispatch.not_called import take_back
from services.messaging.dispatch.outcomes import News, apply
from services.messaging.dispatch.uncertain import settle_look, take_uncertain
from services.messaging.outbox import OutboundMessage, SendOptions, Trace, enqueue_messages
from services.storage.committed_lines import tell_once_committed
from services.storage.database import Database
from services.storage.models import Attempt, Message
from services.storage.sending_right import REASONS, Refusal, is_of_copy, may_send, refusal
from sms.admission import Go, Verdict
from sms.encoding import split
from sms.message import (
    VILLAGE,
    AttemptState,
    DeliveryReport,
    FailureClass,
    MessageState,
    Outcome,
    Outgoing,
)
from sms.ports import CarrierQuery, Finished, Started
from sms.reasons import Reason
from sms.settings import SmsSettings

_LOG = logging.getLogger("bilum.worker")
_COPY = logging.ERROR, f"dispatcher waits: {RestoredCopy.detail} ({RestoredCopy.code})"
_STOPPED = logging.WARNING, f"dispatcher waits: {REASONS[Refusal.STOPPED]}"
_SENDS = logging.INFO, "dispatcher: this database sends from now on"

# Made once: a worker says the same few statements all the time, and making them is dear.
_HELD = (
    select(Message.public_id, Message.id, Message.correlation)
    .where(
        Message.public_id.in_(bindparam("ids", expanding=True)),
        QUEUED,
        NOT_RECALLED,
        Message.leased_by == bindparam("worker"),
        Message.leased_until > bindparam("now"),
    )
    .order_by(Message.id)
    .with_for_update(of=Message)
)


class DatabaseDispatchStore:
    """Implements `sms.ports.DispatchStore`.

    Args:
        knows_time: asked before anything is sent, ends, or is proven by the time that has passed.
    """

    def __init__(
        self,
        database: Database,
        settings: SmsSettings,
        knows_time: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._settings = settings
        self._knows_time = knows_time
        self._lanes_cleared = False
        self._refused = False

    def claim(
        self, worker: str, limit: int, now: datetime, *, answers_only: bool = False
    ) -> Sequence[Outgoing]:
        """Lease up to `limit` due messages to `worker`; none if texts may not go, and none ends."""
        with self._database.write(exclusive=False) as session:
            if not self._may_send(session, now):
                return []
            if not self._lanes_cleared:
                clear_lanes(session, self._settings.rates)
            claims = MessageClaim(session, self._settings.rates, worker, now)
            leased = claims.run(limit, answers_only=answers_only)
        self._lanes_cleared = True
        return leased

    def start(
        self,
        worker: str,
        messages: Sequence[Outgoing],
        now: datetime,
        attempts: Mapping[UUID, UUID] | None = None,
    ) -> Sequence[Started]:
        """Commit an attempt for each message that may go now."""
        with self._database.write(exclusive=False) as session:
            if not self._may_send(session, now):
                return []
            start = Start(session, self._database.vault, self._settings, now)
            return start.run(worker, messages, attempts)

    def not_called(self, attempts: Mapping[UUID, UUID], now: datetime) -> None:
        """Keep that no carrier was called for attempts of a `start` that failed."""
        with self._database.write(exclusive=False) as session:
            take_back(session, attempts, now)

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
            elif report.attempt_id is None and report.reference is not None:
                keep_early(session, report, now)
            return attempt is not None

    def match_early(self, now: datetime) -> None:
        """Apply reports that came before their attempt's reference was kept."""
        with self._database.write(exclusive=False) as session:
            match_early(session, now)

    def uncertain(self, limit: int, now: datetime) -> Sequence[CarrierQuery]:
        """Take up to `limit` uncertain attempts whose look-up is due."""
        with self._database.write(exclusive=False) as session:
            # Asked with a connection at hand, since it may be the first to tell the time.
            return take_uncertain(session, limit, now) if self._knows_time() else []

    def resolve(self, attempt_id: UUID, found: Outcome, now: datetime) -> None:
        """Commit what a look-up told."""
        with self._database.write(exclusive=False) as session:
            settle_look(session, attempt_id, found, now)

    def _may_send(self, session: Session, now: datetime) -> bool:
        allowed = may_send(session, now)
        if not self._knows_time():
            return False
        if allowed == self._refused:
            self._refused = not allowed
            refused = _COPY if is_of_copy(refusal(session)) else _STOPPED
            _LOG.log(*(_SENDS if allowed else refused))
        return allowed


def _reported(report: DeliveryReport) -> ColumnElement[bool]:
    if report.attempt_id is not None:
        return Attempt.public_id == report.attempt_id
    if report.reference is None:
        return false()  # else it would be that of any attempt without one
    return and_(Attempt.channel == report.channel, Attempt.reference == report.reference)


class Start(DecisionBatch):
    """The start of one batch of messages, within one transaction."""

    def run(
        self,
        worker: str,
        messages: Sequence[Outgoing],
        attempts: Mapping[UUID, UUID] | None = None,
    ) -> Sequence[Started]:
        """Start what may go of the messages that are still leased to `worker`.

        `attempts`: see `DecisionBatch.commit`.
        """
        held = self._held(worker, messages)
        keys = {row.public_id: row.id for row in held}
        # A worker that leased a message anew, since its lease ran out, may hold it twice.
        left = list({message.id: message for message in messages if message.id in keys}.values())
        if not left:
            return []
        self.read(left)
        rates = ChannelRates(self._session, self._settings.rates, self._now)
        for message in left:
            self._decide(message, self.verdict(message), rates)
        rates.save()
        started = self.commit(
            keys,
            {"state": AttemptState.ATTEMPTING.value},
            {"state": MessageState.ATTEMPTING.value, "leased_until": self._now + LEASE},
            attempts,
        )
        self._tell(held, started)
        return started

    def _tell(self, held: Sequence[AnyRow], started: Sequence[Started]) -> None:
        channels = {one.message.id: one.channel for one in started}
        for row in held:
            if row.correlation is not None and row.public_id in channels:
                tell_once_committed(
                    self._session,
                    "given to a carrier",
                    correlation=row.correlation,
                    message=str(row.public_id),
                    channel=channels[row.public_id],
                )

    def _held(self, worker: str, messages: Sequence[Outgoing]) -> Sequence[AnyRow]:
        """Lock the messages whose lease still holds; return their keys and ids."""
        ids = [message.id for message in messages]
        values = {"ids": ids, "worker": worker, "now": self._now}
        return self._session.connection().execute(_HELD, values).all()

    def _decide(self, message: Outgoing, verdict: Verdict, rates: ChannelRates) -> None:
        if not isinstance(verdict, Go):
            if verdict.reason is Reason.SPLIT:
                self._queue_parts(message)
            self.stay(message, verdict)
            return
        if verdict.channels == (VILLAGE,):
            self.back(message, lane=VILLAGE, reason=Reason.VILLAGE.value)
            return
        taken = rates.take(verdict.channels, verdict.segments, message.closed)
        if taken.channel is None:
            until = next_second(taken.until or self._now)
            self.back(message, due_at=until, reason=Reason.CHANNEL_DOWN.value)
        elif taken.held:
            self.back(message, lane=taken.channel, reason=Reason.RATE.value)
        else:
            cost = verdict.segments * self._settings.price_of(taken.channel)
            self.go(message, taken.channel, verdict.segments, cost)

    def _queue_parts(self, message: Outgoing) -> None:
        row = self._session.execute(
            select(
                Message.id,
                Message.purpose,
                Message.recipient_index,
                *(getattr(Message, name) for name in Trace._fields),
            ).where(Message.public_id == message.id)
        ).one()
        index = self._indexes(message.to).ordinary
        options = SendOptions(
            purpose=row.purpose,
            now=message.planned_at,
            expires_at=message.expires_at,
            kind=message.kind,
            scope=message.scope,
            late=message.late,
            double_ok=message.double_ok,
            via=message.via,
            direct=message.direct,
            office=message.office,
            vital=message.vital,
            private=row.recipient_index != index,
            part_of=row.id,
        )
        trace = Trace(*row[3:])
        # It may have been split before, and joined again when its plan changed.
        first = self._session.scalar(select(func.count()).where(Message.part_of == row.id)) or 0
        messages = [
            OutboundMessage(
                message.to, index, text, f"part\0{message.id}\0{number}", message.zone, trace
            )
            for number, text in enumerate(split(message.body), first)
        ]
        enqueue_messages(self._session, messages, options)
