"""The rows behind a person's plan: what waits, what is there already, and what is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session

from services.health.courses.course_messages import dedupe_key
from services.health.courses.open_questions import AskingState
from services.health.courses.schedule import Difference, Planned
from services.health.courses.subscriptions import note_change
from services.messaging.outbox import COURSE
from services.storage.models import Asking, Message, Subscription
from sms.message import MessageState
from sms.reasons import Reason


def lock(session: Session, row: Subscription) -> None:
    """Lock a subscription, and read it as it is now; what was set and not yet written is kept."""
    # The library expires a row before it would write what was set.
    session.flush()
    session.refresh(row, with_for_update=True)


def note_difference(
    session: Session, row: Subscription, what: str, now: datetime, found: Difference
) -> None:
    """Keep what a change cancelled and created."""
    cancelled, created = map(_written, found)
    note_change(session, row, what, now, {"cancelled": cancelled, "created": created})


def waiting_of(session: Session, row: Subscription) -> Sequence[Message]:
    """Lock and return the texts of a person's course that wait in the outbox."""
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
    """Return what of a plan has no message, or one that a change has taken back."""
    wanted = by_key(row, plan)
    taken_back = and_(Message.state == MessageState.CANCELLED, Message.reason == Reason.REPLANNED)
    live = set(
        session.scalars(
            select(Message.dedupe_key).where(Message.dedupe_key.in_(wanted), not_(taken_back))
        )
    )
    return [planned for key, planned in wanted.items() if key not in live]


def by_key(row: Subscription, plan: Iterable[Planned]) -> dict[bytes, Planned]:
    """Return a person's plan by what each text is the only one for."""
    return {dedupe_key(row.public_id, planned.item.id, planned.on): planned for planned in plan}


def take_back(session: Session, messages: Sequence[Message]) -> None:
    """Close waiting texts that the plan has no more, and the questions that they would ask."""
    if not messages:
        return
    openly = session.scalars(
        select(Asking)
        .where(
            Asking.subscription_id == messages[0].subscription_id,
            Asking.state == AskingState.OPEN.value,
        )
        .order_by(Asking.asked_at)
    ).all()
    for one in messages:
        one.state, one.reason = MessageState.CANCELLED.value, Reason.REPLANNED.value
        one.leased_by = one.leased_until = None
        # Who put the text off has not moved the question's time.
        asked = [a for a in openly if a.item == one.item and a.asked_at <= one.planned_at]
        for asking in asked[-1:]:
            asking.state, asking.remind_at = AskingState.DROPPED.value, None
    session.flush()


def _written(plan: Iterable[Planned]) -> list[dict[str, str]]:
    return [{"item": one.item.id, "at": one.at.isoformat()} for one in plan]
