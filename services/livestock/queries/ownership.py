"""Ties of animals to a party (`livestock.domain.access.Tie`), read from the database."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    exists,
    false,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.livestock.domain.access import RULES, Sight, Tie, Viewer
from services.storage.models import Animal, Movement, Premises
from services.storage.rowsets import keys

Places = Select[int]


def ties_of(session: Session, viewer: Viewer, animals: Iterable[int]) -> dict[int, set[Tie]]:
    """Return the ties of some animals to `viewer`, by database key."""
    columns = [_tie(viewer, tie).label(tie.value) for tie in Tie]
    rows = session.execute(
        select(Animal.id, *columns).where(Animal.id.in_(keys(session, animals)))
    ).mappings()
    return {row["id"]: {tie for tie in Tie if row[tie.value]} for row in rows}


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
