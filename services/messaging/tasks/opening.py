"""Opening of tasks: one for each topic, which what comes later joins while it is open."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import and_, false, func, select, text
from sqlalchemy.orm import Session

from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import (
    NEVER_CROWDED,
    TIME_OF,
    EntryKind,
    Level,
    NewTask,
    Source,
    TaskKind,
    TaskStep,
    crowd_of,
)
from services.messaging.tasks.numbers import FIRST, task_number
from services.storage.bulk import advance_counter, upsert
from services.storage.models import Task, TaskEntry, TaskSource
from services.storage.models.tasks import OPEN_TASK

_KEY_BYTES = 32


class OpenedTask(NamedTuple):
    """A task, and whether it is new; else what happened has joined it."""

    row: Task
    fresh: bool


def open_task(
    session: Session,
    new: NewTask,
    sources: Iterable[Source],
    now: datetime,
    *,
    told: bool = False,
) -> OpenedTask:
    """Open a task, or join the one that is open about the same; a known source changes nothing.

    Args:
        told: whether somebody on duty is told of it at once, by a text of its own.
    """
    known = find_open(session, new.topic)
    if known is None and new.kind not in NEVER_CROWDED:
        alone, new = new, crowd_of(new, *_open_ones(session, new))
        known = find_open(session, new.topic) if new.topic != alone.topic else None
    row, fresh = (known, False) if known else _insert(session, new, now)
    added = _add_sources(session, row, new.kind, sources)
    if fresh:
        add_entry(session, row, TaskStep(EntryKind.MADE, now))
    elif added:
        row.due_at = min(row.due_at, now + TIME_OF[new.kind])
    if told and row.told_at is None:
        row.told_at = now
        add_entry(session, row, TaskStep(EntryKind.TOLD, now))
    session.flush()
    return OpenedTask(row, fresh)


def find_open(session: Session, topic: str) -> Task | None:
    """Return the open task about a topic."""
    mine = (Task.topic == _digest(topic), Task.closed_at.is_(None))
    return session.scalars(select(Task).where(*mine)).first()


def add_entry(session: Session, row: Task, step: TaskStep) -> None:
    """Write an entry of a task's history."""
    session.add(
        TaskEntry(task_id=row.id, at=step.at, kind=step.kind.value, by_id=step.by, text=step.note)
    )


def _insert(session: Session, new: NewTask, now: datetime) -> tuple[Task, bool]:
    """Store a task; False: somebody else stored one of its topic at the same time."""
    of_health = new.service is Service.HEALTH
    statement = upsert(session, Task).values(
        public_id=uuid4(),
        subject_key=None if of_health else secrets.token_bytes(_KEY_BYTES),
        number=_draw_number(session),
        kind=new.kind.value,
        service=new.service.value,
        province=new.province,
        programme=new.programme,
        code=new.code,
        topic=_digest(new.topic),
        party_id=new.party_id,
        premises_id=new.premises_id,
        made_at=now,
        due_at=now + TIME_OF[new.kind],
        level=Level.HERE.value,
    )
    once = statement.on_conflict_do_nothing(
        index_elements=["topic"], index_where=text(OPEN_TASK)
    ).returning(Task)
    made = session.scalars(once).first()
    if made is not None:
        return made, True
    mine = (Task.topic == _digest(new.topic), Task.closed_at.is_(None))
    return session.scalars(select(Task).where(*mine)).one(), False


def _draw_number(session: Session) -> str:
    while True:
        number = task_number(advance_counter(session, "task_number", since=FIRST - 1))
        if number is not None:
            return number


def _add_sources(session: Session, row: Task, kind: TaskKind, sources: Iterable[Source]) -> int:
    rows = [{"task_id": row.id, "kind": kind.value, **one._asdict()} for one in sources]
    if not rows:
        return 0
    statement = upsert(session, TaskSource).on_conflict_do_nothing()
    added = session.scalars(statement.returning(TaskSource.id), rows)
    return len(added.all())


def _open_ones(session: Session, new: NewTask) -> tuple[int, int]:
    """Count the open tasks of a kind about a person, and in a province."""
    of_kind = and_(Task.closed_at.is_(None), Task.kind == new.kind.value)
    place = and_(
        Task.service == new.service.value,
        Task.province.is_not_distinct_from(new.province),
        Task.programme.is_not_distinct_from(new.programme),
    )
    mine = Task.party_id == new.party_id if new.party_id is not None else false()
    counts = select(func.count().filter(mine), func.count().filter(place))
    of_party, of_province = session.execute(counts.where(of_kind)).one()
    return of_party, of_province


def _digest(topic: str) -> bytes:
    return sha256(topic.encode()).digest()
