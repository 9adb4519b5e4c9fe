"""The end of courses whose last day is past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from services.programmes.asking import AskingState
from services.programmes.planning.changing import end
from services.programmes.planning.courses import compile_course
from services.programmes.planning.letters import dates
from services.programmes.planning.schedule import last_date, local_date
from services.programmes.subscriptions import SubscriptionState
from services.programmes.versions import programme_by_id
from services.storage.models import Asking, Message, Subscription
from sms.message import Kind, MessageState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

_UNDERWAY = (MessageState.QUEUED.value, MessageState.ATTEMPTING.value)
LOST = "no_answer"
"""Why a subscription is lost: nobody answered its last assessment."""


def finish(session: Session, now: datetime, limit: int) -> int:
    """End active courses of which nothing is left: no text, no open question, no day.

    Who answered the last assessment has completed the course, and so has who had none to answer;
    anybody else is lost.

    Args:
        session: an open writing session.
        now: UTC.
        limit: most of them.

    Returns:
        How many have ended.
    """
    over = _over(session, now, limit)
    rows = session.scalars(
        select(Subscription)
        .where(Subscription.id.in_(over), *_NOTHING_LEFT)
        .order_by(Subscription.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        lost = _is_lost(session, row)
        state = SubscriptionState.LOST if lost else SubscriptionState.COMPLETED
        end(session, row, state, LOST if lost else None, now)
    return len(rows)


def _open_question() -> ColumnElement[bool]:
    return exists().where(
        Asking.subscription_id == Subscription.id, Asking.state == AskingState.OPEN.value
    )


def _text_underway() -> ColumnElement[bool]:
    return exists().where(
        Message.subscription_id == Subscription.id,
        Message.kind == Kind.PROGRAMME.value,
        Message.state.in_(_UNDERWAY),
    )


_NOTHING_LEFT = (
    Subscription.state == SubscriptionState.ACTIVE.value,
    Subscription.next_on.is_(None),
    ~_open_question(),
    ~_text_underway(),
)


def _over(session: Session, now: datetime, limit: int) -> list[int]:
    """Return the keys of courses whose last day is past where their people live."""
    found = session.execute(
        select(
            Subscription.id, Subscription.version_id, Subscription.anchors, Subscription.zone
        ).where(*_NOTHING_LEFT)
    ).yield_per(limit)
    over: list[int] = []
    for row in found:
        course = compile_course(programme_by_id(session, row.version_id)[1])
        last = last_date(course, dates(row.anchors))
        if last is not None and last < local_date(now, row.zone):
            over.append(row.id)
        if len(over) == limit:
            break
    found.close()
    return over


def _is_lost(session: Session, row: Subscription) -> bool:
    course = compile_course(programme_by_id(session, row.version_id)[1])
    asked = [item.id for item in course.items.values() if item.assessment]
    last = session.scalars(
        select(Asking.state)
        .where(
            Asking.subscription_id == row.id,
            Asking.item.in_(asked),
            Asking.state != AskingState.DROPPED.value,
        )
        .order_by(Asking.asked_at.desc())
        .limit(1)
    ).first()
    if last is None:
        return bool(course.assessments(row.cohort))
    return last != AskingState.ANSWERED
