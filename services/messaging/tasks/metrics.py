"""Gauges of tasks: open ones, the age of the oldest, and how long those of a day took."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import READS
from services.storage.models import Clinician, Party, Task

_DAY = timedelta(days=1)
_OF_TASK = ("kind", "service")


def read_task_metrics(session: Session, now: datetime) -> Sequence[Metric]:
    """Read the gauges of tasks; no label names a province, of which few have many people."""
    return [*_open(session, now), *_closed(session, now)]


def _open(session: Session, now: datetime) -> Sequence[Metric]:
    waiting = GaugeMetricFamily(
        "bilum_tasks_open",
        "Open tasks; province: whether somebody on duty has it (staffed, unstaffed, unknown).",
        labels=[*_OF_TASK, "province"],
    )
    late = GaugeMetricFamily("bilum_tasks_late", "Open tasks that are late.", labels=_OF_TASK)
    oldest = GaugeMetricFamily(
        "bilum_task_oldest_seconds", "Age of the oldest open task.", labels=_OF_TASK
    )
    province = case(
        (Task.province.is_(None), "unknown"),
        (_has_staff(), "staffed"),
        else_="unstaffed",
    )
    by = (Task.kind, Task.service, province)
    is_late = func.sum(case((Task.due_at <= now, 1), else_=0))
    rows = session.execute(
        select(*by, func.count(), func.min(Task.made_at), is_late)
        .where(Task.closed_at.is_(None))
        .group_by(*by)
        .order_by(*by)
    ).all()
    made: dict[tuple[str, str], datetime] = {}
    lates: defaultdict[tuple[str, str], int] = defaultdict(int)
    for kind, service, place, count, first, behind in rows:
        waiting.add_metric([kind, service, place], count)
        of = (kind, service)
        made[of] = min(first, made.get(of, first))
        lates[of] += behind
    for of, first in made.items():
        oldest.add_metric(list(of), (now - first).total_seconds())
        late.add_metric(list(of), lates[of])
    return waiting, late, oldest


def _closed(session: Session, now: datetime) -> Sequence[Metric]:
    """Return how many tasks ended within a day, and the seconds that they took together."""
    labels = [*_OF_TASK, "outcome"]
    ended = GaugeMetricFamily("bilum_tasks_ended_day", "Tasks that ended in a day.", labels=labels)
    seconds = GaugeMetricFamily(
        "bilum_tasks_ended_day_seconds",
        "Seconds from making to end of those tasks together.",
        labels=labels,
    )
    rows = session.execute(
        select(Task.kind, Task.service, Task.outcome, Task.made_at, Task.closed_at).where(
            Task.closed_at > now - _DAY
        )
    )
    took: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for kind, service, outcome, made_at, closed_at in rows:
        if closed_at is not None:
            of = (kind, service, outcome or "")
            took[of].append((closed_at - made_at).total_seconds())
    for which, times in sorted(took.items()):
        ended.add_metric(list(which), len(times))
        seconds.add_metric(list(which), sum(times))
    return ended, seconds


def _has_staff() -> ColumnElement[bool]:
    """Return the condition on tasks whose province has an officer of their service."""
    cared = Task.province.in_(select(Clinician.province))
    conditions = [and_(Task.service == Service.HEALTH.value, cared)]
    for service in Service:
        roles = [role.value for role in READS if service in READS[role]]
        duty = select(Party.province).where(Party.role.in_(roles), Party.province.is_not(None))
        if service is not Service.HEALTH:
            conditions.append(and_(Task.service == service.value, Task.province.in_(duty)))
    return or_(*conditions)
