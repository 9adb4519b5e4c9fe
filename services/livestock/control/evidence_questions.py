"""Questions about evidence: the keeper, or an officer, is told who said what and asked if it is so.

One question is open for the same animals and act, and few for one person: strangers who repeat
themselves cause no more texts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.affected import officers_of
from services.livestock.domain.authority import Decider
from services.livestock.domain.model import AnimalKind, Key, Recorded, write_key
from services.livestock.domain.movements import places_on
from services.livestock.recording.authority import sources_of
from services.livestock.recording.identity import find_animals
from services.livestock.recording.projection import read_states
from services.messaging.confirmations import (
    BY_CODE,
    QUESTION,
    ConfirmationState,
    message_name,
    new_confirmation,
)
from services.messaging.offices import can_text, is_office
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import (
    Animal,
    Contact,
    Party,
    PendingConfirmation,
    Premises,
    TagRange,
)
from services.texts.catalogue import language_of, say
from sms.message import Kind

KIND = "evidence"
LIFE = timedelta(days=3)
MOST_OPEN = 3
_SHOWN = 3
_TAIL = 3


class Teller(NamedTuple):
    """Sender of evidence: party, phone number (E.164, or empty), and the key of the message."""

    party: Party
    number: str
    message: str


class _Question(NamedTuple):
    """A question to one person; `again`: other questions to them are open."""

    answerer: Party
    decider: Decider
    again: bool = False


def ask_about(session: Session, evidence: Recorded, teller: Teller, now: datetime) -> str | None:
    """Ask whoever decides on evidence, once.

    Returns:
        Who is asked, as a value of `Decider`; None: nobody can be.
    """
    if _joins_message(session, evidence, teller, now):
        return Decider.KEEPER.value
    found = _decider(session, evidence, teller.party)
    if found is None:
        return None
    waiting = _waiting(session, found.answerer, now)
    same = next((one for one in waiting if _is_same(one, evidence, teller)), None)
    if same is not None:
        _add(same, evidence, teller)
        return found.decider.value
    ours = [one for one in waiting if one.kind == KIND]
    if len(ours) >= MOST_OPEN:
        return None
    _ask(session, found._replace(again=bool(waiting)), evidence, teller, now)
    return found.decider.value


def _joins_message(session: Session, evidence: Recorded, teller: Teller, now: datetime) -> bool:
    """Add evidence of nobody's animal to the question that its message caused, if there is one.

    Of a part of a mob only the mob has a keeper.
    """
    if any(one.kind == AnimalKind.ANIMAL for one in evidence.animals) or _sources(evidence):
        return False
    mine = session.scalars(
        select(PendingConfirmation).where(
            PendingConfirmation.claimant_id == teller.party.id,
            PendingConfirmation.kind == KIND,
            PendingConfirmation.state == ConfirmationState.OPEN.value,
            PendingConfirmation.expires_at > now,
        )
    )
    for row in mine:
        if json.loads(row.command)["message"] == teller.message:
            _add(row, evidence, teller)
            return True
    return False


def phone_tail(number: str) -> str:
    """Return what may be shown of a phone number."""
    return number[-_TAIL:] or "?"


def _ask(
    session: Session,
    found: _Question,
    evidence: Recorded,
    teller: Teller,
    now: datetime,
) -> None:
    report, language = evidence.report, language_of(found.answerer.language)
    command = {
        "animals": [write_key(key) for key in _named(evidence)],
        "act": report.type.value,
        "message": teller.message,
        "events": [str(report.event_id)],
        "also": [],
    }
    parties = teller.party.id, found.answerer.id
    row = new_confirmation(KIND, parties, now, LIFE, json.dumps(command))
    row.question = say(
        f"evidence.ask_{found.decider}",
        language,
        digits=phone_tail(teller.number),
        state=say(f"said.{report.type.value}", language),
        pigs=numbers_text([evidence]),
    )
    # An answer that was meant for another open question must not decide this one.
    row.ask_again = found.again
    session.add(row)
    session.flush()
    contacts = session.scalars(select(Contact).where(Contact.party_id == found.answerer.id))
    messages = [
        OutboundMessage(
            one.number, one.number_index, row.question, message_name(row, QUESTION, one.id)
        )
        for one in contacts
    ]
    office = is_office(found.answerer.role)
    options = SendOptions("claim", now, now + LIFE, Kind.URGENT, office=office)
    enqueue_messages(session, messages, options)


def numbers_text(evidence: Iterable[Recorded]) -> str:
    """Write the animals of events: the first few, and how many more."""
    keys = list(dict.fromkeys(key for one in evidence for key in _named(one)))
    more = f" +{len(keys) - _SHOWN}" if len(keys) > _SHOWN else ""
    return ", ".join(map(str, keys[:_SHOWN])) + more


def _named(evidence: Recorded) -> tuple[Key, ...]:
    """Return the animals that a person knows: of what was born or divided, where it came from."""
    return _sources(evidence) or evidence.report.animals


def _sources(evidence: Recorded) -> tuple[Key, ...]:
    return sources_of(evidence.report)


def _waiting(session: Session, party: Party, now: datetime) -> Sequence[PendingConfirmation]:
    """Return the open questions of a person that the number of a choice answers."""
    return session.scalars(
        select(PendingConfirmation).where(
            PendingConfirmation.answerer_id == party.id,
            PendingConfirmation.state == ConfirmationState.OPEN.value,
            PendingConfirmation.expires_at > now,
            ~BY_CODE,
        )
    ).all()


def _is_same(row: PendingConfirmation, evidence: Recorded, teller: Teller) -> bool:
    if row.kind != KIND:
        return False
    command: Mapping[str, Any] = json.loads(row.command)
    if command["message"] == teller.message:
        return True
    keys = {write_key(key) for key in _named(evidence)}
    return command["act"] == evidence.report.type and keys <= set(command["animals"])


def _add(row: PendingConfirmation, evidence: Recorded, teller: Teller) -> None:
    """Keep evidence with the question that is open: of its own message, or as a repetition."""
    command = json.loads(row.command)
    place = "events" if command["message"] == teller.message else "also"
    command[place].append(str(evidence.report.event_id))
    row.command = json.dumps(command)


def _decider(session: Session, evidence: Recorded, sender: Party) -> _Question | None:
    """Find the keeper whom a text reaches, else an officer of the province, not the sender."""
    sources = find_animals(session, _sources(evidence))
    ref = next(iter(sources.values()), evidence.animals[0])
    animal = session.get_one(Animal, ref.id)
    home = session.get(Premises, animal.registered_at_id) if animal.registered_at_id else None
    there = _stands_at(session, animal.id, evidence.report.occurred.day)
    places = [one for one in (home, there, _issued_to(session, animal)) if one]
    keepers = [animal.owner_id, *(place.keeper_id for place in places)]
    known = [one for one in dict.fromkeys(keepers) if one is not None]
    keepers_here = (session.get_one(Party, one) for one in known)
    keeper = next((one for one in keepers_here if can_text(session, one)), None)
    if keeper is not None:
        return _Question(keeper, Decider.KEEPER)
    province = next((place.province for place in places if place.province), sender.province)
    officer = officer_to_ask(session, province, besides=sender)
    return _Question(officer, Decider.OFFICER) if officer else None


def officer_to_ask(session: Session, province: str | None, besides: Party) -> Party | None:
    """Return an officer who can be asked: of the province before one of the whole country."""
    holders = officers_of(session, province).holders
    others = [one for one in holders if one.party_id != besides.id]
    first = min(others, key=lambda one: one.province is None, default=None)
    return session.get_one(Party, first.party_id) if first else None


def _stands_at(session: Session, animal: int, day: date) -> Premises | None:
    state = read_states(session, [animal])[animal]
    there = places_on(day, state.home, state.moves)
    return session.get(Premises, min(there)) if there else None


def _issued_to(session: Session, animal: Animal) -> Premises | None:
    wanted = select(Premises).join(TagRange, TagRange.premises_id == Premises.id)
    within = (TagRange.first <= animal.value, TagRange.last >= animal.value)
    return session.scalars(wanted.where(*within)).first() if animal.found else None
