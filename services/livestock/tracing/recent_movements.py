"""Movements from and to some places within some days, joined by origin and destination."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from services.livestock.recording.projection import BEGAN_AT
from services.livestock.tracing.model import TraceWindow
from services.storage.models import Movement
from services.storage.rowsets import keys


class MovementLink(NamedTuple):
    """Movements from one place to another; premises are database keys.

    Attributes:
        animals: number of different animals.
        first, last: earliest and latest day known of them.
    """

    origin: int
    destination: int
    animals: int
    first: date
    last: date


def movements_around(
    session: Session, premises: Iterable[int], window: TraceWindow, most: int
) -> list[MovementLink]:
    """Return the movements from and to some premises within a window, those of most pigs first."""
    places = set(premises)
    columns = (
        Movement.id,
        Movement.animal_id,
        BEGAN_AT.label("origin_id"),
        Movement.destination_id,
        func.coalesce(Movement.departed_on, Movement.arrived_on).label("day"),
    )
    # A range of one index each, as a trace reads them.
    found = union(
        select(*columns).where(
            Movement.origin_id.in_(keys(session, places)), Movement.departed_on.between(*window)
        ),
        select(*columns).where(
            Movement.derived_origin_id.in_(keys(session, places)),
            Movement.arrived_on.between(*window),
        ),
        select(*columns).where(
            Movement.destination_id.in_(keys(session, places)), Movement.arrived_on.between(*window)
        ),
    ).subquery()
    animals = func.count(found.c.animal_id.distinct())
    rows = session.execute(
        select(
            found.c.origin_id,
            found.c.destination_id,
            animals,
            func.min(found.c.day),
            func.max(found.c.day),
        )
        .where(
            found.c.origin_id.is_not(None),
            found.c.destination_id.is_not(None),
            found.c.origin_id != found.c.destination_id,
        )
        .group_by(found.c.origin_id, found.c.destination_id)
        .order_by(animals.desc(), found.c.origin_id, found.c.destination_id)
        .limit(most)
    )
    return [MovementLink(*row) for row in rows]
