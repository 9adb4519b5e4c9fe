"""Many messages at once: to officers by an alarm, to keepers by a notice."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from services.storage.models import Message
from services.storage.upsert import upsert
from sms.message import MessageState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

AFTER_ANSWERS = 1

_CHUNK = 5_000


class Letter(NamedTuple):
    """One text to one number. What has the same `dedupe` is never queued twice."""

    number: str
    number_index: bytes
    body: str
    dedupe: str


class Mailing(NamedTuple):
    """What the letters of a mailing share.

    Attributes:
        purpose: why they are sent.
        now: from when (UTC).
        expires_at: until when (UTC).
        priority: 0 goes as fast as an answer does; what is higher waits for answers.
    """

    purpose: str
    now: datetime
    expires_at: datetime
    priority: int = 0


def queue_letters(session: Session, letters: Iterable[Letter], mailing: Mailing) -> None:
    """Put letters into the outbox, in the session's transaction; those that are there stay."""
    # Through the connection: nothing is read back, and a row needs no object.
    statement = upsert(session, Message).on_conflict_do_nothing(index_elements=["dedupe_key"])
    rows = (_row(letter, mailing) for letter in letters)
    while chunk := list(islice(rows, _CHUNK)):
        session.connection().execute(statement, chunk)


def _row(letter: Letter, mailing: Mailing) -> dict[str, object]:
    return {
        "public_id": uuid4(),
        "dedupe_key": hashlib.sha256(letter.dedupe.encode()).digest(),
        "recipient": letter.number,
        "recipient_index": letter.number_index,
        "body": letter.body,
        "purpose": mailing.purpose,
        "priority": mailing.priority,
        "state": MessageState.QUEUED.value,
        "created_at": mailing.now,
        "due_at": mailing.now,
        "expires_at": mailing.expires_at,
    }
