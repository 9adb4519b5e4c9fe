"""Questions asked of subscribers: recording, finding and dropping them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from services.health.format.entries import Question
from services.messaging.outbox import COURSE, comes_after, went_by
from services.storage.models import AskedQuestion, Message, Subscription


class QuestionState(StrEnum):
    """State of a question that was asked."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    DROPPED = "dropped"


def record_question(
    session: Session, subscription: Subscription, item: str, question: Question, at: datetime
) -> AskedQuestion:
    """Record a question asked at an instant, and drop an earlier one of the same item."""
    same = and_(AskedQuestion.subscription_id == subscription.id, AskedQuestion.item == item)
    # Two messages of one phone at one instant ask the question twice; record it once.
    at_once = session.scalars(
        select(AskedQuestion).where(same, AskedQuestion.asked_at == at)
    ).first()
    if at_once is not None:
        return at_once
    drop_questions(session, same)
    made = AskedQuestion(
        subscription_id=subscription.id,
        item=item,
        number_index=subscription.number_index,
        state=QuestionState.OPEN.value,
        **question_times(question, at),
    )
    session.add(made)
    session.flush()
    return made


def question_times(question: Question, at: datetime) -> dict[str, datetime | None]:
    """Return when a question is asked, first reminded of, and closed."""
    first = question.remind_days[0] if question.remind_days else None
    return {
        "asked_at": at,
        "remind_at": None if first is None else at + timedelta(days=first),
        "closes_at": at + timedelta(days=question.close_days),
    }


def newest_open_question(
    session: Session, number_index: bytes, now: datetime, read_by: datetime | None = None
) -> AskedQuestion | None:
    """Return the question that a number was asked last, or reminded of last, if it is still open.

    `read_by`: skip questions whose text had not reached the phone by then. A box delivers texts
    hours later, and what follows an answer may have been answered in advance.
    """
    return session.scalars(
        select(AskedQuestion)
        .where(
            AskedQuestion.number_index == number_index,
            AskedQuestion.state == QuestionState.OPEN.value,
            AskedQuestion.asked_at <= now,
            AskedQuestion.closes_at > now,
            *([~_unread(read_by)] if read_by else []),
        )
        .order_by(
            func.coalesce(AskedQuestion.reminded_at, AskedQuestion.asked_at).desc(),
            AskedQuestion.id.desc(),
        )
        .limit(1)
    ).first()


def _unread(by: datetime) -> ColumnElement[bool]:
    """Return the condition that a question's planned text had not gone out by an instant."""
    # The text may be postponed, and a reminder may arrive first.
    of_it = and_(
        Message.subscription_id == AskedQuestion.subscription_id,
        Message.item == AskedQuestion.item,
        Message.planned_at >= AskedQuestion.asked_at,
    )
    planned = and_(of_it, Message.purpose == COURSE)
    return and_(exists().where(planned, comes_after(by)), ~exists().where(of_it, went_by(by)))


def drop_questions(session: Session, which: ColumnElement[bool]) -> None:
    """Drop open questions: no answer to them counts any more."""
    session.execute(
        update(AskedQuestion)
        .where(which, AskedQuestion.state == QuestionState.OPEN.value)
        .values(state=QuestionState.DROPPED.value, remind_at=None)
        .execution_options(synchronize_session="fetch")
    )
