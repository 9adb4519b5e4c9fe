"""Ends of tasks: their cause is gone, or was dealt with elsewhere."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from services.messaging.tasks.model import (
    EntryKind,
    Outcome,
    Source,
    TaskEnd,
    TaskKind,
    TaskStep,
)
from services.messaging.tasks.opening import add_entry
from services.storage.models import Task, TaskSource

_AT_ONCE = 200


def settle(
    session: Session, still_open: Mapping[TaskKind, ColumnElement[bool]], now: datetime
) -> None:
    """End the tasks of which no source is open any more.

    Args:
        still_open: by kind, the condition on a `TaskSource` that somebody must still act on.
    """
    for kind, condition in still_open.items():
        left = exists().where(TaskSource.task_id == Task.id, condition)
        over = select(Task).where(Task.closed_at.is_(None), Task.kind == kind.value, ~left)
        for row in session.scalars(over.order_by(Task.id).limit(_AT_ONCE)).all():
            end_task(session, row, TaskEnd(Outcome.SETTLED, now))
    session.flush()


def close_source(
    session: Session,
    source: Source,
    by: int | None,
    now: datetime,
    still_open: ColumnElement[bool] | None = None,
) -> None:
    """End the task of a cause that somebody dealt with elsewhere, if it was its last open one.

    Args:
        source: with one key, of a permit, a concern or an envelope.
        by: database key of the party that dealt with it.
        still_open: the condition on its other sources that somebody must still act on.
    """
    ((name, key),) = [(name, key) for name, key in source._asdict().items() if key is not None]
    mine = select(TaskSource.task_id).where(getattr(TaskSource, name) == key)
    wanted = select(Task).where(Task.id.in_(mine), Task.closed_at.is_(None))
    if still_open is not None:
        wanted = wanted.where(~exists().where(TaskSource.task_id == Task.id, still_open))
    row = session.scalars(wanted).first()
    if row is not None:
        end_task(session, row, TaskEnd(Outcome.SETTLED, now, by))
        session.flush()


def end_task(session: Session, row: Task, end: TaskEnd) -> None:
    """Write the end of a task."""
    row.closed_at, row.closed_by_id, row.outcome = end.at, end.by, end.outcome.value
    add_entry(session, row, TaskStep(EntryKind.CLOSED, end.at, end.by, end.note))
