"""People's decisions on tasks of livestock as events of the journal: taken, assigned, ended.

An event holds who has the task and how it ended, and no word of what anybody wrote. Tasks of health
have no events: what worries a person never goes to the ledger. Nor has what the program does by
itself, such as the end of a task whose cause is gone, which anybody can look up.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from chain.canonical import link, new_salt
from services.ledger.journal import RecordedAct, SaltedSubject, write_act
from services.storage.locks import require_one_writer
from services.storage.models import Party, Task

TASK = "task"
"""Type of the events, and kind of their subjects; recorded for good."""


class TaskAct(NamedTuple):
    """A change: in a word, by which party (its public id), by which channel, and when (UTC)."""

    change: str
    by: UUID | None
    channel: str
    now: datetime


def record_task(session: Session, row: Task, act: TaskAct) -> None:
    """Write what a task is after a change; nothing of one of health."""
    require_one_writer(session)
    key = row.subject_key
    if key is None:
        return
    salt = new_salt()
    named = {"kind": TASK, "id": str(row.public_id), "link": link(salt, key)}
    recorded = RecordedAct(uuid4(), TASK, act.now, act.channel, act.by)
    told = {"change": act.change, **task_details(session, row)}
    write_act(session, recorded, named, SaltedSubject(key, salt), told)


def task_details(session: Session, row: Task) -> dict[str, Any]:
    """Return what a record holds of a task."""
    owner = session.get(Party, row.owner_id) if row.owner_id else None
    told = {"kind": row.kind}
    told |= {"owner": str(owner.public_id)} if owner else {}
    return told | ({"outcome": row.outcome} if row.outcome else {})
