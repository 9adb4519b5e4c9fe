"""Attempts that a `start` may have committed and no carrier was called for: its reply was lost."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.messaging.dispatch.outcomes import News, apply
from services.storage.models import Attempt, Message
from sms.dispatch import NOT_CALLED
from sms.message import AttemptState

_OPEN = (AttemptState.ATTEMPTING.value, AttemptState.UNCERTAIN.value)


def take_back(session: Session, attempts: Mapping[UUID, UUID], now: datetime) -> None:
    """Let messages be tried again whose attempts, by the messages' ids, were certainly not begun.

    What a report or a look has settled meanwhile stays: the carrier may have the text from another
    attempt. The messages are locked first: `start` holds them until it is committed or undone, and
    an attempt that came into sight after this would be in doubt for ever.
    """
    session.execute(
        select(Message.id)
        .where(Message.public_id.in_(attempts))
        .order_by(Message.id)
        .with_for_update()
    ).all()
    begun = session.scalars(
        select(Attempt.public_id).where(
            Attempt.public_id.in_(attempts.values()), Attempt.state.in_(_OPEN)
        )
    ).all()
    if begun:
        apply(session, dict.fromkeys(begun, News(NOT_CALLED, None)), now)
