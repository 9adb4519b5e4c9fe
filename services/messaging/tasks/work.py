"""Work on a task: taken, assigned, noted, called about, ended, opened again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.core.roles import Role
from services.ledger.task_log import TaskAct, record_task
from services.messaging.errors import NotOnDuty, TaskEnded, TaskGoesOn, TaskTaken, TaskUndecided
from services.messaging.tasks.model import (
    TIME_OF,
    UNANSWERED,
    EntryKind,
    Outcome,
    TaskEnd,
    TaskKind,
    TaskStep,
)
from services.messaging.tasks.opening import add_entry
from services.messaging.tasks.reading import find_task, reader_of
from services.messaging.tasks.settling import end_task
from services.storage.locks import require_one_writer
from services.storage.models import (
    Concern,
    Party,
    Permit,
    Person,
    SecondContact,
    Task,
    TaskEntry,
    TaskSource,
)

_ASKED, _FLAG = "asked", "flag"
_OF_OWNER = [EntryKind.TAKEN, EntryKind.ASSIGNED, EntryKind.PASSED_ON]


class Worker(NamedTuple):
    """A person at work on a task: the party (None: the server's operator), channel, and time."""

    party: Party | None
    channel: str
    now: datetime

    @property
    def party_id(self) -> int | None:
        """Database key of the party."""
        return self.party.id if self.party else None

    def act(self, change: str) -> TaskAct:
        """Return a change of theirs, for the journal."""
        public_id = self.party.public_id if self.party else None
        return TaskAct(change, public_id, self.channel, self.now)


def take(session: Session, row: Task, worker: Worker) -> None:
    """Take a task: its owner ends it.

    Raises:
        TaskEnded: it has ended.
        TaskTaken: somebody else took it, and it was not passed on since.
    """
    _require_open(session, row)
    _require_free(session, row, worker)
    if worker.party is None or row.owner_id == worker.party_id:
        return
    _give(session, row, worker.party, worker)
    _write(session, row, worker, EntryKind.TAKEN)
    record_task(session, row, worker.act("taken"))


def assign(session: Session, row: Task, to: Party, worker: Worker) -> None:
    """Give a task to somebody on duty.

    Raises:
        TaskEnded: it has ended.
        NotOnDuty: they do not see it.
    """
    _require_open(session, row)
    if not sees(session, to, row):
        raise NotOnDuty
    _give(session, row, to, worker)
    _write(session, row, worker, EntryKind.ASSIGNED)
    record_task(session, row, worker.act("assigned"))


def note(session: Session, row: Task, kind: EntryKind, text: str, worker: Worker) -> None:
    """Write a note, or what a call gave; also of a task that has ended."""
    require_one_writer(session)
    _write(session, row, worker, kind, text)


def close(session: Session, row: Task, outcome: Outcome, text: str | None, worker: Worker) -> None:
    """End a task, and handle the concerns that it is about. It corrects nothing by itself.

    Raises:
        TaskEnded: it has ended.
        TaskTaken: somebody else took it, and it was not passed on since.
        TaskUndecided: its permit still waits, whose keeper was told to wait.
    """
    _require_open(session, row)
    _require_free(session, row, worker)
    _require_decided(session, row)
    end_task(session, row, TaskEnd(outcome, worker.now, worker.party_id, text))
    if row.kind == TaskKind.CONCERN:
        _handle_concerns(session, row, text or outcome.value, worker)
    session.flush()
    record_task(session, row, worker.act("closed"))


def reopen(session: Session, row: Task, worker: Worker) -> None:
    """Open a task again, as when somebody ended it in an officer's name, with its concerns.

    Raises:
        TaskGoesOn: it is open, or another about the same is.
    """
    require_one_writer(session)
    same = (Task.topic == row.topic, Task.closed_at.is_(None))
    other = session.scalar(select(Task.number).where(*same))
    if other is not None:
        raise TaskGoesOn(number=other)
    row.closed_at = row.closed_by_id = row.outcome = None
    urgent = row.kind == TaskKind.CONCERN and _open_concerns(session, row)
    row.due_at = worker.now + (UNANSWERED if urgent else TIME_OF[TaskKind(row.kind)])
    _write(session, row, worker, EntryKind.REOPENED)
    record_task(session, row, worker.act("reopened"))


def release(session: Session, row: Task, now: datetime) -> None:
    """Take a task from an owner who is not on duty for it any more."""
    row.owner_id, row.due_at = None, min(row.due_at, now)
    add_entry(session, row, TaskStep(EntryKind.RELEASED, now))
    session.flush()
    record_task(session, row, TaskAct("released", None, "clock", now))


def still_on_duty(session: Session, row: Task) -> bool:
    """Tell whether the owner of a task still sees it."""
    owner = session.get(Party, row.owner_id) if row.owner_id else None
    return owner is not None and sees(session, owner, row)


def _require_open(session: Session, row: Task) -> None:
    # Two at once: the second sees what the first did.
    require_one_writer(session)
    session.refresh(row, with_for_update=True)
    if row.closed_at is not None:
        raise TaskEnded(number=row.number)


def _require_free(session: Session, row: Task, worker: Worker) -> None:
    if worker.party is None or row.owner_id in {None, worker.party_id}:
        return
    newest = (
        select(TaskEntry.kind)
        .where(TaskEntry.task_id == row.id, TaskEntry.kind.in_(_OF_OWNER))
        .order_by(TaskEntry.id.desc())
        .limit(1)
    )
    if session.scalar(newest) != EntryKind.PASSED_ON:
        raise TaskTaken(number=row.number)


def _require_decided(session: Session, row: Task) -> None:
    asked = (
        select(TaskSource.id)
        .join(Permit, Permit.id == TaskSource.permit_id)
        .where(TaskSource.task_id == row.id, Permit.state == _ASKED)
    )
    if session.scalar(asked.limit(1)) is not None:
        raise TaskUndecided(number=row.number)


def sees(session: Session, party: Party, row: Task) -> bool:
    """Tell whether a party is on duty for a task."""
    reader = reader_of(session, Role(party.role), party.id, party.province)
    try:
        find_task(session, reader, row.public_id)
    except NotFound:
        return False
    return True


def _give(session: Session, row: Task, to: Party, worker: Worker) -> None:
    """Set the owner of a task, who has its whole time for it."""
    row.owner_id = to.id
    row.due_at = worker.now + TIME_OF[TaskKind(row.kind)]
    session.flush()


def _write(
    session: Session, row: Task, worker: Worker, kind: EntryKind, text: str | None = None
) -> None:
    add_entry(session, row, TaskStep(kind, worker.now, worker.party_id, text))
    session.flush()


def _handle_concerns(session: Session, row: Task, text: str, worker: Worker) -> None:
    mine = select(TaskSource.concern_id).where(TaskSource.task_id == row.id)
    session.execute(
        update(Concern)
        .where(Concern.id.in_(mine), Concern.handled_at.is_(None))
        .values(handled_at=worker.now, handled_by_id=worker.party_id, note=text)
    )


def _open_concerns(session: Session, row: Task) -> bool:
    """Open the concerns that the end of a task handled; return whether a red flag is among them.

    What had a note of its own before stays handled, and so does what is of somebody forgotten.
    """
    mine = select(TaskSource.concern_id).where(TaskSource.task_id == row.id)
    # The task's own end is to the second alone, and the clock may have ended it once more since.
    last = select(func.max(Concern.handled_at)).where(Concern.id.in_(mine)).scalar_subquery()
    wanted = (
        select(Concern)
        .join(Person, Person.id == Concern.person_id)
        .where(Concern.id.in_(mine), Concern.handled_at == last, Person.link.is_not(None))
        .with_for_update(of=Concern)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(wanted).all()
    for one in found:
        one.handled_at = one.handled_by_id = one.note = None
    _ask_again(session, [one.id for one in found])
    return any(one.kind == _FLAG for one in found)


def _ask_again(session: Session, concerns: Sequence[int]) -> None:
    """Have the last second contact asked that an end of concerns kept from being sent."""
    unsent = (SecondContact.sent_at.is_(None), SecondContact.closed_at.is_not(None))
    wanted = select(SecondContact).where(SecondContact.concern_id.in_(concerns), *unsent)
    newest = wanted.order_by(SecondContact.due_at.desc(), SecondContact.id.desc()).limit(1)
    row = session.scalars(newest).first()
    if row is not None:
        row.closed_at = None
