"""Conditions on `Animal` of where it stands, and of journeys to places and away from them."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Select, and_, exists, or_, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.storage.models import Animal, Movement

Places = Select[int]
PlaceColumn = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
AtPlaces = Callable[[PlaceColumn], ColumnElement[bool]]
"""Condition of a column of premises that they are some of those asked about."""


def here(at: AtPlaces, *, agreed: bool = False) -> ColumnElement[bool]:
    """Select animals at places, by the newest of registration and arrivals, as `places_on` does.

    `agreed`: only where the sender of what arrived told of it too.
    """
    return or_(
        _came_last(at, agreed=agreed), _at_home(at, Movement.arrived_on > Animal.registered_on)
    )


def held(places: Places) -> ColumnElement[bool]:
    """Select animals at places from which nothing tells that they have left.

    A keeper who let an animal go has no say over it, even if nobody ever tells that it arrived.
    """

    def at(key: PlaceColumn) -> ColumnElement[bool]:
        return key.in_(places)

    # Of one day, it was registered before it came elsewhere.
    home = _at_home(at, Movement.arrived_on >= Animal.registered_on)
    return and_(or_(_came_last(at), home), ~_left(places))


def _came_last(at: AtPlaces, *, agreed: bool = False) -> ColumnElement[bool]:
    move, later = aliased(Movement), aliased(Movement)
    after = exists().where(
        later.animal_id == move.animal_id,
        later.destination_id.is_not(None),
        later.arrived_on > move.arrived_on,
    )
    return exists().where(
        move.animal_id == Animal.id,
        at(move.destination_id),
        move.arrived_on.is_not(None),
        or_(Animal.registered_on.is_(None), Animal.registered_on <= move.arrived_on),
        ~after,
        move.departure_id.is_not(None) if agreed else true(),
    )


def _at_home(at: AtPlaces, after: ColumnElement[bool]) -> ColumnElement[bool]:
    """Select animals that were registered at places; `after`: what it came by since, elsewhere."""
    came = (Movement.animal_id == Animal.id, Movement.destination_id.is_not(None), after)
    return and_(
        at(Animal.registered_at_id), Animal.registered_on.is_not(None), ~exists().where(*came)
    )


def _left(places: Places) -> ColumnElement[bool]:
    """Select animals that left places, or left for elsewhere, and did not come back since.

    That they were seen there since does not count: anybody may say that they are sick there.
    """
    move, back = Movement, aliased(Movement)
    open_, from_here = move.arrived_on.is_(None), move.origin_id.in_(places)
    from_home = and_(open_, move.origin_id == Animal.registered_at_id)
    # Of one day, it left from elsewhere before it came here, and a truck may turn back.
    later = or_(back.arrival_id > move.departure_id, ~from_here)
    came_back = exists().where(
        back.animal_id == move.animal_id,
        back.destination_id.in_(places),
        or_(back.arrived_on > move.departed_on, and_(back.arrived_on == move.departed_on, later)),
    )
    return exists().where(
        move.animal_id == Animal.id,
        or_(open_, from_here),
        or_(move.destination_id.is_(None), ~move.destination_id.in_(places)),
        or_(Animal.registered_on.is_(None), Animal.registered_on <= move.departed_on, from_home),
        ~came_back,
    )


def on_its_way(places: Places) -> ColumnElement[bool]:
    """Select animals that left for places, and have been nowhere else since.

    A receiver who refused an animal, or never got it, keeps no say over it.
    """
    move, later, seen = Movement, aliased(Movement), Animal.seen_on
    # Of one day, what was told later: a truck may turn back before evening.
    came, left = (later.arrived_on, later.arrival_id), (move.departed_on, move.departure_id)
    return exists().where(
        move.animal_id == Animal.id,
        move.destination_id.in_(places),
        move.arrived_on.is_(None),
        ~exists().where(later.animal_id == move.animal_id, tuple_(*came) > tuple_(*left)),
        or_(seen.is_(None), seen <= move.departed_on, Animal.seen_at_id.in_(places)),
    )


def moved(places: Places, *, arrived: bool) -> ColumnElement[bool]:
    """Select animals that came to places once, or are on their way there."""
    day = Movement.arrived_on
    return exists().where(
        Movement.animal_id == Animal.id,
        Movement.destination_id.in_(places),
        day.is_not(None) if arrived else day.is_(None),
    )
