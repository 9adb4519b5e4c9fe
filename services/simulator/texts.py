"""What has reached a simulated phone: the texts that the console carrier showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID  # noqa: TC003 — a field of a named tuple

from sqlalchemy import select

from services.storage.models import Attempt, Message
from sms.message import AttemptState
from sms.settings import HERE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

_MOST = 100


class Text(NamedTuple):
    """One text on a phone.

    Attributes:
        id: of the message.
        text: that the phone shows.
        at: when it came, UTC.
    """

    id: UUID
    text: str
    at: datetime | None


def texts_to(session: Session, recipient_index: bytes) -> Sequence[Text]:
    """Return the newest texts to one number, oldest first.

    Args:
        session: an open session.
        recipient_index: the number's blind index.
    """
    shown = (
        select(Message.public_id, Message.body, Attempt.finished_at)
        .join(Attempt, Attempt.message_id == Message.id)
        .where(
            Message.recipient_index == recipient_index,
            Attempt.channel == HERE,
            Attempt.state == AttemptState.SENT,
        )
        .order_by(Attempt.id.desc())
        .limit(_MOST)
    )
    return [Text(*row) for row in session.execute(shown)][::-1]
