"""Tasks of livestock: flags, alarms, permits asked for, overdue arrivals and results, evidence.

What a reply promises has its task at once. The clock makes those of everything else, also of what
was open before there were tasks, and ends those whose cause is gone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from services.livestock.control.alarm_senders import SenderKey
from services.livestock.domain.model import EventType, FlagCode, Recorded
from services.livestock.domain.permits import PermitState
from services.livestock.domain.statuses import StatusKind
from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import NewTask, Source, TaskKind
from services.messaging.tasks.opening import OpenedTask, open_task
from services.storage.models import (
    Animal,
    Correction,
    Flag,
    Journal,
    Movement,
    Permit,
    Premises,
    Status,
    Task,
    TaskSource,
)

OVERDUE = timedelta(days=3)
# An older movement was never reported or is a mistake: a text would only confuse its reader.
FORGOTTEN = timedelta(days=30)
_TAKEN_BACK = "taken_back"
WORTH_A_LOOK = Flag.code != FlagCode.NOT_THE_KEEPER.value
"""Of evidence its keeper is asked, and an officer by a task of its own."""

AWAITED = and_(Status.kind == StatusKind.SUSPECT.value, Status.until.is_(None))
"""The condition on a suspicion that a sample keeps open: it ends with the result, or not at all."""

_UNARRIVED = and_(
    Movement.departure_id == TaskSource.journal_id,
    Movement.arrived_on.is_(None),
    Animal.id == Movement.animal_id,
    Animal.ended_on.is_(None),
)
_UNDECIDED = and_(
    Correction.journal_id == TaskSource.journal_id,
    Correction.corrected_by_id == TaskSource.journal_id,
)
_of_source = select(Journal.type).where(Journal.id == TaskSource.journal_id)
_source_type = _of_source.correlate(TaskSource).scalar_subquery()
STILL_OPEN: dict[TaskKind, ColumnElement[bool]] = {
    TaskKind.FLAG: or_(
        exists().where(Flag.journal_id == TaskSource.journal_id, WORTH_A_LOOK),
        # A flagged movement that its reporter took back: see `open_taken_back_task`. One row by its
        # key for each source: of all such events, PostgreSQL might make a table.
        _source_type == EventType.VOID.value,
    ),
    TaskKind.PERMIT: exists().where(
        Permit.id == TaskSource.permit_id, Permit.state == PermitState.ASKED.value
    ),
    TaskKind.OVERDUE: exists().where(_UNARRIVED),
    TaskKind.EVIDENCE: exists().where(_UNDECIDED),
    TaskKind.SAMPLE: exists().where(Status.source_id == TaskSource.journal_id, AWAITED),
    # A count that its keeper, or an officer, declared wrong needs no second look.
    TaskKind.COUNT: ~exists().where(Correction.journal_id == TaskSource.journal_id),
}
"""By kind, the condition on a source that somebody must still act on; an alarm never ends alone."""


class TaskPlace(NamedTuple):
    """Place of a task, and the party to call, by database keys, with the province."""

    premises_id: int | None
    province: str | None
    party_id: int | None = None


class AlarmTask(NamedTuple):
    """Place of an alarm, and whether officers are told.

    Attributes:
        counted_for: sender of whose alarms it is only counted; None: it stands for its place.
        code: what is alarming; None: what the event is, or what it suspects.
        animal_id: database key of the one animal that it is about; None: it is about a place.
    """

    where: TaskPlace
    counted_for: SenderKey | None
    told: bool
    code: str | None = None
    animal_id: int | None = None


class EvidenceTask(NamedTuple):
    """Evidence that no keeper decides on: its events, its sender's database key, and province."""

    events: tuple[UUID, ...]
    claimant_id: int
    province: str | None


def open_flag_task(
    session: Session, odd: Sequence[Recorded], where: TaskPlace, now: datetime, *, told: bool
) -> OpenedTask:
    """Open the task of a place's flags, or join the one that is open."""
    new = flag_task(where, odd[0].flags[0][1].value)
    return open_task(session, new, [Source(one.journal_id) for one in odd], now, told=told)


def open_taken_back_task(session: Session, done: Recorded, where: TaskPlace, now: datetime) -> None:
    """Open the task of a flagged movement that its reporter took back, or keep its own open.

    The flags go with the report, so the declaration keeps it open until an officer ends it.

    Args:
        done: the declaration that the report was wrong.
    """
    opened = open_task(session, flag_task(where, _TAKEN_BACK), [Source(done.journal_id)], now)
    row = session.get_one(Task, opened.id)
    # One that stands for many tells of none of them.
    row.code = row.code and _TAKEN_BACK
    session.flush()


def open_alarm_task(
    session: Session, done: Recorded, about: AlarmTask, now: datetime
) -> OpenedTask:
    """Open the task of an alarm: one a place, and one for all that is counted of a sender."""
    where, sender = about.where, about.counted_for
    topic = f"sender\0{sender.kind}\0{sender.id}" if sender else f"place\0{where.premises_id}"
    if about.code is not None:
        topic = f"{about.code}\0{about.animal_id or where.premises_id}"
    new = NewTask(
        TaskKind.ALARM,
        Service.LIVESTOCK,
        f"alarm\0{topic}",
        where.province,
        code=about.code or done.report.details.get("suspicion") or done.report.type.value,
        party_id=where.party_id,
        premises_id=where.premises_id,
    )
    return open_task(session, new, [Source(done.journal_id)], now, told=about.told)


def open_unplaced_task(
    session: Session, code: str, where: TaskPlace, now: datetime, *, told: bool
) -> OpenedTask:
    """Open the task of pigs of no place, such as a dead one that somebody found; one a teller."""
    topic = f"alarm\0{code}\0{where.party_id}"
    new = NewTask(TaskKind.ALARM, Service.LIVESTOCK, topic, where.province, code=code)
    return open_task(session, new._replace(party_id=where.party_id), (), now, told=told)


def open_permit_task(session: Session, row: Permit, now: datetime, *, told: bool) -> OpenedTask:
    """Open the task to decide on a permit that is asked for."""
    new = NewTask(
        TaskKind.PERMIT,
        Service.LIVESTOCK,
        f"permit\0{row.id}",
        session.get_one(Premises, row.origin_id).province,
        party_id=row.asked_by_id,
        premises_id=row.origin_id,
    )
    return open_task(session, new, [Source(permit_id=row.id)], now, told=told)


def open_evidence_task(
    session: Session, about: EvidenceTask, now: datetime, *, told: bool
) -> OpenedTask:
    """Open the task to decide on evidence that no keeper decides on; one for each sender."""
    keys = session.scalars(select(Journal.id).where(Journal.event_id.in_(about.events)))
    new = NewTask(
        TaskKind.EVIDENCE,
        Service.LIVESTOCK,
        f"evidence\0{about.claimant_id}\0{about.province or ''}",
        about.province,
        party_id=about.claimant_id,
    )
    return open_task(session, new, [Source(key) for key in sorted(keys)], now, told=told)


def flag_task(where: TaskPlace, code: str) -> NewTask:
    """Return the task of a flag at a place, or where none is known of who told of it."""
    about = f"place\0{where.premises_id}" if where.premises_id else f"of\0{where.party_id}"
    return NewTask(
        TaskKind.FLAG,
        Service.LIVESTOCK,
        f"flag\0{about}",
        where.province,
        code=code,
        party_id=where.party_id,
        premises_id=where.premises_id,
    )
