"""Phones of an evening's texts: each gets one of a purpose, and what came since the last one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.livestock.control.affected import phones_of
from services.storage.models import Contact, Message
from services.storage.rowsets import keys

AN_EVENING = timedelta(hours=12)
"""Longer than an evening, shorter than the day until the next one."""


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
            Message.purpose == purpose,
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
        .where(Contact.party_id.in_(keys(session, parties)), Message.purpose == purpose)
        .group_by(Contact.party_id)
    )
    return {row[0]: row[1] for row in rows}
