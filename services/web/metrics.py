"""Metrics for Prometheus: counters of this process, and gauges read from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from services.errors import ServiceError
from services.storage.models import Message
from services.storage.receipts import recorded_size
from sms.message import MessageState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client.metrics_core import Metric
    from sqlalchemy.orm import Session

    from chain.ports import RecorderStore
    from services.clock import Clock
    from services.storage.database import Database


class Metrics:
    """The metrics of one application, in a registry of their own. No label holds private data."""

    def __init__(self, database: Database, recorder: RecorderStore, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter(
            "bilum_http_requests", "Requests answered.", "method", "route", "status"
        )
        self.messages = self._counter(
            "bilum_gateway_messages", "Messages taken, repeated ones too.", "channel", "outcome"
        )
        self.reports = self._counter(
            "bilum_gateway_reports", "Delivery reports; known: of an attempt.", "channel", "known"
        )
        self.refused = self._counter(
            "bilum_gateway_refused", "Requests refused, and why.", "channel", "reason"
        )
        self.registry.register(_Stored(database, recorder, clock))

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self.registry)


class _Stored(Collector):
    """Reads the gauges at each scrape; where the database is silent, it says only that."""

    def __init__(self, database: Database, recorder: RecorderStore, clock: Clock) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        try:
            gauges = [*self._ledger(), *self._messages()]
        except ServiceError:
            gauges = []
        yield _gauge("bilum_database_up", "Whether the database answers.", bool(gauges))
        yield from gauges

    def _ledger(self) -> Iterator[Metric]:
        with self._database.read() as session:
            size = recorded_size(session)
        yield _gauge("bilum_ledger_leaves_recorded", "Leaves known to be on the ledger.", size)
        waiting = self._recorder.pending()
        yield _gauge("bilum_ledger_leaves_waiting", "Leaves without an index yet.", waiting)
        yield _gauge(
            "bilum_ledger_oldest_waiting_seconds",
            "For how long the oldest waiting leaf waits.",
            self._age(self._recorder.oldest_pending_at()),
        )

    def _messages(self) -> Iterator[Metric]:
        with self._database.read() as session:
            counts, due = _count_by_state(session), _oldest_due(session)
        by_state = GaugeMetricFamily("bilum_messages", "Messages by state.", labels=["state"])
        for state in MessageState:
            by_state.add_metric([state.value], counts.get(state.value, 0))
        yield by_state
        yield _gauge(
            "bilum_messages_oldest_due_seconds",
            "For how long the message that is longest due waits to be sent.",
            self._age(due),
        )

    def _age(self, since: datetime | None) -> float:
        return max((self._clock() - since).total_seconds(), 0) if since else 0


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=float(value))


def _count_by_state(session: Session) -> dict[str, int]:
    rows = session.execute(select(Message.state, func.count()).group_by(Message.state))
    return {state: count for state, count in rows}  # noqa: C416 — a row is no pair to mypy


def _oldest_due(session: Session) -> datetime | None:
    return session.scalar(
        select(func.min(Message.due_at)).where(Message.state == MessageState.QUEUED.value)
    )
