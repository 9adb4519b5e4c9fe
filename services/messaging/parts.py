"""Texts that wait in parts, since no channel to their number joins them; and as one again."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.messaging.outbox import call_off
from services.storage.database import QUEUED
from services.storage.models import Message
from sms.message import MessageState
from sms.reasons import Reason

_JOINED = MessageState.CANCELLED, Reason.REPLANNED


def begun(session: Session, wholes: Collection[int]) -> set[int]:
    """Return which of some texts, by key, have a part that a carrier was called for."""
    if not wholes:
        return set()
    tried = select(Message.part_of).where(Message.part_of.in_(wholes), Message.tries > 0)
    return {key for key in session.scalars(tried) if key is not None}


def join(session: Session, wholes: Collection[int], now: datetime) -> Sequence[Message]:
    """Cancel the parts of some texts, by key, and let the texts wait as one; return these."""
    if not wholes:
        return []
    cancel_parts(session, wholes, now)
    texts = session.scalars(
        select(Message)
        .where(
            Message.id.in_(wholes),
            Message.state == MessageState.CANCELLED.value,
            Message.reason == Reason.SPLIT.value,
        )
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for one in texts:
        one.state, one.reason = MessageState.QUEUED.value, None
    session.flush()
    session.info[QUEUED] = True
    return texts


def cancel_parts(session: Session, wholes: Collection[int], now: datetime) -> None:
    """Cancel the parts of some texts, by key; none that was sent is tried again."""
    call_off(session, Message.part_of.in_(wholes), _JOINED, now)
