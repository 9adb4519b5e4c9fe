"""Movements in lists."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import CompoundSelect, Select, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from services.livestock.domain.access import RULES, Sight, Viewer, sight_in_history
from services.livestock.queries.premises import PremisesSummary, read_places
from services.livestock.recording.ownership import visible_premises
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Identifier, Journal, Movement, Premises


def movements_wanted(
    viewer: Viewer,
    animal: int | None,
    premises: int | None,
    left_by: date | None,
    since: date | None = None,
) -> Select[*tuple[Any, ...]]:
    """Select movements from or to premises that `viewer` sees, with the events of both sides.

    Args:
        left_by: those still open that began by that day.
        since: those that began or ended on that day or later.
    """
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
    if animal is not None:
        found = found.where(Movement.animal_id == animal)
    if premises is not None and since is not None:
        found = found.where(Movement.id.in_(_of_days(premises, since)))
    elif premises is not None:
        ends = (Movement.origin_id == premises, Movement.destination_id == premises)
        found = found.where(or_(*ends))
    elif since is not None:
        found = found.where(or_(Movement.departed_on >= since, Movement.arrived_on >= since))
    if left_by is not None:
        found = found.where(Movement.arrived_on.is_(None), Movement.departed_on <= left_by)
    return found


def _of_days(premises: int, since: date) -> CompoundSelect[int]:
    """Select a place's movements of some days, each part by one index: a market has many."""
    left, came = Movement.departed_on, Movement.arrived_on
    out, into = Movement.origin_id == premises, Movement.destination_id == premises
    parts = (
        (out, left >= since),
        (out, left.is_(None), came >= since),
        (into, came >= since),
        (into, came.is_(None), left >= since),
    )
    return union_all(*(select(Movement.id).where(*one) for one in parts))


def movement_views(session: Session, viewer: Viewer, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return movements as `viewer` may see them: a number that is not theirs to see is None."""
    animals = numbers_of(session, Identifier.animal_id, {row.animal_id for row in rows})
    places = read_places(
        session,
        {one for row in rows for one in (row.origin_id, row.destination_id) if one is not None},
    )
    return [
        {
            **row._asdict(),
            "animal": animals[row.animal_id][0],
            "origin": _number(viewer, places, row.origin_id),
            "destination": _number(viewer, places, row.destination_id),
        }
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
