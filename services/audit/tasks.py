"""Owners and ends of tasks: what the database says, against the events that say it.

A task without any event was never taken, and ended by itself if at all. What the program ended by
itself has no event of its end.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.audit.findings import AuditReport, Difference
from services.audit.parties import NEWEST, NewestEvent, newest_events
from services.ledger.task_log import TASK
from services.messaging.tasks.model import Outcome
from services.storage.models import Party, Task

_AT_ONCE = 500
_BY_ITSELF = frozenset({None, Outcome.SETTLED.value})


def compare_tasks(session: Session, report: AuditReport) -> None:
    """Compare the owner and the end of each task of livestock with the journal."""
    told = newest_events(session, TASK)
    found = {str(row.public_id): (row, owner) for row, owner in _tasks(session, told)}
    for name in sorted(told.keys() - found.keys()):
        report.add(
            Difference.MISSING_IN_DATABASE, told[name].place, f"task {name} has events and no row"
        )
    for name in sorted(found):
        row, owner = found[name]
        _compare(row, str(owner) if owner else None, told.get(name), report)


def _tasks(session: Session, told: Mapping[str, NewestEvent]) -> Iterator[tuple[Task, UUID | None]]:
    """Yield the tasks that an event names, and those that need one, with their owners."""
    wanted = select(Task, Party.public_id).outerjoin(Party, Party.id == Task.owner_id)
    ended = Task.outcome.is_not(None) & (Task.outcome != Outcome.SETTLED.value)
    needs = Task.subject_key.is_not(None) & or_(Task.owner_id.is_not(None), ended)
    yield from _rows(session, wanted.where(needs))
    ids = [key for name in told if (key := _uuid(name)) is not None]
    for start in range(0, len(ids), _AT_ONCE):
        named = Task.public_id.in_(ids[start : start + _AT_ONCE])
        yield from _rows(session, wanted.where(named))


def _rows(session: Session, wanted: Any) -> Iterator[tuple[Task, UUID | None]]:  # noqa: ANN401 — a statement of SQLAlchemy's
    yield from session.execute(wanted)


def _compare(row: Task, owner: str | None, told: NewestEvent | None, report: AuditReport) -> None:
    if told is None:
        if owner is not None or row.outcome not in _BY_ITSELF:
            report.add(
                Difference.MISSING_ON_CHAIN, None, f"task {row.number}: no event tells its end"
            )
        return
    told_end = told.details.get("outcome")
    ended_since = told_end is None and row.outcome == Outcome.SETTLED
    if owner != told.details.get("owner") or (row.outcome != told_end and not ended_since):
        report.add(
            Difference.ALTERED,
            told.place,
            f"owner or end of task {row.number}: {NEWEST}",
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
