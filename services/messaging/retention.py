"""Erasure of texts after ninety days, those that came and those that went; counts stay.

Each step erases a chunk: the clock repeats it every minute.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.messaging.envelope_erasure import ENVELOPE_KEYS, empty_envelopes
from services.messaging.person_erasure import erase_keyed_in
from services.messaging.tasks.history import erase_old_notes
from services.storage.bulk import advance_counter
from services.storage.models import Message, ReaderSession
from sms.message import MessageState

KEPT = timedelta(days=90)

_CHUNK = 5_000
TEXTS_ERASED = "messages erased"
"""The counter of the last message whose text is gone: their keys rise with the time."""

# Of what is uncertain, nobody is asked any more after a day.
_OPEN = (MessageState.QUEUED, MessageState.ATTEMPTING)


def erase_old_texts(session: Session, now: datetime) -> int:
    """Erase numbers and texts of ninety days ago, what was keyed in beside scans, and old notes.

    Return how many were erased, at most a chunk of each kind.
    """
    return (
        _erase_arrivals(session, now)
        + _erase_messages(session, now)
        + erase_keyed_in(session, ReaderSession.begun_at < now - KEPT)
        + erase_old_notes(session, now - KEPT)
    )


def _erase_arrivals(session: Session, now: datetime) -> int:
    erased = 0
    for table, key in ENVELOPE_KEYS.items():
        old = (
            select(key)
            .where(table.received_at < now - KEPT, table.sender.is_not(None))
            .order_by(table.received_at)
            .limit(_CHUNK)
        )
        rows = session.scalars(old).all()
        empty_envelopes(session, table, rows)
        erased += len(rows)
    return erased


def _erase_messages(session: Session, now: datetime) -> int:
    """Erase number and text of sent messages; state, attempts and costs stay, and the index.

    The blind index still tells what a number had, without telling the number.
    """
    # Locked, or two clocks at once would both go on by the same rows, and skip as many.
    seen = advance_counter(session, TEXTS_ERASED, 0)
    rows = session.execute(
        select(Message.id, Message.state, Message.created_at)
        .where(Message.id > seen)
        .order_by(Message.id)
        .limit(_CHUNK)
    )
    old: list[int] = []
    for row in rows:
        if row.created_at >= now - KEPT or row.state in _OPEN:
            break
        old.append(row.id)
    if not old:
        return 0
    session.execute(
        update(Message)
        .where(Message.id.between(old[0], old[-1]))
        .values(recipient="", body="", reply=None, expires_at=now)
    )
    advance_counter(session, TEXTS_ERASED, old[-1] - seen)
    return len(old)
