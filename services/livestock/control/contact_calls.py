"""Calls to the keepers of places in contact: each is a task, which ends when somebody was reached.

The task is opened by the first call, so a trace with hundreds of contacts floods nobody's list.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.livestock.control.affected import areas_of
from services.livestock.control.marked_places import MarkedPlace, marked_places
from services.livestock.domain.statuses import StatusKind
from services.livestock.tracing.movement_records import keepers
from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import EntryKind, NewTask, Outcome, TaskKind
from services.messaging.tasks.opening import open_task, topic_digest
from services.messaging.tasks.work import Worker, close, note, take
from services.storage.models import Outbreak, Party, Premises, Task
from services.storage.rowsets import keys
from sms.local_time import local_day

CODE = "contact"


class CallOutcome(StrEnum):
    """Outcome of a call."""

    SPOKEN = "spoken"
    UNREACHED = "unreached"


class ContactCall(NamedTuple):
    """A place in contact, whom to call, and the call's task, if there was one.

    Attributes:
        keeper: database key of the party; None: nobody is known to keep it.
        name: of the keeper; `phones`: E.164, shown in no log.
        task: public id; `reached`: whether its call was answered.
    """

    place: MarkedPlace
    keeper: int | None
    name: str | None
    phones: tuple[str, ...]
    task: UUID | None
    reached: bool


def contacts_of(marked: Iterable[MarkedPlace]) -> list[MarkedPlace]:
    """Return the places that are in contact, whose keepers are to be called."""
    return [one for one in marked if one.kind is StatusKind.CONTACT]


def calls_of(
    session: Session, outbreak: Outbreak, places: Iterable[MarkedPlace]
) -> list[ContactCall]:
    """Return whom to call about some places in contact, with phones."""
    wanted = list(places)
    numbers = {
        number: one.phones
        for one in keepers(session, [one.site for one in wanted], phones=True)
        for number in one.premises
    }
    rows = {
        row.public_id: row
        for row in session.execute(
            select(Premises.public_id, Premises.id, Party.id.label("keeper"), Party.name)
            .outerjoin(Party, Party.id == Premises.keeper_id)
            .where(Premises.public_id.in_([one.site.public_id for one in wanted]))
        )
    }
    tasks = tasks_of(session, outbreak, [row.id for row in rows.values()])
    return [
        ContactCall(
            one,
            row.keeper,
            row.name,
            numbers.get(one.site.number, ()),
            task.public_id if task else None,
            task is not None and task.outcome == Outcome.DONE,
        )
        for one in wanted
        for row in [rows[one.site.public_id]]
        for task in [tasks.get(row.id)]
    ]


def tasks_of(session: Session, outbreak: Outbreak, premises: Iterable[int]) -> dict[int, Task]:
    """Return the newest task of calls about an outbreak, by the database key of their place."""
    rows = session.scalars(
        select(Task)
        .where(
            Task.premises_id.in_(keys(session, premises)),
            Task.kind == TaskKind.ALARM.value,
            Task.code == CODE,
        )
        .order_by(Task.id)
    )
    return {
        row.premises_id: row
        for row in rows
        if row.premises_id and row.topic == topic_digest(_topic(outbreak, row.premises_id))
    }


def record_call(
    session: Session,
    outbreak: Outbreak,
    place: UUID,
    told: tuple[CallOutcome, str],
    worker: Worker,
) -> Task:
    """Write down a call to the keeper of a place in contact, and return its task.

    Args:
        place: public id of the premises.
        told: whether somebody was reached, and what was said.

    Raises:
        NotFound: the place is not in contact any more.
        TaskTaken: a colleague has the task.
    """
    today = local_day(worker.now)
    contacts = contacts_of(marked_places(session, outbreak, today, areas_of(session, outbreak.id)))
    if place not in {one.site.public_id for one in contacts}:
        raise NotFound("This place is not under watch: see the contacts of the outbreak")
    row = session.scalars(select(Premises).where(Premises.public_id == place)).one()
    new = NewTask(
        TaskKind.ALARM,
        Service.LIVESTOCK,
        _topic(outbreak, row.id),
        row.province,
        code=CODE,
        party_id=row.keeper_id,
        premises_id=row.id,
    )
    task = session.get_one(Task, open_task(session, new, (), worker.now).id)
    outcome, text = told
    take(session, task, worker)
    note(session, task, EntryKind.CALL, text, worker)
    if outcome is CallOutcome.SPOKEN:
        close(session, task, Outcome.DONE, None, worker)
    return task


def _topic(outbreak: Outbreak, premises: int) -> str:
    return f"alarm\0{CODE}\0{outbreak.id}\0{premises}"
