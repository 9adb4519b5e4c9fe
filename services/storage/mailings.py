"""The outbox of messages: answers, and many messages at once; each is queued once."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from services.storage.database import QUEUED
from services.storage.models import Message
from services.storage.upsert import upsert
from sms.admission import PRIORITIES
from sms.message import DEFAULT_ZONE, Kind, Late, MessageState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

_CHUNK = 5_000


COURSE = "course"
"""Purpose of the planned texts of courses."""
CONCERN = "concern"
"""Purpose of what tells a clinician of a concern, whose public id `dedupe` holds."""


class Trace(NamedTuple):
    """Where a text came from: database keys, the text's id in its programme, and its language."""

    subscription_id: int | None = None
    campaign_id: int | None = None
    version_id: int | None = None
    item: str | None = None
    language: str | None = None


NOWHERE = Trace()


class Letter(NamedTuple):
    """One text to one number. What has the same `dedupe` is never queued twice.

    Attributes:
        number: E.164.
        number_index: its blind index.
        body: the text.
        dedupe: what it is the only one for.
        zone: IANA name of the receiver's time zone.
        trace: of a programme's or a campaign's text.
    """

    number: str
    number_index: bytes
    body: str
    dedupe: str
    zone: str = DEFAULT_ZONE
    trace: Trace = NOWHERE


class Mailing(NamedTuple):
    """What the letters of a mailing share.

    Attributes:
        purpose: why they are sent, in a word.
        now: from when (UTC).
        expires_at: until when (UTC).
        kind: what they obey, and what goes before them: see `sms.admission`.
        scope: the programme whose consent they need; None: none.
        late: what becomes of one that could not go when it was planned.
        double_ok: whether twice is better than not at all.
        via: channel that they should take before others.
    """

    purpose: str
    now: datetime
    expires_at: datetime
    kind: Kind = Kind.SERVICE
    scope: str | None = None
    late: Late = Late.SEND
    double_ok: bool = False
    via: str | None = None


def queue_letters(session: Session, letters: Iterable[Letter], mailing: Mailing) -> None:
    """Put letters into the outbox, in the session's transaction; those that are there stay."""
    # Through the connection: nothing is read back, and a row needs no object.
    statement = upsert(session, Message).on_conflict_do_nothing(index_elements=["dedupe_key"])
    rows = (_row(letter, mailing) for letter in letters)
    while chunk := list(islice(rows, _CHUNK)):
        session.info[QUEUED] = True
        session.connection().execute(statement, chunk)


def dedupe_key(dedupe: str) -> bytes:
    """Return what the outbox knows a letter by."""
    return hashlib.sha256(dedupe.encode()).digest()


def _row(letter: Letter, mailing: Mailing) -> dict[str, object]:
    return {
        "public_id": uuid4(),
        "dedupe_key": dedupe_key(letter.dedupe),
        "recipient": letter.number,
        "recipient_index": letter.number_index,
        "body": letter.body,
        "purpose": mailing.purpose,
        "kind": mailing.kind.value,
        "scope": mailing.scope,
        "priority": PRIORITIES[mailing.kind],
        "zone": letter.zone,
        "late": mailing.late.value,
        "double_ok": mailing.double_ok,
        "via": mailing.via,
        "state": MessageState.QUEUED.value,
        "created_at": mailing.now,
        "planned_at": mailing.now,
        "due_at": mailing.now,
        "expires_at": mailing.expires_at,
        **letter.trace._asdict(),
    }
