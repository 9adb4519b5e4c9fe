"""Stories of concerns: the text that led to each, what the program said, and what was done since.

A concern keeps no text. Where it came of one, both have the instant at which the text arrived.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.care.concern_tasks import number_of
from services.health.care.concerns import ConcernKind
from services.health.care.known_facts import KnownFacts, known_facts
from services.health.care.urgency import danger_of, is_discreet
from services.storage.models import Arrival, Concern, DangerQuestion, Task, TaskSource
from services.storage.persons import party_of_person

_MOST = 10


class ConcernStory(NamedTuple):
    """One concern of a task.

    Attributes:
        said, reply: what the person wrote, and what the program said; None: no text led to it, or
            it is no longer kept.
        discreet: others may hear a call, or read a text.
        note: what the clinician did.
    """

    id: UUID
    kind: str
    code: str
    programme: str | None
    at: datetime
    said: str | None
    reply: str | None
    discreet: bool
    handled_at: datetime | None
    note: str | None


def stories_of(session: Session, row: Task) -> Sequence[ConcernStory]:
    """Return the newest concerns of a task, the newest first."""
    return [story_of(session, one) for one in _concerns(session, row, _MOST)]


def facts_of(session: Session, row: Task) -> KnownFacts | None:
    """Return what is known of the person of a task; None: it is about no concern."""
    newest = _concerns(session, row, 1)
    return known_facts(session, newest[0]) if newest else None


def is_quiet(session: Session, row: Task) -> bool:
    """Tell whether nobody may call about a task unasked: who hears it may be the danger."""
    return any(
        one.kind == ConcernKind.FLAG and is_discreet(danger_of(one.code))
        for one in _concerns(session, row, _MOST)
    )


def _concerns(session: Session, row: Task, most: int) -> Sequence[Concern]:
    mine = select(Concern).join(TaskSource, TaskSource.concern_id == Concern.id)
    newest = mine.where(TaskSource.task_id == row.id).order_by(Concern.id.desc())
    return session.scalars(newest.limit(most)).all()


def story_of(session: Session, one: Concern) -> ConcernStory:
    """Return one concern with what led to it."""
    said, reply = _exchange(session, one)
    discreet = one.kind == ConcernKind.FLAG and is_discreet(danger_of(one.code))
    return ConcernStory(
        *(one.public_id, one.kind, one.code, one.programme, one.at),
        *(said, reply, discreet, one.handled_at, one.note),
    )


def _exchange(session: Session, one: Concern) -> tuple[str | None, str | None]:
    """Return the text that led to a concern, and the reply.

    Who was asked whether there is danger, and said yes, wrote the text before that yes.
    """
    came = _arrival(session, one)
    asked = session.scalar(
        select(DangerQuestion.arrival).where(
            DangerQuestion.person_id == one.person_id, DangerQuestion.closed_at == one.at
        )
    )
    first = (session.get(Arrival, asked) if asked else None) or came
    return first.payload if first else None, came.answer if came else None


def _arrival(session: Session, one: Concern) -> Arrival | None:
    """Return the message of a concern's person at its instant; the sender's number is sealed."""
    number = number_of(session, one, party_of_person(session, one.person_id))
    if number is None:
        return None
    # What waits in an inbox was not understood, so it led to no concern.
    came = select(Arrival).where(
        Arrival.received_at == one.at, Arrival.sender.is_not(None), Arrival.service.is_(None)
    )
    return next((row for row in session.scalars(came) if row.sender == number), None)
