"""Concerns for staff: red flags, requests for a call, alarming answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.care.clinicians import clinician_for
from services.messaging.outbox import CONCERN, OutboundMessage, SendOptions, Trace, enqueue_messages
from services.storage.models import Concern, Person
from services.texts.catalogue import language_of, say
from sms.message import Kind

# A person in need writes again and again; the clinician gets one text in this time.
QUIET = timedelta(minutes=30)
_LIFE = timedelta(hours=24)


class ConcernKind(StrEnum):
    """Cause of a concern."""

    FLAG = "flag"
    CALL = "call"
    ANSWER = "answer"


class NewConcern(NamedTuple):
    """A concern before it is stored.

    Attributes:
        code: of the flag or alert; empty for a request for a call.
        party_id: of the person concerned.
        number: E.164, to call the person.
        programme: code, if it belongs to one.
        title: of the programme.
        subscription_id: of the person in the programme.
    """

    kind: ConcernKind
    code: str
    party_id: int
    number: str
    programme: str | None = None
    title: str = ""
    subscription_id: int | None = None


def raise_concern(session: Session, concern: NewConcern, now: datetime) -> Concern:
    """Store a concern, and notify the clinician of the programme and province at once.

    A repeat within half an hour is stored without another text.
    """
    clinician = clinician_for(session, concern.programme, _province(session, concern.party_id))
    lately = _was_notified_lately(session, concern, now)
    made = Concern(
        public_id=uuid4(),
        party_id=concern.party_id,
        subscription_id=concern.subscription_id,
        programme=concern.programme,
        kind=concern.kind.value,
        code=concern.code,
        at=now,
        told_id=clinician.party_id if clinician else None,
    )
    session.add(made)
    session.flush()
    if clinician and not lately:
        language = language_of(clinician.language)
        text = say(
            f"concern.{concern.kind.value}",
            language,
            title=concern.title,
            what=concern.code.replace("_", " "),
            number=concern.number,
        )
        message = OutboundMessage(
            clinician.number,
            clinician.number_index,
            text,
            f"{CONCERN}\0{made.public_id}",
            trace=Trace(subscription_id=concern.subscription_id),
        )
        enqueue_messages(session, [message], SendOptions(CONCERN, now, now + _LIFE, Kind.URGENT))
    return made


def _province(session: Session, party_id: int) -> str | None:
    return session.scalar(select(Person.province).where(Person.party_id == party_id))


def _was_notified_lately(session: Session, concern: NewConcern, now: datetime) -> bool:
    same = select(Concern.id).where(
        Concern.party_id == concern.party_id,
        Concern.kind == concern.kind.value,
        Concern.code == concern.code,
        Concern.told_id.is_not(None),
        Concern.at > now - QUIET,
    )
    return session.scalar(same.limit(1)) is not None
