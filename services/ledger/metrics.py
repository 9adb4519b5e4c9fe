"""Metrics of the ledger from the database, for `services.runtime.metrics`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.ports import BatchState, RecorderStore, Repair
from services.ledger.receipts import recorded_size
from services.ledger.recorder_lease import TAKEOVER, is_held
from services.ledger.repairs import read_repairs
from services.storage.models import LedgerBatch


def read_ledger_metrics(
    session: Session, recorder: RecorderStore, now: datetime
) -> Sequence[Metric]:
    """Read the metrics of leaves, batches, the recorder and its repairs."""
    return [*_gauges(session, recorder, now), _repairs(session)]


def _gauges(session: Session, recorder: RecorderStore, now: datetime) -> Iterator[Metric]:
    oldest = recorder.oldest_unrecorded_at()
    age = max((now - oldest).total_seconds(), 0) if oldest else 0
    unfinished = select(func.count()).where(LedgerBatch.state != BatchState.FINAL)
    for name, documentation, value in (
        ("leaves_recorded", "Leaves known to be on the ledger.", recorded_size(session)),
        ("leaves_waiting", "Leaves without an index yet.", recorder.pending()),
        ("oldest_waiting_seconds", "For how long the oldest leaf not on the ledger waits.", age),
        ("batches_unfinished", "Batches that are not final.", session.scalar(unfinished) or 0),
        ("recorder_active", "Whether a process holds the right to record.", is_held(session)),
    ):
        yield GaugeMetricFamily(f"bilum_ledger_{name}", documentation, value=float(value))


def _repairs(session: Session) -> Metric:
    found = read_repairs(session)
    metric = CounterMetricFamily(
        "bilum_ledger_repairs", "What the recorder mended by itself.", labels=["kind"]
    )
    for kind in (*(repair.value for repair in Repair), TAKEOVER):
        metric.add_metric([kind], found.get(kind, 0))
    return metric
