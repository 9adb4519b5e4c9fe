"""Questions that are open: what was asked of whom, and until when an answer counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from services.health.format.entries import Question
from services.messaging.outbox import COURSE, comes_after, went_by
from services.storage.models import Asking, Message, Subscription


class AskingState(StrEnum):
    """What became of a question."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    DROPPED = "dropped"


def note_asked(
    session: Session, subscription: Subscription, item: str, question: Question, at: datetime
) -> Asking:
    """Note a question that is asked at an instant; one of the same item before it is dropped.

    Args:
        session: an open writing session.
        subscription: whom it is asked.
        item: id of the question in the programme.
        question: what it expects.
        at: UTC.
    """
    same = and_(Asking.subscription_id == subscription.id, Asking.item == item)
    # Two texts of one phone at one instant: the question is asked twice and noted once.
    at_once = session.scalars(select(Asking).where(same, Asking.asked_at == at)).first()
    if at_once is not None:
        return at_once
    drop(session, same)
    made = Asking(
        subscription_id=subscription.id,
        item=item,
        number_index=subscription.number_index,
        state=AskingState.OPEN.value,
        **times_of(question, at),
    )
    session.add(made)
    session.flush()
    return made


def times_of(question: Question, at: datetime) -> dict[str, datetime | None]:
    """Return when a question that is asked at an instant is asked, reminded of, and closed."""
    first = question.remind_days[0] if question.remind_days else None
    return {
        "asked_at": at,
        "remind_at": None if first is None else at + timedelta(days=first),
        "closes_at": at + timedelta(days=question.close_days),
    }


def newest_open(
    session: Session, number_index: bytes, now: datetime, read_by: datetime | None = None
) -> Asking | None:
    """Return the question that a number was asked last, or again, if an answer to it counts.

    Args:
        session: an open session.
        number_index: blind index of the number.
        now: UTC.
        read_by: leave out what was planned and had not gone to the phone by then, since a box
            brings texts hours later; what follows an answer may have been answered in advance.
    """
    return session.scalars(
        select(Asking)
        .where(
            Asking.number_index == number_index,
            Asking.state == AskingState.OPEN.value,
            Asking.asked_at <= now,
            Asking.closes_at > now,
            *([~_unread(read_by)] if read_by else []),
        )
        .order_by(func.coalesce(Asking.reminded_at, Asking.asked_at).desc(), Asking.id.desc())
        .limit(1)
    ).first()


def _unread(by: datetime) -> ColumnElement[bool]:
    """Return the condition that a planned text still was to bring a question at an instant."""
    # It may be put off, and a reminder may come first.
    of_it = and_(
        Message.subscription_id == Asking.subscription_id,
        Message.item == Asking.item,
        Message.planned_at >= Asking.asked_at,
    )
    planned = and_(of_it, Message.purpose == COURSE)
    return and_(exists().where(planned, comes_after(by)), ~exists().where(of_it, went_by(by)))


def open_of(session: Session, subscription_id: int, item: str) -> Asking | None:
    """Return the open question of an item, whether or not it was asked yet."""
    return session.scalars(
        select(Asking)
        .where(
            Asking.subscription_id == subscription_id,
            Asking.item == item,
            Asking.state == AskingState.OPEN.value,
        )
        .order_by(Asking.id.desc())
        .limit(1)
    ).first()


def drop(session: Session, which: ColumnElement[bool]) -> None:
    """Take open questions back: no answer to them counts any more."""
    session.execute(
        update(Asking)
        .where(which, Asking.state == AskingState.OPEN.value)
        .values(state=AskingState.DROPPED.value, remind_at=None)
        .execution_options(synchronize_session="fetch")
    )
