"""Deciders on evidence: the keeper of an animal, or else an officer of its province."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.livestock.control.affected import officers_of
from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.authority import Decider, Refused, Subject, may_act
from services.livestock.domain.model import EventType, FlagCode, Recorded
from services.livestock.domain.movements import places_on
from services.livestock.recording.authority import sources_of
from services.livestock.recording.identity import find_animals
from services.livestock.recording.ownership import facts_of
from services.livestock.recording.projection import read_states
from services.messaging.offices import can_text
from services.storage.models import Animal, Party, Premises, TagRange


class Decision(NamedTuple):
    """Decider on evidence, None where nobody can be asked, and the province of the animal."""

    decider: Decider
    answerer: Party | None
    province: str | None


def decider_on(session: Session, evidence: Recorded, sender: Party) -> Decision:
    """Find the keeper whom a text reaches, else an officer of the province, not the sender."""
    sources = find_animals(session, sources_of(evidence.report))
    ref = next(iter(sources.values()), evidence.animals[0])
    animal = session.get_one(Animal, ref.id)
    home = session.get(Premises, animal.registered_at_id) if animal.registered_at_id else None
    if _is_of_others(evidence) and sender.id in {animal.owner_id, home and home.keeper_id}:
        # Their own mob or dam, and the tag of somebody else, who decides about it.
        animal, home = session.get_one(Animal, evidence.animals[0].id), None
    there = _stands_at(session, animal.id, evidence.report.occurred.day)
    issued = _issued_to(session, animal)
    places = [one for one in (home, there, issued) if one]
    keepers = [animal.owner_id, *(place.keeper_id for place in places)]
    known = [session.get_one(Party, one) for one in dict.fromkeys(keepers) if one is not None]
    deciding = (
        one
        for one in known
        if (issued and one.id == issued.keeper_id) or _decides(session, one, animal)
    )
    keeper = next((one for one in deciding if can_text(session, one)), None)
    province = next((place.province for place in places if place.province), sender.province)
    if keeper is not None:
        return Decision(Decider.KEEPER, keeper, province)
    return Decision(Decider.OFFICER, officer_to_ask(session, province, besides=sender), province)


def _decides(session: Session, party: Party, animal: Animal) -> bool:
    """Tell whether the answer of a party would count: not of who gave the animal away."""
    actor = Actor(Role(party.role), party.id, party.province, Strength.CODE)
    ties = facts_of(session, actor, [animal.id])[animal.id].ties
    return not isinstance(may_act(actor, EventType.AGREE, Subject(ties)), Refused)


def _is_of_others(evidence: Recorded) -> bool:
    return any(code is FlagCode.TAG_ISSUED_ELSEWHERE for _, code in evidence.flags)


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
