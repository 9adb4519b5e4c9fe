"""Gauges for Prometheus, read from the database at each scrape."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.ports import RecorderStore, Repair
from services.core.clock import Clock
from services.core.errors import ServiceError
from services.core.settings import Settings
from services.health.metrics import read_concern_metrics, read_programme_metrics
from services.ledger.batches import not_final
from services.ledger.probe import LedgerProbe
from services.ledger.receipts import recorded_size
from services.ledger.recorder_lease import TAKEOVER, is_held, read_repairs
from services.ledger.recorder_store import MOST_COUNTED
from services.messaging.api.metrics import read_message_metrics
from services.messaging.tasks.metrics import read_task_metrics
from services.runtime.machine_metrics import gauge, read_installation, read_machine
from services.storage.database import Database
from services.storage.models import LedgerBatch

KEPT = timedelta(minutes=5)
"""For how long counts of people are told again."""


class StoredMetrics(Collector):
    """Reads the gauges at each scrape; where the database is silent, it says only that.

    Args:
        database: read at each scrape.
        recorder: the ledger's outbox.
        clock: UTC.
        settings: its channels are told of; others once they had a failure.
    """

    def __init__(
        self, database: Database, recorder: RecorderStore, clock: Clock, settings: Settings
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._settings = settings
        self._counted: tuple[datetime, Sequence[Metric]] | None = None

    def collect(self) -> Iterator[Metric]:
        """Read every gauge."""
        try:
            found = [*self._ledger(), *self._messages(), *self._people()]
        except ServiceError:
            found = []
        yield gauge("database_up", "Whether the database answers.", bool(found))
        yield from read_machine(self._settings.data_dir, self._clock)
        yield from found

    def _ledger(self) -> Sequence[Metric]:
        with self._database.read() as session:
            gauges = _ledger_gauges(session, self._recorder, self._clock())
            return [*gauges, _repairs(session), *read_installation(session)]

    def _messages(self) -> Sequence[Metric]:
        with self._database.read() as session:
            now = self._clock()
            messages = read_message_metrics(session, self._settings.sms.channels, now)
            return [
                *messages,
                *read_task_metrics(session, now),
                *read_concern_metrics(session, now),
            ]

    def _people(self) -> Sequence[Metric]:
        """Count people, a million of them, now and then."""
        now = self._clock()
        if self._counted is None or not now - KEPT < self._counted[0] <= now:
            with self._database.read() as session:
                self._counted = now, read_programme_metrics(session, now)
        return self._counted[1]


class LedgerMetrics(Collector):
    """Gauge of the ledger: that it answers as it should, or the code of its fault."""

    def __init__(self, probe: LedgerProbe) -> None:
        self._probe = probe

    def collect(self) -> Iterator[Metric]:
        """Look, or tell what was seen a moment ago."""
        health = self._probe.health()
        yield gauge("ledger_up", "Whether the ledger is the right one, and answers.", health.ok)
        fault = GaugeMetricFamily(
            "bilum_ledger_fault", "What is wrong with it, by code.", labels=["code"]
        )
        if health.code is not None:
            fault.add_metric([health.code], 1)
        yield fault


def _ledger_gauges(session: Session, recorder: RecorderStore, now: datetime) -> Iterator[Metric]:
    oldest = recorder.oldest_unrecorded_at()
    age = max((now - oldest).total_seconds(), 0) if oldest else 0
    unfinished = select(func.count()).select_from(LedgerBatch).where(not_final())
    for name, documentation, value in (
        ("leaves_recorded", "Leaves known to be on the ledger.", recorded_size(session)),
        (
            "leaves_waiting",
            f"Leaves without an index yet, counted up to {MOST_COUNTED}.",
            recorder.pending(MOST_COUNTED),
        ),
        ("oldest_waiting_seconds", "For how long the oldest leaf not on the ledger waits.", age),
        ("batches_unfinished", "Batches that are not final.", session.scalar(unfinished) or 0),
        ("recorder_active", "Whether a process holds the right to record.", is_held(session)),
    ):
        yield gauge(f"ledger_{name}", documentation, value)


def _repairs(session: Session) -> Metric:
    found = read_repairs(session)
    metric = CounterMetricFamily(
        "bilum_ledger_repairs", "What the recorder mended by itself.", labels=["kind"]
    )
    for kind in (*(repair.value for repair in Repair), TAKEOVER):
        metric.add_metric([kind], found.get(kind, 0))
    return metric
