"""Handling of concerns, and of messages that nothing matched."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from services.health.errors import (
    AnsweredAlready,
    HandledAlready,
    SenderForgotten,
    UnknownArrival,
    UnknownConcern,
)
from services.messaging.command_router import IN_INBOX
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.locks import require_one_writer
from services.storage.models import (
    Arrival,
    Concern,
    Contact,
    Message,
    Party,
    Person,
    Subscription,
)
from services.storage.vault import Vault
from sms.message import Kind

PURPOSE = "inbox"
_LIFE = timedelta(hours=72)
_ID = re.compile("[0-9a-f]{64}")


_SHOWN = (
    Concern.public_id,
    Concern.kind,
    Concern.code,
    Concern.programme,
    Concern.at,
    Concern.handled_at,
    Person.province,
)


def concerns_wanted(programme: str | None, *, handled: bool) -> Select[*tuple[Any, ...]]:
    """Select concerns for a list, without the person's identity."""
    wanted: Select[*tuple[Any, ...]] = select(Concern.id, *_SHOWN).outerjoin(
        Person, Person.party_id == Concern.party_id
    )
    if programme is not None:
        wanted = wanted.where(Concern.programme == programme)
    over = Concern.handled_at
    return wanted.where(over.is_not(None) if handled else over.is_(None))


def find_concern(session: Session, public_id: UUID) -> Concern:
    """Return a concern by its public id, or raise UnknownConcern."""
    found = session.scalars(select(Concern).where(Concern.public_id == public_id)).first()
    if found is None:
        raise UnknownConcern("No concern has this id")
    return found


def concern_view(session: Session, row: Concern) -> dict[str, Any]:
    """Return a concern with the person's name and number, for a call."""
    clinician, handler = aliased(Party), aliased(Party)
    found = session.execute(
        select(
            *_SHOWN,
            Concern.note,
            Party.name,
            Subscription.public_id.label("subscription"),
            clinician.public_id.label("told"),
            handler.public_id.label("handled_by"),
        )
        .select_from(Concern)
        .join(Party, Party.id == Concern.party_id)
        .outerjoin(Person, Person.party_id == Concern.party_id)
        .outerjoin(Subscription, Subscription.id == Concern.subscription_id)
        .outerjoin(clinician, clinician.id == Concern.told_id)
        .outerjoin(handler, handler.id == Concern.handled_by_id)
        .where(Concern.id == row.id)
    ).one()
    return {"phone": _number(session, row), **found._asdict()}


def handle_concern(session: Session, row: Concern, party_id: int, note: str, now: datetime) -> None:
    """Record that a concern was handled, or raise HandledAlready."""
    session.refresh(row, with_for_update=True)
    if row.handled_at is not None:
        raise HandledAlready("This concern was handled before: read its note")
    row.handled_at, row.handled_by_id, row.note = now, party_id, note
    session.flush()


def read_inbox(session: Session, limit: int, since: datetime | None) -> list[dict[str, Any]]:
    """Return the newest messages that nothing matched, newest first, with their senders."""
    wanted = select(Arrival).where(Arrival.outcome.in_(IN_INBOX))
    if since is not None:
        wanted = wanted.where(Arrival.received_at >= since)
    newest = wanted.order_by(Arrival.received_at.desc(), Arrival.key_digest).limit(limit)
    rows = session.scalars(newest).all()
    answered = _answered(session, [row.key_digest for row in rows])
    return [
        {
            "id": row.key_digest.hex(),
            "received_at": row.received_at,
            "channel": row.channel,
            "sender": row.sender,
            "text": row.payload,
            "answered": row.key_digest in answered,
        }
        for row in rows
    ]


def answer_arrival(session: Session, vault: Vault, arrival: str, text: str, now: datetime) -> bytes:
    """Queue an answer, one segment, to an inbox message; return the number's blind index.

    `arrival` is the `id` of the message in `read_inbox`.

    Raises:
        UnknownArrival: there is no such message.
        SenderForgotten: the sender is no longer known.
        AnsweredAlready: it was answered before.
    """
    require_one_writer(session)
    row = session.get(Arrival, bytes.fromhex(arrival)) if _ID.fullmatch(arrival) else None
    if row is None or row.outcome not in IN_INBOX:
        raise UnknownArrival("No message of the inbox has this id")
    if row.sender is None:
        raise SenderForgotten("The sender is no longer known")
    if _answered(session, [row.key_digest]):
        raise AnsweredAlready("It was answered before")
    index = vault.index(row.sender)
    via = row.channel.partition("-")[0]
    options = SendOptions(PURPOSE, now, now + _LIFE, Kind.ANSWER, via=via)
    enqueue_messages(
        session, [OutboundMessage(row.sender, index, text, _dedupe(row.key_digest))], options
    )
    return index


def _number(session: Session, row: Concern) -> str | None:
    """Return the number of the person's course, or else their first known one."""
    of_course = select(Subscription.number).where(Subscription.id == row.subscription_id)
    known = select(Contact.number).where(Contact.party_id == row.party_id).order_by(Contact.id)
    return session.scalar(of_course) or session.scalar(known.limit(1))


def _answered(session: Session, arrivals: Collection[bytes]) -> set[bytes]:
    keys = {sha256(_dedupe(one).encode()).digest(): one for one in arrivals}
    found = session.scalars(select(Message.dedupe_key).where(Message.dedupe_key.in_(keys)))
    return {keys[key] for key in found}


def _dedupe(arrival: bytes) -> str:
    return f"{PURPOSE}\0{arrival.hex()}"
