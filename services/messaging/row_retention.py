"""Deletion of rows that nothing needs any more; their texts were erased long before.

What stays: the texts of programmes, by which recalls and indicators tell who got what; what village
boxes brought, which tells two boxes' copies of one text; and envelopes that a task names. Requests
of devices go by their counters: see `services.devices.old_turns`.

Each call deletes a chunk and holds nobody up: the rows are old. It goes on from where the last one
ended, so that what stays is looked at once.
"""

from datetime import UTC, datetime, timedelta
from itertools import takewhile

from sqlalchemy import and_, delete, exists, func, select
from sqlalchemy.orm import Session

from gateway.channels.village import SIGNED_CHANNEL, SMS_CHANNEL
from gateway.envelope import DEVICE_CHANNEL
from services.messaging.retention import KEPT, TEXTS_ERASED
from services.storage.bulk import advance_counter
from services.storage.models import Access, Arrival, Attempt, Counter, Message, TaskSource
from services.storage.rowsets import keys

MESSAGES, ENVELOPES = "message rows looked at", "envelope rows looked at"
"""The counters of how far each table was looked at: a key, and microseconds since 1970."""

_CHUNK = 5_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_OF_BOXES = (DEVICE_CHANNEL, SIGNED_CHANNEL, SMS_CHANNEL)


def delete_old_rows(session: Session, now: datetime, days: int) -> int:
    """Delete rows of messages, their attempts, and envelopes, so many days old; a chunk of each.

    Return how many messages and envelopes went.
    """
    # Only what has no text any more.
    before = now - max(timedelta(days=days), KEPT)
    return _delete_messages(session, before) + _delete_envelopes(session, before)


def delete_old_readings(session: Session, now: datetime, days: int) -> int:
    """Delete entries of the log of readings, so many days old; a chunk. Return how many went."""
    old = select(Access.id).where(Access.at < now - timedelta(days=days)).order_by(Access.at)
    rows = session.scalars(old.limit(_CHUNK)).all()
    session.execute(delete(Access).where(Access.id.in_(keys(session, rows))))
    return len(rows)


def _delete_messages(session: Session, before: datetime) -> int:
    # Locked, or two clocks at once would both go on by the same rows, and skip as many.
    seen = advance_counter(session, MESSAGES, 0)
    erased = session.scalar(select(Counter.value).where(Counter.name == TEXTS_ERASED)) or 0
    found = session.execute(
        select(
            Message.id,
            Message.created_at,
            Message.subscription_id,
            Message.campaign_id,
            Message.version_id,
            Message.scope,
        )
        .where(Message.id > seen, Message.id <= erased)
        .order_by(Message.id)
        .limit(_CHUNK)
    ).all()
    old = list(takewhile(lambda row: row.created_at < before, found))
    if not old:
        return 0
    # Neither a course, a campaign, a version nor a scope: nothing of a programme.
    gone = [row.id for row in old if {*row[2:]} == {None}]
    theirs = keys(session, gone)
    session.execute(delete(Attempt).where(Attempt.message_id.in_(theirs)))
    session.execute(delete(Message).where(Message.id.in_(theirs)))
    advance_counter(session, MESSAGES, old[-1].id - seen)
    return len(gone)


def _delete_envelopes(session: Session, before: datetime) -> int:
    seen = advance_counter(session, ENVELOPES, 0)
    since = _BEGINNING + seen * _INSTANT
    of_chunk = (
        select(Arrival.received_at)
        .where(Arrival.received_at > since, Arrival.received_at < before)
        .order_by(Arrival.received_at)
        .limit(_CHUNK)
        .subquery()
    )
    last = session.scalar(select(func.max(of_chunk.c.received_at)))
    if last is None:
        return 0
    named = exists().where(TaskSource.arrival == Arrival.key_digest)
    gone = and_(
        Arrival.received_at > since,
        Arrival.received_at <= last,
        Arrival.sender.is_(None),
        Arrival.channel.not_in(_OF_BOXES),
        ~named,
    )
    deleted = session.execute(delete(Arrival).where(gone).returning(Arrival.key_digest)).all()
    advance_counter(session, ENVELOPES, (last - since) // _INSTANT)
    return len(deleted)
