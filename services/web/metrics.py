"""Metrics for Prometheus: counters of this process, and gauges read from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.errors import ServiceError
from services.web.ledger_metrics import read_ledger_metrics
from services.web.message_metrics import read_message_metrics
from services.web.programme_metrics import read_programme_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from chain.ports import RecorderStore
    from services.clock import Clock
    from services.storage.database import Database


class Metrics:
    """The metrics of one application, in a registry of their own. No label holds private data.

    Args:
        database: read at each scrape.
        recorder: the ledger's outbox.
        clock: UTC.
        channels: of the routing table; others are told of once they had a failure.
    """

    def __init__(
        self,
        database: Database,
        recorder: RecorderStore,
        clock: Clock,
        channels: Sequence[str] = (),
    ) -> None:
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
        self.registry.register(_Stored(database, recorder, clock, channels))

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self.registry)


class _Stored(Collector):
    """Reads the gauges at each scrape; where the database is silent, it says only that."""

    def __init__(
        self, database: Database, recorder: RecorderStore, clock: Clock, channels: Sequence[str]
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._channels = channels

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*self._ledger(), *self._messages()]
        except ServiceError:
            found = []
        yield _gauge("bilum_database_up", "Whether the database answers.", bool(found))
        yield from found

    def _ledger(self) -> Sequence[Metric]:
        with self._database.read() as session:
            return read_ledger_metrics(session, self._recorder, self._clock())

    def _messages(self) -> Sequence[Metric]:
        with self._database.read() as session:
            now = self._clock()
            messages = read_message_metrics(session, self._channels, now)
            return [*messages, *read_programme_metrics(session, now)]


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=float(value))
