"""Ends of tasks: their cause is gone, or was dealt with elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from services.messaging.tasks.chores import TaskChore
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
from services.storage.rowsets import keys

_AT_ONCE = 200


def settling(still_open: Mapping[TaskKind, ColumnElement[bool]]) -> tuple[TaskChore, ...]:
    """Return the chores of ending the tasks of which no source is open any more.

    Args:
        still_open: by kind, the condition on a `TaskSource` that somebody must still act on.
    """
    return tuple(_settling(is_over(kind, condition)) for kind, condition in still_open.items())


def is_over(kind: TaskKind, still_open: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition on open tasks of a kind of which no source is open any more."""
    left = exists().where(TaskSource.task_id == Task.id, still_open)
    return and_(Task.closed_at.is_(None), Task.kind == kind.value, ~left)


def find_over(over: ColumnElement[bool], session: Session, _now: datetime) -> list[int]:
    """Return the keys of the first tasks that are over."""
    # With an order and a limit, PostgreSQL may go through all tasks there ever were.
    return sorted(session.scalars(select(Task.id).where(over)))[:_AT_ONCE]


def _settling(over: ColumnElement[bool]) -> TaskChore:
    def settle(session: Session, found: Sequence[int], now: datetime) -> None:
        # A source may have joined one since.
        still = select(Task).where(over, Task.id.in_(keys(session, found)))
        for row in session.scalars(still.order_by(Task.id)).all():
            end_task(session, row, TaskEnd(Outcome.SETTLED, now))
        session.flush()

    return TaskChore(partial(find_over, over), settle)


def close_source(
    session: Session,
    source: Source,
    end: TaskEnd,
    still_open: ColumnElement[bool] | None = None,
) -> None:
    """End the task of a cause that somebody dealt with elsewhere, if it was its last open one.

    Args:
        source: with one key, of a permit, a concern or an envelope.
        still_open: the condition on its other sources that somebody must still act on.
    """
    ((name, key),) = [(name, key) for name, key in source._asdict().items() if key is not None]
    mine = select(TaskSource.task_id).where(getattr(TaskSource, name) == key)
    wanted = select(Task).where(Task.id.in_(mine), Task.closed_at.is_(None))
    if still_open is not None:
        wanted = wanted.where(~exists().where(TaskSource.task_id == Task.id, still_open))
    row = session.scalars(wanted).first()
    if row is not None:
        end_task(session, row, end)
        session.flush()


def end_task(session: Session, row: Task, end: TaskEnd) -> None:
    """Write the end of a task."""
    row.closed_at, row.closed_by_id, row.outcome = end.at, end.by, end.outcome.value
    add_entry(session, row, TaskStep(EntryKind.CLOSED, end.at, end.by, end.note))
