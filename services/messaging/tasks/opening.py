"""Opening of tasks: one for each topic, which what comes later joins while it is open."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Executable,
    ScalarSelect,
    Select,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.orm import Session

from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import (
    MOST_OF_PARTY,
    MOST_OF_PROVINCE,
    EntryKind,
    Level,
    NewTask,
    Source,
    TaskKind,
    TaskStep,
    crowd_of,
)
from services.messaging.tasks.numbers import FIRST, task_number
from services.storage.bulk import add_new, advance_counter, insert_rows, upsert_on
from services.storage.models import Task, TaskEntry, TaskSource
from services.storage.models.tasks import OPEN_TASK

_KEY_BYTES = 32
# Made once: reports that alarm or are flagged open tasks while their sender waits.
_OPEN_OF_TOPIC = select(Task).where(Task.topic == bindparam("topic"), Task.closed_at.is_(None))


class OpenedTask(NamedTuple):
    """A task by its database key, and whether it is new; else what happened has joined it."""

    id: int
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
    if known is None and not new.stands_alone:
        alone, new = new, crowd_of(new, *_open_ones(session, new))
        known = find_open(session, new.topic) if new.topic != alone.topic else None
    if known is None:
        made = _insert(session, new, now, told=told)
        if made is not None:
            _add_sources(session, made, new.kind, sources)
            return OpenedTask(made, fresh=True)
        known = session.scalars(_OPEN_OF_TOPIC, {"topic": topic_digest(new.topic)}).one()
    added = _add_sources(session, known.id, new.kind, sources)
    _join(session, known, now + new.time if added else None, now, told=told)
    return OpenedTask(known.id, fresh=False)


def find_open(session: Session, topic: str) -> Task | None:
    """Return the open task about a topic."""
    return session.scalars(_OPEN_OF_TOPIC, {"topic": topic_digest(topic)}).first()


def add_entry(session: Session, row: Task, step: TaskStep) -> None:
    """Write an entry of a task's history."""
    session.add(
        TaskEntry(task_id=row.id, at=step.at, kind=step.kind.value, by_id=step.by, text=step.note)
    )


def _join(
    session: Session, row: Task, due_at: datetime | None, now: datetime, *, told: bool
) -> None:
    if due_at is not None:
        row.due_at = min(row.due_at, due_at)
    if told and row.told_at is None:
        row.told_at = now
        add_entry(session, row, TaskStep(EntryKind.TOLD, now))
    session.flush()


def _insert(session: Session, new: NewTask, now: datetime, *, told: bool) -> int | None:
    """Store a task and return its key; None: somebody else stored one of its topic just now."""
    of_health = new.service is Service.HEALTH
    values = {
        "public_id": uuid4(),
        "subject_key": None if of_health else secrets.token_bytes(_KEY_BYTES),
        "number": _draw_number(session),
        "kind": new.kind.value,
        "service": new.service.value,
        "province": new.province,
        "programme": new.programme,
        "code": new.code,
        "topic": topic_digest(new.topic),
        "party_id": new.party_id,
        "premises_id": new.premises_id,
        "made_at": now,
        "due_at": now + new.time,
        "told_at": now if told else None,
        "level": Level.HERE.value,
    }
    connection = session.connection()
    made: int | None = connection.scalar(_unless_open(connection.dialect.name), values)
    if made is None:
        return None
    steps = [EntryKind.MADE, *([EntryKind.TOLD] if told else [])]
    entries = [(made, now, step.value) for step in steps]
    insert_rows(session, TaskEntry, ("task_id", "at", "kind"), entries)
    return made


@cache
def _unless_open(dialect: str) -> Executable:
    return (
        upsert_on(dialect, Task)
        .on_conflict_do_nothing(index_elements=["topic"], index_where=text(OPEN_TASK))
        .returning(Task.id)
    )


def _draw_number(session: Session) -> str:
    while True:
        number = task_number(advance_counter(session, "task_number", since=FIRST - 1))
        if number is not None:
            return number


def _add_sources(session: Session, task: int, kind: TaskKind, sources: Iterable[Source]) -> int:
    rows = ({"task_id": task, "kind": kind.value, **one._asdict()} for one in sources)
    return sum(add_new(session, TaskSource, row) for row in rows)


def _open_ones(session: Session, new: NewTask) -> tuple[int, int]:
    """Count the open tasks of a kind about a person, and in a province, as far as it matters."""
    wanted = ("kind", "service", "province", "programme", "party_id")
    asked = {name: getattr(new, name) for name in wanted}
    named = frozenset(name for name in ("province", "programme") if asked[name] is not None)
    of_party, of_province = session.execute(_counting(named), asked).one()
    return of_party, of_province


@cache
def _counting(named: frozenset[str]) -> Select[int, int]:
    """Return the counts of open tasks along their indexes; `named`: columns that are not null."""
    places = [
        column == bindparam(column.key) if column.key in named else column.is_(None)
        for column in (Task.province, Task.programme)
    ]
    return select(
        _at_most(MOST_OF_PARTY, Task.party_id == bindparam("party_id")),
        _at_most(MOST_OF_PROVINCE, Task.service == bindparam("service"), *places),
    )


def _at_most(most: int, *which: ColumnElement[bool]) -> ScalarSelect[int]:
    """Count open tasks of a kind, and stop at the number above which nothing changes."""
    of_kind = (Task.closed_at.is_(None), Task.kind == bindparam("kind"))
    some = select(Task.id).where(*of_kind, *which).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def topic_digest(topic: str) -> bytes:
    """Return what a topic is stored as."""
    return sha256(topic.encode()).digest()
