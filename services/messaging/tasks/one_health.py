"""Diseases of pigs that people get: two tasks of two services about the same events.

The health officer learns how many pigs and which veterinary officer to call; the veterinary officer
learns how far the health officer is. Neither sees more of the other's task.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.messaging.inbox_rules import Service
from services.messaging.offices import on_duty
from services.messaging.tasks.model import EntryKind, Progress, TaskKind
from services.storage.key_check import SEALED_NUMBER, open_numbers
from services.storage.models import Contact, Task, TaskEntry, TaskSource

_COUNTERPART = {
    Service.LIVESTOCK: (Service.ONE_HEALTH, TaskKind.ZOONOSIS),
    Service.ONE_HEALTH: (Service.LIVESTOCK, TaskKind.ALARM),
}


def counterpart_of(session: Session, row: Task) -> Task | None:
    """Return the other service's newest task about an event of this one; None: there is none."""
    other = _COUNTERPART.get(Service(row.service))
    if other is None:
        return None
    mine = select(TaskSource.journal_id).where(
        TaskSource.task_id == row.id, TaskSource.journal_id.is_not(None)
    )
    return session.scalars(
        select(Task)
        .join(TaskSource, TaskSource.task_id == Task.id)
        .where(TaskSource.journal_id.in_(mine), Task.service == other[0], Task.kind == other[1])
        .order_by(Task.id.desc())
        .limit(1)
    ).first()


def progress_of(row: Task | None) -> Progress | None:
    """Tell how far a task is, and nothing else of it; None: there is no task."""
    if row is None:
        return None
    if row.closed_at is not None:
        return Progress.ENDED
    return Progress.WAITING if row.owner_id is None else Progress.TAKEN


def pigs_told(session: Session, row: Task) -> int | None:
    """Return how many pigs a task tells of; None: nobody said."""
    newest = (
        select(TaskEntry.text)
        .where(TaskEntry.task_id == row.id, TaskEntry.kind == EntryKind.PIGS.value)
        .order_by(TaskEntry.id.desc())
        .limit(1)
    )
    text = session.scalar(newest)
    return int(text) if text else None


def veterinary_number(session: Session, row: Task) -> str | None:
    """Return the number of who took the veterinary task, or of an officer of the province."""
    theirs = counterpart_of(session, row)
    if theirs is not None and (number := first_number(session, theirs.owner_id)):
        return number
    officers = on_duty(session, Role.VETERINARY_OFFICER, row.province)
    return officers.holders[0].number if officers.holders else None


def first_number(session: Session, party_id: int | None) -> str | None:
    """Return the first number of a party; None: there is none, or no party."""
    mine = select(Contact.party_id, SEALED_NUMBER).where(Contact.party_id == party_id)
    rows = session.execute(mine.order_by(Contact.id).limit(1))
    return next((number for _, number in open_numbers(session, rows)), None)
