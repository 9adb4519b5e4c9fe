"""Tasks of health: concerns, of which one person's make one task while it is open."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.messaging.inbox_rules import Service
from services.messaging.tasks.chores import TaskChore, do_chores
from services.messaging.tasks.model import UNANSWERED, NewTask, Source, TaskKind
from services.messaging.tasks.opening import OpenedTask, open_task
from services.messaging.tasks.settling import settling
from services.storage.database import Database
from services.storage.models import Concern, Person, TaskSource
from services.storage.rowsets import keys

_FLAG = "flag"
_AT_ONCE = 200
UNHANDLED = exists().where(
    Concern.id == TaskSource.concern_id,
    Concern.handled_at.is_(None),
    # Of who was forgotten nobody can be called.
    Person.id == Concern.person_id,
    Person.link.is_not(None),
)
"""The condition on a source whose concern somebody must still handle."""
_WAITING = (
    select(Concern, Person.province)
    .join(Person, Person.id == Concern.person_id)
    .where(
        Concern.handled_at.is_(None),
        Person.link.is_not(None),
        ~exists().where(TaskSource.concern_id == Concern.id),
    )
)


def open_concern_task(
    session: Session, row: Concern, province: str | None, now: datetime, *, told: bool
) -> OpenedTask:
    """Open the task of a concern. It names no person: the concern's pseudonym is in the concern."""
    new = NewTask(
        TaskKind.CONCERN,
        Service.HEALTH,
        f"concern\0{row.person_id}\0{row.programme or ''}",
        province,
        row.programme,
        code=row.kind,
        due_in=UNANSWERED if row.kind == _FLAG else None,
    )
    return open_task(session, new, [Source(concern_id=row.id)], now, told=told)


def keep_health_tasks(database: Database, now: datetime) -> None:
    """Open the tasks of concerns that have none, and end those that are handled; by the clock."""
    do_chores(database, _CHORES, now)


def _find_waiting(session: Session, _now: datetime) -> Sequence[int]:
    first = _WAITING.with_only_columns(Concern.id).order_by(Concern.id).limit(_AT_ONCE)
    return session.scalars(first).all()


def _open_waiting(session: Session, found: Sequence[int], now: datetime) -> None:
    waiting = _WAITING.where(Concern.id.in_(keys(session, found))).order_by(Concern.id)
    for row, province in session.execute(waiting).all():
        open_concern_task(session, row, province, now, told=row.told_id is not None)


_CHORES = (TaskChore(_find_waiting, _open_waiting), *settling({TaskKind.CONCERN: UNHANDLED}))
