"""Questions to people whose texts may tell of danger: is somebody in danger now?

A nurse who is not sure asks. Who answers yes is in danger as if the text had been sure; of who
answers nothing, the text goes to the inbox of health as possible danger.
"""

import logging
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.envelope import StaffQueue
from services.core.error_logging import isolated
from services.health.care.second_contacts import ANSWERABLE
from services.messaging.inbox import put_in_inbox
from services.messaging.inbox_rules import POSSIBLE_DANGER, Service
from services.storage.models import DangerQuestion, Party, Person
from services.storage.persons import person_key

_LOG = logging.getLogger(__name__)
SILENT_AFTER = timedelta(minutes=30)
"""How long an answer is waited for before a person reads the text."""
ONCE_IN = timedelta(hours=4)
"""Who writes of possible danger again in this time is not asked again, but in danger."""


class QuestionEnd(StrEnum):
    """End of a question. AGAIN: its person wrote of danger again instead of answering."""

    YES = "yes"
    NO = "no"
    AGAIN = "again"


class NewQuestion(NamedTuple):
    """A question before it is stored.

    Attributes:
        code: of the danger that the text may tell of.
        person_id: of who wrote it.
        arrival: digest of the text's key.
        programme: code of the one whose clinicians would be told.
    """

    code: str
    person_id: int
    arrival: bytes
    programme: str | None = None
    subscription_id: int | None = None


def store_question(session: Session, new: NewQuestion, now: datetime) -> None:
    """Store a question that is asked now."""
    session.add(DangerQuestion(**new._asdict(), sent_at=now, due_at=now + SILENT_AFTER))
    session.flush()


def open_question(session: Session, person_id: int, now: datetime) -> DangerQuestion | None:
    """Return the newest question that a person may still answer."""
    return session.scalars(
        select(DangerQuestion)
        .where(
            DangerQuestion.person_id == person_id,
            DangerQuestion.closed_at.is_(None),
            DangerQuestion.sent_at > now - ANSWERABLE,
        )
        .order_by(DangerQuestion.id.desc())
        .limit(1)
    ).first()


def asked_lately(session: Session, person_id: int, now: datetime) -> DangerQuestion | None:
    """Return the newest question to a person of the last hours, answered or not."""
    return session.scalars(
        select(DangerQuestion)
        .where(DangerQuestion.person_id == person_id, DangerQuestion.sent_at > now - ONCE_IN)
        .order_by(DangerQuestion.id.desc())
        .limit(1)
    ).first()


def end_question(session: Session, row: DangerQuestion, how: QuestionEnd, now: datetime) -> bool:
    """End a question; False: it was over already."""
    ended = session.execute(
        update(DangerQuestion)
        .where(DangerQuestion.id == row.id, DangerQuestion.closed_at.is_(None))
        .values(closed_at=now, answer=how.value)
        .returning(DangerQuestion.id)
    )
    return ended.first() is not None


def end_questions(session: Session, party: Party, now: datetime) -> None:
    """End the open questions to somebody who writes of danger for certain."""
    session.execute(
        update(DangerQuestion)
        .where(
            DangerQuestion.person_id == person_key(session, party.public_id).scalar_subquery(),
            DangerQuestion.closed_at.is_(None),
        )
        .values(closed_at=now, answer=QuestionEnd.AGAIN.value)
        .execution_options(synchronize_session=False)
    )


def keep_in_inbox(session: Session, row: DangerQuestion, outcome: str) -> None:
    """Put the text that a question is about into the inbox of health."""
    province = session.scalar(select(Person.province).where(Person.id == row.person_id))
    put_in_inbox(session, row.arrival, StaffQueue(Service.HEALTH.value, province), outcome)


def pass_on_silent(session: Session, now: datetime, limit: int) -> int:
    """Put the texts of unanswered questions into the inbox, each once; return how many.

    A later answer counts all the same.
    """
    rows = session.scalars(
        select(DangerQuestion)
        .where(
            DangerQuestion.closed_at.is_(None),
            DangerQuestion.passed_on_at.is_(None),
            DangerQuestion.due_at <= now,
        )
        .order_by(DangerQuestion.due_at, DangerQuestion.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return sum(
        isolated(session, _LOG, f"question {row.id} is stuck", partial(_pass_on, session, row, now))
        for row in rows
    )


def _pass_on(session: Session, row: DangerQuestion, now: datetime) -> None:
    row.passed_on_at = now
    keep_in_inbox(session, row, POSSIBLE_DANGER)
    session.flush()
