"""Tasks as those on duty see them: their own service, province and programmes alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.messaging.errors import UnknownTask
from services.messaging.inbox_rules import INSPECTING, POSSIBLE_DANGER, Service
from services.messaging.postings import Posting, covered, of_duty, postings_of
from services.messaging.tasks.model import NEIGHBOURS, READS, Level, TaskKind
from services.messaging.tasks.one_health import first_number, veterinary_number
from services.storage.models import (
    Arrival,
    CensusKeeper,
    Concern,
    Identifier,
    Journal,
    Party,
    Premises,
    Subscription,
    Task,
    TaskEntry,
    TaskSource,
)
from services.storage.persons import party_of_person
from services.storage.read_log import ReadSubject
from services.storage.vault import Vault

_SHORT, _FLAG = "bilum", "flag"
_OF_PROVINCES: Mapping[Role, frozenset[Role]] = {
    **dict.fromkeys(INSPECTING, INSPECTING),
    Role.HEALTH_OFFICER: frozenset({Role.HEALTH_OFFICER}),
}
"""Roles on duty in a province, each with those who have the same tasks there."""


class TaskReader(NamedTuple):
    """A reader of tasks: role, party (database key), province of duty, programmes and provinces.

    Attributes:
        everywhere: of every service and province, as the machine's operator.
    """

    role: Role
    party_id: int | None = None
    province: str | None = None
    postings: Sequence[Posting] = ()
    everywhere: bool = False


OPERATOR = TaskReader(Role.ADMINISTRATOR, everywhere=True)
"""Whoever works on the server itself."""


class TaskPlaceView(NamedTuple):
    """A place as those on duty know it: number and name."""

    number: str | None
    name: str | None

    @property
    def label(self) -> str:
        """Number and name; empty: neither is known."""
        return " ".join(filter(None, self))


class HistoryStep(NamedTuple):
    """An entry of a task's history, with the public id and the name of who did it."""

    at: datetime
    kind: str
    by: UUID | None
    name: str | None
    text: str | None


def reader_of(
    session: Session, role: Role, party_id: int | None, province: str | None
) -> TaskReader:
    """Return the holder of a token, or of a phone, as a reader of tasks."""
    postings = postings_of(session, party_id) if role is Role.CLINICIAN else ()
    return TaskReader(role, party_id, province, postings)


def visible(session: Session, reader: TaskReader) -> ColumnElement[bool]:
    """Return the condition on tasks that a reader sees.

    Passing a task on shows it to officers of the region; nobody more reads of people's health.
    """
    if reader.everywhere:
        return true()
    services = READS.get(reader.role, frozenset())
    if not services:
        return false()
    mine = Task.service.in_(sorted(services))
    if reader.role is Role.CLINICIAN:
        return mine & covered(reader.postings, Task.programme, Task.province)
    if reader.province is None or reader.role not in _OF_PROVINCES:
        return mine
    near = NEIGHBOURS.get(reader.province, frozenset())
    passed_on = (Task.level >= Level.NEIGHBOURS.value) & Task.province.in_(sorted(near))
    peers = _OF_PROVINCES[reader.role]
    return mine & or_(of_duty(session, reader.province, Task.province, peers), passed_on)


def open_tasks(session: Session, reader: TaskReader) -> Select[Task]:
    """Select the open tasks that a reader sees, the oldest first."""
    wanted = select(Task).where(Task.closed_at.is_(None), visible(session, reader))
    return wanted.order_by(Task.made_at, Task.id)


def urgent_first(session: Session, reader: TaskReader, kind: TaskKind) -> Select[Task, bool]:
    """Select the open tasks of a kind, each with whether it may tell of danger: those come first.

    Of the rest, as of those, the oldest come first.
    """
    flags = (
        select(TaskSource.id)
        .join(Concern, Concern.id == TaskSource.concern_id)
        .where(TaskSource.task_id == Task.id, Concern.kind == _FLAG, Concern.handled_at.is_(None))
    )
    urgent = or_(func.coalesce(Task.code, "") == POSSIBLE_DANGER, flags.exists())
    return (
        select(Task, urgent)
        .where(Task.closed_at.is_(None), Task.kind == kind.value, visible(session, reader))
        .order_by(urgent.desc(), Task.made_at, Task.id)
    )


def ended_tasks(session: Session, reader: TaskReader, kind: TaskKind) -> Select[Task]:
    """Select the tasks of a kind that have ended, the newest first."""
    over = (Task.closed_at.is_not(None), Task.kind == kind.value, visible(session, reader))
    return select(Task).where(*over).order_by(Task.id.desc())


def calls_to_make(session: Session, reader: TaskReader) -> Select[Task]:
    """Select the open tasks that want a call: alarms, then possible danger, then the rest."""
    danger = (Task.kind == TaskKind.ALARM.value, 0), (Task.code == POSSIBLE_DANGER, 1)
    urgency = case(*danger, else_=2)
    somebody = or_(Task.party_id.is_not(None), Task.kind == TaskKind.MESSAGE.value)
    wanted = open_tasks(session, reader).where(somebody).order_by(None)
    return wanted.order_by(urgency, Task.owner_id.is_not(None), Task.due_at, Task.id)


def find_task(session: Session, reader: TaskReader, which: str | UUID) -> Task:
    """Return a task by its number or public id.

    Raises:
        UnknownTask: there is none that the reader sees.
    """
    mine = Task.public_id == which if isinstance(which, UUID) else Task.number == which
    row = session.scalars(select(Task).where(mine, visible(session, reader))).first()
    if row is None:
        raise UnknownTask(number=which)
    return row


def count_sources(session: Session, row: Task) -> int:
    """Count what a task is about: events, messages or concerns."""
    mine = TaskSource.task_id == row.id
    return session.scalar(select(func.count()).select_from(TaskSource).where(mine)) or 0


class TaskCause(NamedTuple):
    """Cause of a task: its kind, and its public id, or the number of a permit."""

    kind: str
    id: str


def causes_of(session: Session, row: Task, most: int = 20) -> list[TaskCause]:
    """Return the newest causes of a task, the newest first."""
    rows = session.execute(
        select(Journal.event_id, Identifier.value, Concern.public_id, TaskSource.arrival)
        .select_from(TaskSource)
        .outerjoin(Journal, Journal.id == TaskSource.journal_id)
        .outerjoin(Identifier, Identifier.permit_id == TaskSource.permit_id)
        .outerjoin(Concern, Concern.id == TaskSource.concern_id)
        .where(TaskSource.task_id == row.id)
        .order_by(TaskSource.id.desc())
        .limit(most)
    )
    return [TaskCause(*_cause(*each)) for each in rows]


def _cause(
    event: UUID | None, permit: str | None, concern: UUID | None, arrival: bytes | None
) -> tuple[str, str]:
    if event is not None:
        return "event", str(event)
    if permit is not None:
        return "permit", permit
    return ("concern", str(concern)) if concern is not None else ("message", (arrival or b"").hex())


def place_of(session: Session, row: Task) -> TaskPlaceView:
    """Return the place of a task; health officers get no keeper's words, but its districts."""
    if row.premises_id is None:
        return TaskPlaceView(None, None)
    of = (Identifier.scheme == _SHORT, Identifier.premises_id == row.premises_id)
    number = session.scalar(select(Identifier.value).where(*of))
    place = session.get_one(Premises, row.premises_id)
    if row.service != Service.ONE_HEALTH:
        return TaskPlaceView(number, place.name)
    parts = (one for one in (place.ward, place.llg, place.district) if one)
    return TaskPlaceView(number, ", ".join(parts) or None)


def silent_places(session: Session, row: Task) -> tuple[str, ...]:
    """Return the numbers of the places whose keepers a task of a census still waits for."""
    numbers = (
        select(Identifier.value)
        .join(CensusKeeper, CensusKeeper.premises_id == Identifier.premises_id)
        .where(
            Identifier.scheme == _SHORT,
            CensusKeeper.task_id == row.id,
            CensusKeeper.journal_id.is_(None),
        )
    )
    return tuple(session.scalars(numbers.order_by(Identifier.value)))


def phone_of(session: Session, row: Task) -> str | None:
    """Return the number to call about a task (E.164); None: nobody, or they were forgotten.

    About a disease of pigs that people get it is a veterinary officer's, never a keeper's.
    """
    if row.service == Service.ONE_HEALTH:
        return veterinary_number(session, row)
    if row.kind == TaskKind.MESSAGE:
        return _sender(session, row)
    if row.service == Service.HEALTH:
        return _person(session, row)
    return first_number(session, row.party_id)


def subject_of(session: Session, vault: Vault, row: Task) -> ReadSubject | None:
    """Return whom a task is about, for the log of readings; None: nobody is known any more."""
    if row.kind == TaskKind.MESSAGE and row.service == Service.HEALTH:
        number = _sender(session, row)
        return ReadSubject(number_index=vault.health_index(number)) if number else None
    if row.service == Service.ONE_HEALTH:
        return None
    if row.service == Service.HEALTH:
        person = _concern_person(session, row)
        return ReadSubject(person_id=person) if person is not None else None
    return ReadSubject(party_id=row.party_id) if row.party_id is not None else None


def _concern_person(session: Session, row: Task) -> int | None:
    return session.scalar(
        select(Concern.person_id)
        .join(TaskSource, TaskSource.concern_id == Concern.id)
        .where(TaskSource.task_id == row.id)
        .limit(1)
    )


def history_of(session: Session, row: Task) -> list[HistoryStep]:
    """Return the history of a task, the oldest entry first."""
    rows = session.execute(
        select(TaskEntry.at, TaskEntry.kind, Party.public_id, Party.name, TaskEntry.text)
        .outerjoin(Party, Party.id == TaskEntry.by_id)
        .where(TaskEntry.task_id == row.id)
        .order_by(TaskEntry.id)
    )
    return [HistoryStep(*each) for each in rows]


def _sender(session: Session, row: Task) -> str | None:
    return session.scalar(
        select(Arrival.sender)
        .join(TaskSource, TaskSource.arrival == Arrival.key_digest)
        .where(TaskSource.task_id == row.id, Arrival.sender.is_not(None))
        .order_by(Arrival.received_at.desc())
        .limit(1)
    )


def _person(session: Session, row: Task) -> str | None:
    """Return the number of the newest concern's course, or else the person's first known one."""
    found = session.execute(
        select(Concern.person_id, Subscription.number)
        .join(TaskSource, TaskSource.concern_id == Concern.id)
        .outerjoin(Subscription, Subscription.id == Concern.subscription_id)
        .where(TaskSource.task_id == row.id)
        .order_by(Concern.id.desc())
        .limit(1)
    ).first()
    if found is None or found.number:
        return found.number if found else None
    party = party_of_person(session, found.person_id)
    return first_number(session, party.id if party else None)
