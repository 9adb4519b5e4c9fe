"""Ties of animals to a party (`livestock.domain.authority.Tie`), read from the database."""

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from services.core.roles import OFFICERS, Role
from services.livestock.domain.access import RULES, Sight, Viewer
from services.livestock.domain.actors import Actor, Tie
from services.livestock.recording.animal_places import (
    PlaceColumn,
    Places,
    held,
    here,
    moved,
    on_its_way,
)
from services.storage.models import Animal, Contact, Helper, Movement, Premises
from services.storage.rowsets import keys

_PARTY = bindparam("party", type_=BigInteger)
_PROVINCE = bindparam("province", type_=String)
_AT_ONCE = 5_000

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


class _Asking(NamedTuple):
    """Kind of actor, by which the query for the facts differs; officers' province is theirs."""

    officer: bool
    recorder: bool
    everywhere: bool


def facts_of(session: Session, actor: Actor, animals: Iterable[int]) -> dict[int, AnimalFacts]:
    """Read the facts of authority over some animals, by database key, in one query."""
    asking = _Asking(actor.role in OFFICERS, actor.role is Role.RECORDER, actor.province is None)
    statement, ties = _facts(asking)
    values = {"party": actor.party_id, "province": actor.province}
    wanted, found = list(animals), dict[int, AnimalFacts]()
    for start in range(0, len(wanted), _AT_ONCE):
        chunk = {"animals": wanted[start : start + _AT_ONCE]}
        for row in session.execute(statement, values | chunk).mappings():
            found[row["id"]] = AnimalFacts(
                row["found"],
                row["kind"],
                row["keeper"],
                row["reachable"],
                frozenset(name for name in ties if row[name.value]),
            )
    return found


@cache
def _facts(asking: _Asking) -> tuple[Select[*tuple[Any, ...]], tuple[Tie, ...]]:
    """Return the query for facts, made once, since making it takes longer than its answer."""
    keeper = func.coalesce(Animal.owner_id, Premises.keeper_id)
    ties = _acting(asking, keeper)
    statement = (
        select(
            Animal.id,
            Animal.found,
            Animal.kind,
            keeper.label("keeper"),
            exists().where(Contact.party_id == keeper).label("reachable"),
            *(tie.label(name.value) for name, tie in ties.items()),
        )
        .outerjoin(Premises, Premises.id == Animal.registered_at_id)
        .where(Animal.id.in_(bindparam("animals", expanding=True)))
    )
    return statement, tuple(ties)


def _acting(asking: _Asking, keeper: ColumnElement[int]) -> dict[Tie, ColumnElement[bool]]:
    """Return the conditions on `Animal` of the ties that can give an actor authority."""
    own = select(Premises.id).where(Premises.keeper_id == _PARTY)
    ties = {
        Tie.OWNER: _owned(_PARTY, own),
        Tie.HERE: held(own),
        Tie.ANNOUNCED: on_its_way(own),
        Tie.CAME: or_(moved(own, arrived=True), Animal.registered_at_id.in_(own)),
    }
    if asking.officer:
        ties[Tie.DUTY] = true() if asking.everywhere else ~here(_elsewhere)
    ties[Tie.FAMILY] = _accepted(keeper, Tie.FAMILY)
    if asking.recorder:
        # A keeper who has a phone sells and kills by it: the recorder only reports for them.
        ties[Tie.FAMILY] = or_(ties[Tie.FAMILY], _accepted(keeper, Tie.RECORDER))
        ties[Tie.RECORDER] = _recorded_for(asking)
    return ties


def _elsewhere(key: PlaceColumn) -> ColumnElement[bool]:
    """Return the condition of a place in another province; NULL where the place is not known."""
    place = aliased(Premises)
    # One row by its key for each animal: of a list of all such places, PostgreSQL makes a table.
    other = and_(place.province.is_not(None), place.province != _PROVINCE)
    return select(other).where(place.id == key).scalar_subquery()


def _accepted(keeper: ColumnElement[int], kind: Tie) -> ColumnElement[bool]:
    """Return the condition that a keeper let the actor act for them."""
    return exists().where(
        Helper.helper_id == _PARTY,
        Helper.keeper_id == keeper,
        Helper.kind == kind.value,
        Helper.ended_at.is_(None),
    )


def _recorded_for(asking: _Asking) -> ColumnElement[bool]:
    """Return the condition of animals whose keepers have no phone, in a recorder's province."""

    def silent(key: PlaceColumn) -> ColumnElement[bool]:
        place = aliased(Premises)
        duty = true() if asking.everywhere else place.province == _PROVINCE
        phones = exists().where(Contact.party_id == place.keeper_id)
        return select(and_(duty, ~phones)).where(place.id == key).scalar_subquery()

    announced = exists().where(
        Movement.animal_id == Animal.id,
        silent(Movement.destination_id),
        Movement.arrived_on.is_(None),
    )
    there = or_(silent(Animal.registered_at_id), here(silent))
    return or_(announced, and_(there, ~exists().where(Contact.party_id == Animal.owner_id)))


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
    return and_(Animal.id.in_(union_all(*_ever_at(places))), here(lambda key: key.in_(places)))


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
        return false() if viewer.party_id is None else _owned(viewer.party_id, own)
    if tie is Tie.DUTY:
        near = select(Premises.id).where(_duty(viewer))
        return true() if viewer.province is None else here(lambda key: key.in_(near))
    if tie in {Tie.HERE, Tie.AGREED}:
        return here(lambda key: key.in_(own), agreed=tie is Tie.AGREED)
    came = moved(own, arrived=tie is Tie.CAME)
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


def _owned(party: int | BindParameter[int], own: Places) -> ColumnElement[bool]:
    # Without a word of its owner it is the keeper's where it was registered.
    untold = and_(Animal.owner_id.is_(None), Animal.registered_at_id.in_(own))
    return or_(Animal.owner_id == party, untold)
