"""Gauges of the installation: clock, disk, replicas, backups, the last audit."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.storage.milestones import MilestoneName, read_milestone
from services.storage.models import AuditRun
from services.storage.sending_right import refusal

# Without the right to read other users' statistics, lags are null: see docs/operations.md.
_REPLICAS = text(
    "SELECT count(*), coalesce(extract(epoch FROM max(replay_lag)), 0) FROM pg_stat_replication"
)
_DIFFERS = "differs"


def gauge(name: str, documentation: str, value: float) -> Metric:
    """Return a gauge of one value."""
    return GaugeMetricFamily(f"bilum_{name}", documentation, value=float(value))


def read_machine(folder: Path, now: datetime) -> Iterator[Metric]:
    """Read the clock, and the disk of the data folder."""
    yield gauge("clock_seconds", "Unix time on this machine's clock.", now.timestamp())
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return
    yield gauge("disk_free_bytes", "Free bytes on the disk of the data folder.", disk.free)
    yield gauge("disk_size_bytes", "Size of that disk.", disk.total)


def read_installation(session: Session) -> Iterator[Metric]:
    """Read the right to send, replicas, the last backup and the last audit."""
    copy = refusal(session) is not None
    yield gauge("restored_copy", "Whether a restored copy refuses to send: see let-send.", copy)
    yield from _replicas(session)
    made = read_milestone(session, MilestoneName.BACKUP)
    when = made.timestamp() if made else 0
    yield gauge("backup_timestamp_seconds", "Unix time of the last backup; 0: never.", when)
    yield from _audit(session)


def _replicas(session: Session) -> Iterator[Metric]:
    count, lag = 0, 0.0
    if session.get_bind().dialect.name == "postgresql":
        count, lag = session.execute(_REPLICAS).one()
    yield gauge("database_replicas", "Replicas that read from this PostgreSQL.", count)
    yield gauge("database_replica_lag_seconds", "How far the slowest is behind.", lag)


def _audit(session: Session) -> Iterator[Metric]:
    ended = select(AuditRun.ended_at, AuditRun.verdict).where(AuditRun.verdict.is_not(None))
    last = session.execute(ended.order_by(AuditRun.id.desc()).limit(1)).first()
    when = last.ended_at.timestamp() if last and last.ended_at else 0
    differs = last is not None and last.verdict == _DIFFERS
    yield gauge("audit_timestamp_seconds", "Unix time of the console's last audit; 0: none.", when)
    yield gauge("audit_differs", "Whether that audit found a difference to the ledger.", differs)
