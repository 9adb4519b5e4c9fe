"""Gauges for Prometheus, read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from chain.ports import RecorderStore
from services.core.clock import Clock
from services.core.errors import ServiceError
from services.health.metrics import read_programme_metrics
from services.ledger.metrics import read_ledger_metrics
from services.messaging.api.metrics import read_message_metrics
from services.storage.database import Database


class StoredMetrics(Collector):
    """Reads the gauges at each scrape; where the database is silent, it says only that.

    Args:
        database: read at each scrape.
        recorder: the ledger's outbox.
        clock: UTC.
        channels: of the routing table; others are told of once they had a failure.
    """

    def __init__(
        self, database: Database, recorder: RecorderStore, clock: Clock, channels: Sequence[str]
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._channels = channels

    def collect(self) -> Iterator[Metric]:
        """Read every gauge."""
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
