"""Adverse events: every concern by kind of danger, with the time to act and how it ended.

A row names nobody. Acts are those of people: a task taken, assigned, noted, called about or ended.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.health.care.concerns import ConcernKind
from services.health.care.urgency import Danger, danger_of
from services.messaging.tasks.model import EntryKind, Outcome
from services.storage.models import Concern, Person, SecondContact, Task, TaskEntry, TaskSource

_ACTS = (
    *(EntryKind.TAKEN, EntryKind.ASSIGNED, EntryKind.NOTE),
    *(EntryKind.CALL, EntryKind.CLOSED),
)
_AT_ONCE = 1000


class HarmOutcome(StrEnum):
    """End of a concern. CARED: a clinician wrote a note, or ended its task as done."""

    OPEN = "open"
    CARED = "cared"
    MISTAKEN = "mistaken"
    UNREACHED = "unreached"
    FORGOTTEN = "forgotten"


class AdverseEvent(NamedTuple):
    """A concern without its person.

    Attributes:
        code: of the flag or alert.
        told: whether a clinician was told at once.
        acted_after: until the first act of a person; None: nobody acted.
        last_answer: to the last second contact that was answered: better, worse or call.
    """

    id: UUID
    at: datetime
    programme: str | None
    province: str | None
    kind: ConcernKind
    danger: Danger
    code: str
    told: bool
    acted_after: timedelta | None
    outcome: HarmOutcome
    last_answer: str | None


def adverse_events(
    session: Session, since: datetime, until: datetime, programme: str | None = None
) -> Iterator[AdverseEvent]:
    """Yield the adverse events of a period, the oldest first.

    Args:
        session: read in portions.
        since: first instant (UTC).
        until: instant after the last.
        programme: code; None: all.
    """
    acted = (
        select(TaskSource.concern_id, func.min(TaskEntry.at).label("at"))
        .join(TaskEntry, TaskEntry.task_id == TaskSource.task_id)
        .where(
            TaskSource.concern_id.is_not(None),
            TaskEntry.by_id.is_not(None),
            TaskEntry.kind.in_([one.value for one in _ACTS]),
        )
        .group_by(TaskSource.concern_id)
        .subquery()
    )
    wanted = (
        select(Concern, Person.province, Person.link, Task.outcome, acted.c.at)
        .join(Person, Person.id == Concern.person_id)
        .outerjoin(TaskSource, TaskSource.concern_id == Concern.id)
        .outerjoin(Task, Task.id == TaskSource.task_id)
        .outerjoin(acted, acted.c.concern_id == Concern.id)
        .where(Concern.at >= since, Concern.at < until)
        .order_by(Concern.id)
    )
    if programme is not None:
        wanted = wanted.where(Concern.programme == programme)
    found = session.execute(wanted.execution_options(yield_per=_AT_ONCE))
    for row, province, link, outcome, first in found:
        yield _event(session, row, province, _outcome(row, link, outcome), first)


def _event(
    session: Session,
    row: Concern,
    province: str | None,
    outcome: HarmOutcome,
    first: datetime | None,
) -> AdverseEvent:
    acts = [at for at in (first, row.handled_at) if at is not None]
    kind = ConcernKind(row.kind)
    return AdverseEvent(
        row.public_id,
        row.at,
        row.programme,
        province,
        kind,
        danger_of(row.code) if kind is ConcernKind.FLAG else Danger.FOLLOW_UP,
        row.code,
        row.told_id is not None,
        max(min(acts) - row.at, timedelta(0)) if acts else None,
        outcome,
        _last_answer(session, row),
    )


def _outcome(row: Concern, link: bytes | None, outcome: str | None) -> HarmOutcome:
    if row.handled_at is None:
        return HarmOutcome.OPEN if link else HarmOutcome.FORGOTTEN
    if outcome in {Outcome.MISTAKEN, Outcome.UNREACHED}:
        return HarmOutcome(outcome)
    return HarmOutcome.CARED


def _last_answer(session: Session, row: Concern) -> str | None:
    answers = session.scalars(
        select(SecondContact.answer)
        .where(SecondContact.concern_id == row.id)
        .order_by(SecondContact.step.desc())
    )
    # An answer is sealed: no statement tells which are null from those that are not better.
    return next((one for one in answers if one), None)
