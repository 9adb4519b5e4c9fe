"""Ties of animals to a party (`livestock.domain.authority.Tie`), read from the database."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.core.roles import OFFICERS, Role
from services.livestock.domain.access import RULES, Sight, Viewer
from services.livestock.domain.actors import Actor, Tie
from services.storage.models import Animal, Contact, Helper, Movement, Premises
from services.storage.rowsets import keys

Places = Select[int]

_SEEING = (Tie.OWNER, Tie.HERE, Tie.AGREED, Tie.CAME, Tie.ANNOUNCED, Tie.DUTY)
"""Ties by which a party sees an animal."""


def ties_of(session: Session, viewer: Viewer, animals: Iterable[int]) -> dict[int, set[Tie]]:
    """Return the ties of some animals to `viewer`, by database key."""
    columns = [_tie(viewer, tie).label(tie.value) for tie in _SEEING]
    rows = session.execute(
        select(Animal.id, *columns).where(Animal.id.in_(keys(session, animals)))
    ).mappings()
    return {row["id"]: {tie for tie in _SEEING if row[tie.value]} for row in rows}


class AnimalFacts(NamedTuple):
    """Facts by which authority over an animal is decided.

    Attributes:
        found: nobody has registered it.
        keeper: database key of its owner, or of the keeper of where it was registered.
        reachable: whether that keeper has a phone.
        ties: of the actor.
    """

    found: bool
    kind: str
    keeper: int | None
    reachable: bool
    ties: frozenset[Tie]


def facts_of(session: Session, actor: Actor, animals: Iterable[int]) -> dict[int, AnimalFacts]:
    """Read the facts of authority over some animals, by database key, in one query."""
    keeper = func.coalesce(Animal.owner_id, Premises.keeper_id)
    ties = _acting(actor, keeper)
    rows = session.execute(
        select(
            Animal.id,
            Animal.found,
            Animal.kind,
            keeper.label("keeper"),
            exists().where(Contact.party_id == keeper).label("reachable"),
            *(tie.label(name.value) for name, tie in ties.items()),
        )
        .outerjoin(Premises, Premises.id == Animal.registered_at_id)
        .where(Animal.id.in_(keys(session, animals)))
    ).mappings()
    return {
        row["id"]: AnimalFacts(
            row["found"],
            row["kind"],
            row["keeper"],
            row["reachable"],
            frozenset(name for name in ties if row[name.value]),
        )
        for row in rows
    }


def _acting(actor: Actor, keeper: ColumnElement[int]) -> dict[Tie, ColumnElement[bool]]:
    """Return the conditions on `Animal` of the ties that can give an actor authority."""
    viewer = Viewer(actor.role, actor.party_id, actor.province)
    names = (Tie.OWNER, Tie.HERE, Tie.ANNOUNCED, Tie.CAME)
    ties = {name: _tie(viewer, name) for name in names}
    if actor.role in OFFICERS:
        elsewhere = select(Premises.id).where(
            Premises.province.is_not(None), Premises.province != actor.province
        )
        ties[Tie.DUTY] = true() if actor.province is None else ~_here(elsewhere)
    ties[Tie.FAMILY] = _accepted(actor, keeper, Tie.FAMILY)
    if actor.role is Role.RECORDER:
        # A keeper who has a phone sells and kills by it: the recorder only reports for them.
        ties[Tie.FAMILY] = or_(ties[Tie.FAMILY], _accepted(actor, keeper, Tie.RECORDER))
        ties[Tie.RECORDER] = _recorded_for(viewer)
    return ties


def _accepted(actor: Actor, keeper: ColumnElement[int], kind: Tie) -> ColumnElement[bool]:
    """Return the condition that a keeper let the actor act for them."""
    return exists().where(
        Helper.helper_id == actor.party_id,
        Helper.keeper_id == keeper,
        Helper.kind == kind.value,
        Helper.ended_at.is_(None),
    )


def _recorded_for(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of animals whose keepers have no phone, in a recorder's province."""
    phones = exists().where(Contact.party_id == Premises.keeper_id)
    places = select(Premises.id).where(_duty(viewer), ~phones)
    owner = exists().where(Contact.party_id == Animal.owner_id)
    announced = exists().where(
        Movement.animal_id == Animal.id,
        Movement.destination_id.in_(places),
        Movement.arrived_on.is_(None),
    )
    here = or_(Animal.registered_at_id.in_(places), _here(places))
    return or_(announced, and_(here, or_(Animal.owner_id.is_(None), ~owner)))


def visible_animals(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `Animal` of those whose numbers `viewer` sees."""
    rule = RULES[viewer.role]
    if rule.anything >= Sight.NUMBERS:
        return true()
    ties = or_(false(), *(_tie(viewer, tie) for tie in rule.ties))
    # A province holds many of all animals; of one's own the indexes know.
    return ties if Tie.DUTY in rule.ties else and_(Animal.id.in_(_candidates(viewer)), ties)


def animals_at(premises: int) -> ColumnElement[bool]:
    """Return the condition on `Animal` of those that were last known at premises."""
    return animals_in(select(Premises.id).where(Premises.id == premises))


def animals_in(places: Select[int]) -> ColumnElement[bool]:
    """Return the condition on `Animal` of those that were last known at one of several premises."""
    return and_(Animal.id.in_(union_all(*_ever_at(places))), _here(places))


def visible_premises(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `Premises` of those whose numbers `viewer` sees."""
    rule = RULES[viewer.role]
    if rule.anything >= Sight.NUMBERS:
        return true()
    duty = _duty(viewer) if Tie.DUTY in rule.ties else false()
    return or_(_own(viewer), duty)


def _own(viewer: Viewer) -> ColumnElement[bool]:
    return false() if viewer.party_id is None else Premises.keeper_id == viewer.party_id


def _duty(viewer: Viewer) -> ColumnElement[bool]:
    return true() if viewer.province is None else Premises.province == viewer.province


def _tie(viewer: Viewer, tie: Tie) -> ColumnElement[bool]:
    own = select(Premises.id).where(_own(viewer))
    if tie is Tie.OWNER:
        return _owned(viewer, own)
    if tie is Tie.DUTY:
        everywhere = viewer.province is None
        return true() if everywhere else _here(select(Premises.id).where(_duty(viewer)))
    if tie in {Tie.HERE, Tie.AGREED}:
        return _here(own, agreed=tie is Tie.AGREED)
    arrived = Movement.arrived_on.is_not(None)
    came = exists().where(
        Movement.animal_id == Animal.id,
        Movement.destination_id.in_(own),
        arrived if tie is Tie.CAME else ~arrived,
    )
    return or_(came, Animal.registered_at_id.in_(own)) if tie is Tie.CAME else came


def _candidates(viewer: Viewer) -> CompoundSelect[int]:
    """Select the animals that may have a tie to `viewer` besides that of duty."""
    mine = aliased(Animal)
    owned = select(mine.id).where(mine.owner_id == viewer.party_id)
    return union_all(owned, *_ever_at(select(Premises.id).where(_own(viewer))))


def _ever_at(places: Places) -> tuple[Places, Places]:
    """Select the animals that were registered at premises, came there, or are on the way."""
    mine = aliased(Animal)
    return (
        select(mine.id).where(mine.registered_at_id.in_(places)),
        select(Movement.animal_id).where(Movement.destination_id.in_(places)),
    )


def _owned(viewer: Viewer, own: Places) -> ColumnElement[bool]:
    if viewer.party_id is None:
        return false()
    # Without a word of its owner it is the keeper's where it was registered.
    untold = and_(Animal.owner_id.is_(None), Animal.registered_at_id.in_(own))
    return or_(Animal.owner_id == viewer.party_id, untold)


def _here(places: Places, *, agreed: bool = False) -> ColumnElement[bool]:
    """Select animals at premises, by the newest of registration and arrivals, as `places_on` does.

    `agreed`: only where the sender of what arrived told of it too.
    """
    move = aliased(Movement)
    came = exists().where(
        move.animal_id == Animal.id,
        move.destination_id.in_(places),
        move.arrived_on.is_not(None),
        or_(Animal.registered_on.is_(None), Animal.registered_on <= move.arrived_on),
        ~_came_after(move.animal_id, move.arrived_on),
        move.departure_id.is_not(None) if agreed else true(),
    )
    home = and_(
        Animal.registered_at_id.in_(places),
        Animal.registered_on.is_not(None),
        ~_came_after(Animal.id, Animal.registered_on),
    )
    return or_(came, home)


def _came_after(
    animal: InstrumentedAttribute[int], day: InstrumentedAttribute[date | None]
) -> ColumnElement[bool]:
    later = aliased(Movement)
    return exists().where(
        later.animal_id == animal, later.destination_id.is_not(None), later.arrived_on > day
    )
