"""What a person must look after: red flags, wishes to be called, answers that alarm."""

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

# Somebody in need writes again and again; who looks after him is told once in a while.
QUIET = timedelta(minutes=30)
_LIFE = timedelta(hours=24)


class ConcernKind(StrEnum):
    """Why somebody must look."""

    FLAG = "flag"
    CALL = "call"
    ANSWER = "answer"


class Worry(NamedTuple):
    """What is to be looked after, before it is kept.

    Attributes:
        kind: why.
        code: which flag or alert; empty of a wish to be called.
        party_id: whose.
        number: E.164, on which he can be called.
        programme: code, where it belongs to one.
        title: of the programme, in the languages that it has.
        subscription_id: where he is in it.
    """

    kind: ConcernKind
    code: str
    party_id: int
    number: str
    programme: str | None = None
    title: str = ""
    subscription_id: int | None = None


def raise_concern(session: Session, worry: Worry, now: datetime) -> Concern:
    """Keep a concern, and tell the clinician of the programme and province at once.

    The same of the same person within half an hour is kept, and told once.

    Args:
        session: an open writing session.
        worry: what is to be looked after.
        now: UTC.
    """
    told = clinician_for(session, worry.programme, _province(session, worry.party_id))
    lately = _told_lately(session, worry, now)
    made = Concern(
        public_id=uuid4(),
        party_id=worry.party_id,
        subscription_id=worry.subscription_id,
        programme=worry.programme,
        kind=worry.kind.value,
        code=worry.code,
        at=now,
        told_id=told.party_id if told else None,
    )
    session.add(made)
    session.flush()
    if told and not lately:
        language = language_of(told.language)
        text = say(
            f"concern.{worry.kind.value}",
            language,
            title=worry.title,
            what=worry.code.replace("_", " "),
            number=worry.number,
        )
        letter = OutboundMessage(
            told.number,
            told.number_index,
            text,
            f"{CONCERN}\0{made.public_id}",
            trace=Trace(subscription_id=worry.subscription_id),
        )
        enqueue_messages(session, [letter], SendOptions(CONCERN, now, now + _LIFE, Kind.URGENT))
    return made


def _province(session: Session, party_id: int) -> str | None:
    return session.scalar(select(Person.province).where(Person.party_id == party_id))


def _told_lately(session: Session, worry: Worry, now: datetime) -> bool:
    same = select(Concern.id).where(
        Concern.party_id == worry.party_id,
        Concern.kind == worry.kind.value,
        Concern.code == worry.code,
        Concern.told_id.is_not(None),
        Concern.at > now - QUIET,
    )
    return session.scalar(same.limit(1)) is not None
