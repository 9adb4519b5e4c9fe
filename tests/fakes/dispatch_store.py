"""A `DispatchStore` in memory, with leases, and a hook at each side of each commit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sms.admission import PRIORITIES, Close, Go, Verdict, Wait
from sms.dispatch import NOT_CALLED
from sms.message import (
    ABSENT,
    AttemptState,
    FailureClass,
    Kind,
    MessageState,
    Outcome,
    Outgoing,
    UncertainAttempt,
)
from sms.ports import CarrierQuery, Started
from sms.reasons import Reason
from sms.reconciliation import FIRST_LOOK, after_look
from sms.retrying import retry_at
from sms.states import may_become, message_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sms.message import DeliveryReport
    from sms.ports import Finished

LEASE = timedelta(minutes=2)
_LASTS = timedelta(days=3)
_OPEN = {AttemptState.ATTEMPTING, AttemptState.UNCERTAIN}
_OVERRULED = {MessageState.QUEUED, MessageState.FAILED, MessageState.UNDELIVERED}


@dataclass
class Attempt:
    id: UUID
    channel: str
    started_at: datetime
    state: AttemptState = AttemptState.ATTEMPTING
    reference: str | None = None
    failure: FailureClass | None = None
    code: str | None = None
    looks: int = 0
    doubted_at: datetime | None = None
    look_at: datetime | None = None


@dataclass
class Row:
    queued: Outgoing
    due: datetime | None
    attempts: list[Attempt] = field(default_factory=list)
    leased_by: str | None = None
    lease_until: datetime | None = None
    closed: Close | None = None

    @property
    def id(self) -> UUID:
        return self.queued.id

    @property
    def to(self) -> str:
        return self.queued.to

    @property
    def state(self) -> MessageState:
        state = message_state([a.state for a in self.attempts], retry=self.due is not None)
        return self.closed.state if self.closed and state in _OVERRULED else state

    def leased(self, now: datetime) -> bool:
        return self.lease_until is not None and self.lease_until > now

    def let_go(self) -> None:
        self.leased_by = self.lease_until = None

    def outgoing(self) -> Outgoing:
        refused = (a.channel for a in self.attempts if a.failure is FailureClass.ROUTE)
        return replace(self.queued, attempts=len(self.attempts), refused_by=frozenset(refused))


class MemoryDispatchStore:
    """Keeps rows in a dictionary; `at` is called before and after each commit with its name.

    It admits everything by the first of `channels` that did not refuse it, unless `admit` is
    replaced. As in a database, what one `start` is given is looked up before any of it starts.
    """

    def __init__(
        self,
        at: Callable[[str], None] = lambda _point: None,
        channels: Sequence[str] = ("counting",),
    ) -> None:
        self.rows: dict[UUID, Row] = {}
        self.channels = channels
        self.admit: Callable[[Outgoing, datetime], Verdict] = self._by_first_channel
        self._at = at

    def add(
        self, to: str, now: datetime, lasts: timedelta = _LASTS, kind: Kind = Kind.ANSWER
    ) -> Row:
        row = Row(Outgoing(uuid4(), to, "Pik i orait.", 0, now + lasts, now, kind), now)
        self.rows[row.id] = row
        return row

    def claim(
        self, worker: str, limit: int, now: datetime, *, answers_only: bool = False
    ) -> Sequence[Outgoing]:
        with self._transaction("claim"):
            self._abandon(now)
            due = [row for row in self.rows.values() if self._is_due(row, now)]
            if answers_only:
                due = [row for row in due if row.queued.kind is Kind.ANSWER]
            due.sort(key=lambda row: (PRIORITIES[row.queued.kind], row.due))
            for row in due[:limit]:
                row.leased_by, row.lease_until = worker, now + LEASE
            return [row.outgoing() for row in due[:limit]]

    def start(
        self,
        worker: str,
        messages: Sequence[Outgoing],
        now: datetime,
        attempts: Mapping[UUID, UUID] | None = None,
    ) -> Sequence[Started]:
        with self._transaction("start"):
            held = [message for message in messages if self._is_held(message, worker, now)]
            drawn = attempts or {}
            started = [self._begin(one, drawn.get(one.id) or uuid4(), now) for one in held]
            return [one for one in started if one is not None]

    def not_called(self, attempts: Mapping[UUID, UUID], now: datetime) -> None:
        with self._transaction("not called"):
            ours = set(attempts.values())
            for row in self.rows.values():
                for attempt in row.attempts:
                    if attempt.id in ours and attempt.state in _OPEN:
                        self._apply(row, attempt, NOT_CALLED, now)

    def finish(self, finished: Sequence[Finished], now: datetime) -> None:
        with self._transaction("finish"):
            for one in finished:
                self._apply(*self._find(one.started.attempt_id, None), one.outcome, now)

    def release(self, worker: str) -> None:
        with self._transaction("release"):
            for row in self.rows.values():
                if row.leased_by == worker and row.state is MessageState.QUEUED:
                    row.let_go()

    def report(self, report: DeliveryReport, now: datetime) -> bool:
        with self._transaction("report"):
            try:
                row, attempt = self._find(report.attempt_id, report.reference)
            except LookupError:
                return False
            outcome = Outcome(report.state, report.reference, report.failure, report.code)
            self._apply(row, attempt, outcome, now)
            return True

    def match_early(self, now: datetime) -> None:
        """None comes early here: an attempt is known by its own id."""

    def uncertain(self, limit: int, now: datetime) -> Sequence[CarrierQuery]:
        with self._transaction("doubts"):
            taken = [
                (row, attempt)
                for row in self.rows.values()
                for attempt in row.attempts
                if attempt.look_at is not None and attempt.look_at <= now
            ][:limit]
            for _, attempt in taken:
                attempt.look_at = now + LEASE
            return [CarrierQuery(self._doubt(row, one), one.channel) for row, one in taken]

    def resolve(self, attempt_id: UUID, found: Outcome, now: datetime) -> None:
        with self._transaction("resolve"):
            row, attempt = self._find(attempt_id, None)
            if attempt.state is not AttemptState.UNCERTAIN:
                return
            look = after_look(found, attempt.looks, attempt.doubted_at or now, now)
            attempt.looks, attempt.look_at = look.looks, look.look_at
            if look.settled:
                self._apply(row, attempt, found, now)

    def states(self) -> list[MessageState]:
        return [row.state for row in self.rows.values()]

    def _by_first_channel(self, message: Outgoing, _now: datetime) -> Verdict:
        left = tuple(one for one in self.channels if one not in message.refused_by)
        return Go(left, 1) if left else Close(MessageState.FAILED, Reason.NO_ROUTE)

    def _begin(self, message: Outgoing, attempt_id: UUID, now: datetime) -> Started | None:
        row = self.rows[message.id]
        match self.admit(message, now):
            case Go(channels):
                attempt = Attempt(attempt_id, channels[0], now)
                row.attempts.append(attempt)
                row.due, row.lease_until = None, now + LEASE
                return Started(message, attempt.id, attempt.channel)
            case Wait(until):
                row.due = until
            case Close() as close:
                row.closed = close
        row.let_go()
        return None

    def _apply(self, row: Row, attempt: Attempt, told: Outcome, now: datetime) -> None:
        attempt.reference = attempt.reference or told.reference
        if not may_become(attempt.state, told.state):
            return
        attempt.state, attempt.failure, attempt.code = told.state, told.failure, told.code
        attempt.look_at = None
        if told.state is AttemptState.UNCERTAIN:
            attempt.doubted_at, attempt.look_at = now, now + FIRST_LOOK
        row.due = now if told.code == ABSENT else retry_at(told, len(row.attempts), now)
        if row.state is not MessageState.ATTEMPTING:
            row.let_go()

    def _abandon(self, now: datetime) -> None:
        doubt = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="abandoned")
        for row in self.rows.values():
            for attempt in row.attempts:
                if attempt.state is AttemptState.ATTEMPTING and not row.leased(now):
                    self._apply(row, attempt, doubt, now)

    def _is_due(self, row: Row, now: datetime) -> bool:
        if row.state is MessageState.QUEUED and row.queued.expires_at <= now:
            row.closed = Close(MessageState.EXPIRED, Reason.EXPIRED)
        waiting = row.state is MessageState.QUEUED and not row.leased(now)
        return waiting and row.due is not None and row.due <= now

    def _is_held(self, message: Outgoing, worker: str, now: datetime) -> bool:
        row = self.rows[message.id]
        queued = row.state is MessageState.QUEUED
        return queued and row.leased_by == worker and row.leased(now)

    def _doubt(self, row: Row, attempt: Attempt) -> UncertainAttempt:
        taken = frozenset(
            one.reference
            for other in self.rows.values()
            for one in other.attempts
            if other.to == row.to and one.reference
        )
        return UncertainAttempt(attempt.id, row.to, row.queued.body, attempt.started_at, taken)

    def _find(self, attempt_id: UUID | None, reference: str | None) -> tuple[Row, Attempt]:
        for row in self.rows.values():
            for attempt in row.attempts:
                by_reference = reference is not None and attempt.reference == reference
                if attempt.id == attempt_id or by_reference:
                    return row, attempt
        raise LookupError

    @contextmanager
    def _transaction(self, name: str) -> Iterator[None]:
        self._at(f"before {name}")
        yield
        self._at(f"after {name}")
