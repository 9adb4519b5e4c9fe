"""Notes of tasks about a person: found for the person, and erased with them."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from services.messaging.tasks.model import TaskKind
from services.storage.models import Arrival, Concern, Party, Task, TaskEntry, TaskSource
from services.storage.persons import person_key

_CHUNK = 5_000


def is_about(session: Session, party: Party) -> ColumnElement[bool]:
    """Return the condition on tasks about a party, also about its person in programmes."""
    person = person_key(session, party.public_id).scalar_subquery()
    concern = exists().where(
        TaskSource.task_id == Task.id,
        Concern.id == TaskSource.concern_id,
        Concern.person_id == person,
    )
    return or_(Task.party_id == party.id, concern)


def erase_notes_about(session: Session, party: Party) -> None:
    """Erase what was written in tasks about a person; the tasks stay, without anybody to call."""
    tasks = select(Task.id).where(is_about(session, party))
    session.execute(update(TaskEntry).where(TaskEntry.task_id.in_(tasks)).values(text=None))
    session.execute(update(Task).where(Task.party_id == party.id).values(party_id=None))


def erase_old_notes(session: Session, before: datetime) -> int:
    """Erase notes of tasks that ended long ago, and of messages whose senders are gone.

    Return how many were erased, at most a chunk.
    """
    sender = exists().where(
        TaskSource.task_id == Task.id,
        Arrival.key_digest == TaskSource.arrival,
        Arrival.sender.is_not(None),
    )
    gone = (Task.kind == TaskKind.MESSAGE.value) & ~sender
    old = (
        select(TaskEntry.id)
        .join(Task, Task.id == TaskEntry.task_id)
        .where(TaskEntry.text.is_not(None), or_(Task.closed_at < before, gone))
        .limit(_CHUNK)
    )
    rows = session.scalars(old).all()
    if rows:
        session.execute(update(TaskEntry).where(TaskEntry.id.in_(rows)).values(text=None))
    return len(rows)
