"""Movements in lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from services.livestock.domain.access import RULES, Sight, Viewer, sight_in_history
from services.livestock.queries.ownership import visible_premises
from services.livestock.queries.premises import PremisesSummary, read_places
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Identifier, Journal, Movement, Premises


class MovementFilter(NamedTuple):
    """Filter of movements by animal, premises and days still open; None: any."""

    animal: int | None = None
    premises: int | None = None
    left_by: date | None = None


@dataclass(frozen=True, slots=True)
class MovementView:
    """One movement of one animal; a side that is not reported, or may not be seen, is None."""

    animal: str
    origin: str | None
    destination: str | None
    departed_on: date | None
    arrived_on: date | None
    departure: UUID | None
    arrival: UUID | None


def movements_wanted(viewer: Viewer, wanted: MovementFilter) -> Select[*tuple[Any, ...]]:
    """Select movements from or to premises that `viewer` sees, with the events of both sides."""
    left, came = aliased(Journal), aliased(Journal)
    found: Select[*tuple[Any, ...]] = (
        select(
            Movement.id,
            Movement.animal_id,
            Movement.origin_id,
            Movement.destination_id,
            Movement.departed_on,
            Movement.arrived_on,
            left.event_id.label("departure"),
            came.event_id.label("arrival"),
        )
        .outerjoin(left, left.id == Movement.departure_id)
        .outerjoin(came, came.id == Movement.arrival_id)
    )
    if RULES[viewer.role].anything < Sight.NUMBERS:
        found = found.where(Movement.id.in_(_seen(viewer)))
    if wanted.animal is not None:
        found = found.where(Movement.animal_id == wanted.animal)
    if wanted.premises is not None:
        here = wanted.premises
        found = found.where(or_(Movement.origin_id == here, Movement.destination_id == here))
    if wanted.left_by is not None:
        found = found.where(Movement.arrived_on.is_(None), Movement.departed_on <= wanted.left_by)
    return found


def movement_views(session: Session, viewer: Viewer, rows: Sequence[Any]) -> list[MovementView]:
    """Return movements as `viewer` may see them."""
    animals = numbers_of(session, Identifier.animal_id, {row.animal_id for row in rows})
    places = read_places(
        session,
        {one for row in rows for one in (row.origin_id, row.destination_id) if one is not None},
    )
    return [
        MovementView(
            animals[row.animal_id][0],
            _number(viewer, places, row.origin_id),
            _number(viewer, places, row.destination_id),
            row.departed_on,
            row.arrived_on,
            row.departure,
            row.arrival,
        )
        for row in rows
    ]


def _seen(viewer: Viewer) -> CompoundSelect[int]:
    places = select(Premises.id).where(visible_premises(viewer))
    sides = (Movement.origin_id, Movement.destination_id)
    return union_all(*(select(Movement.id).where(side.in_(places)) for side in sides))


def _number(
    viewer: Viewer, places: Mapping[int, PremisesSummary], premises: int | None
) -> str | None:
    place = places.get(premises or 0)
    if place is None:
        return None
    sight = sight_in_history(viewer, place.keeper_id, place.province)
    return place.number if sight >= Sight.NUMBERS else None
