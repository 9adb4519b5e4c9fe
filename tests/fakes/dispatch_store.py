"""A `DispatchStore` in memory, with leases, and a hook at each side of each commit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sms.dispatch import may_become, message_state, retry_at
from sms.message import AttemptState, FailureClass, MessageState, Outcome, Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sms.message import DeliveryReport

LEASE = timedelta(minutes=5)


@dataclass
class Attempt:
    id: UUID
    channel: str
    state: AttemptState = AttemptState.ATTEMPTING
    reference: str | None = None
    failure: FailureClass | None = None


@dataclass
class Row:
    id: UUID
    to: str
    body: str
    expires_at: datetime
    due: datetime | None
    attempts: list[Attempt] = field(default_factory=list)
    lease_until: datetime | None = None
    expired: bool = False

    @property
    def state(self) -> MessageState:
        if self.expired:
            return MessageState.EXPIRED
        return message_state([a.state for a in self.attempts], retry=self.due is not None)

    def leased(self, now: datetime) -> bool:
        return self.lease_until is not None and self.lease_until > now

    def outgoing(self) -> Outgoing:
        refused = (a.channel for a in self.attempts if a.failure is FailureClass.ROUTE)
        return Outgoing(
            id=self.id,
            to=self.to,
            body=self.body,
            attempts=len(self.attempts),
            expires_at=self.expires_at,
            refused_by=frozenset(refused),
        )


class MemoryDispatchStore:
    """Keeps rows in a dictionary; `at` is called before and after each commit with its name."""

    def __init__(self, at: Callable[[str], None] = lambda _point: None) -> None:
        self.rows: dict[UUID, Row] = {}
        self._at = at

    def add(self, to: str, now: datetime, lasts: timedelta = timedelta(days=3)) -> Row:
        row = Row(uuid4(), to, "Pik i orait.", now + lasts, now)
        self.rows[row.id] = row
        return row

    def claim(self, _worker: str, limit: int, now: datetime) -> list[Outgoing]:
        with self._transaction("claim"):
            self._doubt(now)
            due = [row for row in self.rows.values() if self._is_due(row, now)]
            for row in due:
                row.expired = row.expires_at <= now
            leased = [row for row in due if not row.expired][:limit]
            for row in leased:
                row.lease_until = now + LEASE
            return [row.outgoing() for row in leased]

    def start_attempt(self, message_id: UUID, channel: str, now: datetime) -> UUID | None:
        with self._transaction("start"):
            row = self.rows[message_id]
            queued = row.state is MessageState.QUEUED and row.expires_at > now
            if not (queued and row.leased(now)):
                return None
            attempt = Attempt(uuid4(), channel)
            row.attempts.append(attempt)
            row.due, row.lease_until = None, now + LEASE
            return attempt.id

    def finish_attempt(self, attempt_id: UUID, outcome: Outcome, retry_at: datetime | None) -> None:
        with self._transaction("finish"):
            row, attempt = self._find(attempt_id, None)
            attempt.reference = attempt.reference or outcome.reference
            row.lease_until = None
            if may_become(attempt.state, outcome.state):
                attempt.state, attempt.failure, row.due = outcome.state, outcome.failure, retry_at

    def report(self, report: DeliveryReport, now: datetime) -> bool:
        with self._transaction("report"):
            try:
                row, attempt = self._find(report.attempt_id, report.reference)
            except LookupError:
                return False
            if may_become(attempt.state, report.state):
                attempt.state, attempt.failure = report.state, report.failure
                as_outcome = Outcome(AttemptState.FAILED, failure=report.failure)
                row.due = retry_at(as_outcome, len(row.attempts), now)
            return True

    def states(self) -> list[MessageState]:
        return [row.state for row in self.rows.values()]

    def _doubt(self, now: datetime) -> None:
        for row in self.rows.values():
            for attempt in row.attempts:
                if attempt.state is AttemptState.ATTEMPTING and not row.leased(now):
                    attempt.state = AttemptState.UNCERTAIN

    def _is_due(self, row: Row, now: datetime) -> bool:
        waiting = row.state is MessageState.QUEUED and not row.leased(now)
        return waiting and row.due is not None and row.due <= now

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
