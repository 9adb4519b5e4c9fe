"""Phones of an evening's texts: each gets one of a purpose, and what came since the last one."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from services.livestock.control.affected import phones_of
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.database import Database
from services.storage.models import Contact, Message
from services.storage.rowsets import digests, keys
from sms.local_time import DEFAULT_ZONE

EVENING = time(18)
HERE = ZoneInfo(DEFAULT_ZONE)
"""The zone in which an evening begins for whoever stands at no roadblock."""
AN_EVENING = timedelta(hours=12)
"""An evening and its night until six: as long as the day until the next one."""


def not_served(
    session: Session, purpose: str, now: datetime, parties: Iterable[int]
) -> dict[int, tuple[str, bytes]]:
    """Return the phone numbers of parties without such a text this evening."""
    numbers = phones_of(session, parties)
    sent = (
        select(Contact.party_id)
        .join(Message, Message.recipient_index == Contact.number_index)
        .where(
            Contact.party_id.in_(keys(session, numbers)),
            _of(purpose),
            Message.created_at > now - AN_EVENING,
        )
    )
    served = set(session.scalars(sent))
    return {party: number for party, number in numbers.items() if party not in served}


def last_texted(session: Session, purpose: str, parties: Iterable[int]) -> dict[int, datetime]:
    """Return when each of some parties had such a text last (UTC), by database key."""
    rows = session.execute(
        select(Contact.party_id, func.max(Message.created_at))
        .join(Message, Message.recipient_index == Contact.number_index)
        .where(Contact.party_id.in_(keys(session, parties)), _of(purpose))
        .group_by(Contact.party_id)
    )
    return {row[0]: row[1] for row in rows}


def queue_unserved(
    database: Database,
    messages: Sequence[OutboundMessage],
    options: SendOptions,
    *,
    exclusive: bool = False,
) -> None:
    """Queue messages to phones that no other worker has served since they were chosen.

    Args:
        messages: a slice of them, with all that a phone gets.
        exclusive: take the writers' lock, where a phone gets several: two workers that have chosen
            at different moments would each queue what the other has not.
    """
    if messages:
        work = partial(_queue, messages=messages, options=options)
        database.run(work, exclusive=exclusive)


def _queue(session: Session, messages: Sequence[OutboundMessage], options: SendOptions) -> None:
    phones = {one.number_index for one in messages}
    sent = select(Message.recipient_index).where(
        Message.recipient_index.in_(digests(session, phones)),
        _of(options.purpose),
        Message.created_at > options.now - AN_EVENING,
    )
    served = set(session.scalars(sent))
    enqueue_messages(session, [one for one in messages if one.number_index not in served], options)


def _of(purpose: str) -> ColumnElement[bool]:
    # As a literal: with a parameter, PostgreSQL could not know that its partial index serves.
    return Message.purpose == literal(purpose, literal_execute=True)
