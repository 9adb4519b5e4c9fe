"""The answer to what a person just sent."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from services.storage.database import QUEUED
from services.storage.models import Message
from sms.message import Kind, MessageState

if TYPE_CHECKING:
    from gateway.envelope import Envelope
    from services.storage.unit import Unit

# Longer than the wait after which a phone that was off is tried again: 24 hours.
REPLY_LIFE = timedelta(hours=72)


def queue_answer(unit: Unit, envelope: Envelope, text: str) -> UUID:
    """Put the answer to a message of a person into the outbox, in the unit's transaction.

    It goes back by the channel on which the message came, where that serves the number.

    Args:
        unit: the open unit of work.
        envelope: what is answered; it is answered once.
        text: the answer.

    Returns:
        The message's public id.
    """
    public_id, now = uuid4(), envelope.received_at
    dedupe = f"reply\0{envelope.channel}\0{envelope.key}"
    unit.session.info[QUEUED] = True
    unit.session.add(
        Message(
            public_id=public_id,
            dedupe_key=hashlib.sha256(dedupe.encode()).digest(),
            recipient=envelope.sender,
            recipient_index=unit.vault.index(envelope.sender),
            body=text,
            purpose="reply",
            kind=Kind.ANSWER.value,
            via=envelope.channel.partition("-")[0],
            state=MessageState.QUEUED.value,
            created_at=now,
            planned_at=now,
            due_at=now,
            expires_at=now + REPLY_LIFE,
        )
    )
    return public_id
