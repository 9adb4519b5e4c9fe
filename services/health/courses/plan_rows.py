"""Database rows of a person's plan: waiting messages, existing ones, and those cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session

from services.health.courses.course_messages import dedupe_key
from services.health.courses.open_questions import QuestionState
from services.health.courses.schedule import Difference, Planned
from services.health.courses.subscriptions import note_change
from services.messaging.outbox import COURSE
from services.storage.models import AskedQuestion, Message, Subscription
from sms.message import MessageState
from sms.reasons import Reason


def lock(session: Session, row: Subscription) -> None:
    """Lock a subscription and read its row again; changes not yet written are kept."""
    # SQLAlchemy's refresh would discard unwritten changes.
    session.flush()
    session.refresh(row, with_for_update=True)


def note_difference(
    session: Session, row: Subscription, what: str, now: datetime, found: Difference
) -> None:
    """Record the texts that a change cancelled and created."""
    cancelled, created = map(_written, found)
    note_change(session, row, what, now, {"cancelled": cancelled, "created": created})


def waiting_messages(session: Session, row: Subscription) -> Sequence[Message]:
    """Lock and return the course messages of a person that wait in the outbox."""
    return session.scalars(
        select(Message)
        .where(
            Message.subscription_id == row.id,
            Message.purpose == COURSE,
            Message.state == MessageState.QUEUED.value,
        )
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def not_yet_written(session: Session, row: Subscription, plan: Iterable[Planned]) -> list[Planned]:
    """Return the planned texts without a message, or whose message a replan cancelled."""
    wanted = plan_by_key(row, plan)
    taken_back = and_(Message.state == MessageState.CANCELLED, Message.reason == Reason.REPLANNED)
    live = set(
        session.scalars(
            select(Message.dedupe_key).where(Message.dedupe_key.in_(wanted), not_(taken_back))
        )
    )
    return [planned for key, planned in wanted.items() if key not in live]


def plan_by_key(row: Subscription, plan: Iterable[Planned]) -> dict[bytes, Planned]:
    """Return a person's plan by dedupe key."""
    return {dedupe_key(row.public_id, planned.item.id, planned.on): planned for planned in plan}


def cancel_messages(session: Session, messages: Sequence[Message]) -> None:
    """Cancel waiting messages that left the plan, and drop the questions they would ask."""
    if not messages:
        return
    openly = session.scalars(
        select(AskedQuestion)
        .where(
            AskedQuestion.subscription_id == messages[0].subscription_id,
            AskedQuestion.state == QuestionState.OPEN.value,
        )
        .order_by(AskedQuestion.asked_at)
    ).all()
    for one in messages:
        one.state, one.reason = MessageState.CANCELLED.value, Reason.REPLANNED.value
        one.leased_by = one.leased_until = None
        # Postponing a text does not move its question's time.
        questions = [a for a in openly if a.item == one.item and a.asked_at <= one.planned_at]
        for question_row in questions[-1:]:
            question_row.state, question_row.remind_at = QuestionState.DROPPED.value, None
    session.flush()


def _written(plan: Iterable[Planned]) -> list[dict[str, str]]:
    return [{"item": one.item.id, "at": one.at.isoformat()} for one in plan]
