"""Gauges of the installation: clock, disk, replicas, backups, the last audit."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.core.clock import Clock, SharedClock
from services.storage.milestones import MilestoneName, read_milestone
from services.storage.models import AuditRun
from services.storage.sending_right import is_of_copy, refusal

# Without the right to read other users' statistics, lags are null: see docs/operations.md.
# A copy that is being made has two senders of its own, and no replica is lost when it is done.
_REPLICAS = text(
    "SELECT count(*), coalesce(extract(epoch FROM max(replay_lag)), 0) FROM pg_stat_replication "
    "WHERE state IN ('catchup', 'streaming') "
    "AND application_name NOT IN ('pg_basebackup', 'pg_receivewal')"
)
# The columns are null until it was tried once; without an archive, for ever.
_ARCHIVE = text(
    "SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) "
    "FROM pg_stat_archiver"
)
_DIFFERS = "differs"
VERIFIED = (
    "backup_verified_timestamp_seconds",
    "Unix time of the newest backup that was restored and checked well; 0: none.",
)
"""Name and documentation of the gauge of verified backups."""
_BACKUPS = (
    ("backup_timestamp_seconds", MilestoneName.BACKUP, "Unix time of the last backup; 0: never."),
    (VERIFIED[0], MilestoneName.VERIFIED, VERIFIED[1]),
)


def gauge(name: str, documentation: str, value: float) -> Metric:
    """Return a gauge of one value."""
    return GaugeMetricFamily(f"bilum_{name}", documentation, value=float(value))


def read_machine(folder: Path, clock: Clock) -> Iterator[Metric]:
    """Read the machine's clock, and the disk of the data folder."""
    own, ahead = clock, timedelta()
    if isinstance(clock, SharedClock):
        own, ahead = clock.own, clock.ahead
    yield gauge("clock_seconds", "Unix time on this machine's clock.", own().timestamp())
    told = "How far this machine's clock is ahead of the database's; 0 on SQLite."
    yield gauge("clock_ahead_seconds", told, ahead.total_seconds())
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return
    yield gauge("disk_free_bytes", "Free bytes on the disk of the data folder.", disk.free)
    yield gauge("disk_size_bytes", "Size of that disk.", disk.total)


def read_installation(session: Session) -> Iterator[Metric]:
    """Read the right to send, replicas, backups and the last audit."""
    copy = is_of_copy(refusal(session))
    yield gauge("restored_copy", "Whether a restored copy refuses to send: see let-send.", copy)
    yield from _replicas(session)
    for name, milestone, told in _BACKUPS:
        at = read_milestone(session, milestone)
        yield gauge(name, told, at.timestamp() if at else 0)
    yield from _audit(session)
    yield _tasks(session)


def _tasks(session: Session) -> Metric:
    """Return when some worker last did a task without a fault; one that never was is left out."""
    told = "Unix time when a task of the workers last ended without a fault."
    metric = GaugeMetricFamily("bilum_task_done_timestamp_seconds", told, labels=["task"])
    for milestone in (MilestoneName.CLOCK, MilestoneName.PLANNER, MilestoneName.RECONCILER):
        if at := read_milestone(session, milestone):
            metric.add_metric([milestone.removeprefix("task_")], at.timestamp())
    return metric


def _replicas(session: Session) -> Iterator[Metric]:
    count, lag, fails = 0, 0.0, False
    if session.get_bind().dialect.name == "postgresql":
        count, lag = session.execute(_REPLICAS).one()
        fails = session.execute(_ARCHIVE).scalar_one()
    yield gauge("database_replicas", "Replicas that read from this PostgreSQL.", count)
    yield gauge("database_replica_lag_seconds", "How far the slowest is behind.", lag)
    told = "Whether PostgreSQL last failed to archive its changes; 0: no, or it has no archive."
    yield gauge("database_archive_fails", told, fails)


def _audit(session: Session) -> Iterator[Metric]:
    ended = select(AuditRun.ended_at, AuditRun.verdict).where(AuditRun.verdict.is_not(None))
    last = session.execute(ended.order_by(AuditRun.id.desc()).limit(1)).first()
    when = last.ended_at.timestamp() if last and last.ended_at else 0
    differs = last is not None and last.verdict == _DIFFERS
    yield gauge("audit_timestamp_seconds", "Unix time of the console's last audit; 0: none.", when)
    yield gauge("audit_differs", "Whether that audit found a difference to the ledger.", differs)
