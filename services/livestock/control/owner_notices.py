"""Notices to owners: who keeps their animal for them reported that it died, or has another tag."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from services.core.roles import OFFICERS
from services.livestock.control.alarms import caller_of
from services.livestock.control.animal_keepers import keepers_to_tell
from services.livestock.control.evidence_questions import said_by
from services.livestock.domain.model import AnimalRef, EventType, Origin, Recorded
from services.messaging.offices import OfficeHolder, messages_for
from services.messaging.outbox import SendOptions, enqueue_messages
from services.texts.catalogue import Listing, language_of, say
from sms.message import Kind

PURPOSE = "owner"
TOLD_TO_OWNERS = frozenset({EventType.DEATH, EventType.RETAG, EventType.TAG_LOST})
"""Types of events of which an owner is told."""
_LIFE = timedelta(days=3)


def tell_owners(session: Session, parts: Iterable[Recorded], origin: Origin) -> None:
    """Text owners what another reported of their animals at once in force; officers are believed.

    Of what is not in force they are asked: see `evidence_questions`.
    """
    actor = origin.actor
    if actor is None or actor.role in OFFICERS:
        return
    for done in parts:
        if done.report.type in TOLD_TO_OWNERS and not done.report.evidence:
            for owner, animals in keepers_to_tell(session, done.animals):
                if owner.party_id != actor.party_id:
                    _tell(session, done, (owner, animals), origin)


def _tell(
    session: Session, done: Recorded, to: tuple[OfficeHolder, list[AnimalRef]], origin: Origin
) -> None:
    (owner, animals), report = to, done.report
    language = language_of(owner.language)
    text = say(
        "owner.told",
        language,
        who=said_by(caller_of(session, origin.reporter).number, language),
        state=say(f"said.{report.type.value}", language),
        pigs=Listing(tuple(str(one.key) for one in animals), tight=" "),
        receipt=done.receipt,
    )
    now = origin.recorded_at
    messages = messages_for([owner], f"{PURPOSE}\0{report.event_id}", lambda _: text)
    enqueue_messages(session, messages, SendOptions(PURPOSE, now, now + _LIFE, Kind.URGENT))
