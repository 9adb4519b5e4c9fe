"""Random movements, the rows that hold them, and contact chains by trying every path."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from services.livestock.tracing.chains import Contact, Summary
from services.livestock.tracing.model import Direction, TraceWindow
from services.storage.models import Animal, Identifier, Movement, Premises
from tests.factories import day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.storage.database import Database

WINDOW = TraceWindow(day(3), day(8))
PLACES = range(1, 8)


class Trip(NamedTuple):
    """A movement by small numbers: places and days; None: not known."""

    origin: int | None
    destination: int | None
    departed: int | None
    arrived: int | None

    @property
    def contact(self) -> Contact | None:
        """The contact that it makes within WINDOW, if it makes any."""
        days = [one for one in (self.departed, self.arrived) if one is not None]
        if None in {self.origin, self.destination} or not any(3 <= one <= 8 for one in days):
            return None
        if days != sorted(days):
            return None
        one = Contact(self.origin, self.destination, days[0], days[-1])
        return one if one.origin != one.destination else None


def _trip(places, days, kind):
    (origin, destination), (first, second) = places, days
    return {
        "whole": Trip(origin, destination, min(days), max(days)),
        "same day": Trip(origin, destination, first, first),
        "backwards": Trip(origin, destination, max(days), min(days)),
        "departure": Trip(origin, destination, first, None),
        "arrival": Trip(origin, destination, None, second),
        "from somewhere": Trip(None, destination, None, second),
        "to somewhere": Trip(origin, None, first, None),
    }[kind]


_KINDS = [
    *["whole"] * 3,
    *["same day"] * 3,
    "backwards",
    "departure",
    "arrival",
    "from somewhere",
    "to somewhere",
]
trips = st.lists(
    st.builds(
        _trip,
        st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES)),
        st.tuples(st.integers(1, 10), st.integers(1, 10)),
        st.sampled_from(_KINDS),
    ),
    max_size=24,
)


def contacts_of(trips: Iterable[Trip]) -> list[Contact]:
    return [one for trip in trips if (one := trip.contact)]


def walk(contacts: Iterable[Contact], root: int, direction: Direction) -> dict[int, tuple]:
    """Every premises reached: its best day and fewest steps, by following every path."""
    found: dict[int, tuple] = {}
    out = direction is Direction.OUTGOING
    known = list(contacts)

    def follow(here: int, on: int, steps: int, used: frozenset[int]) -> None:
        for place, one in enumerate(known):
            near, far = (one.origin, one.destination) if out else (one.destination, one.origin)
            fits = one.departed >= on if out else one.arrived <= on
            if place in used or near != here or not fits:
                continue
            on_far = one.arrived if out else one.departed
            if far != root:
                best, fewest = found.get(far, (on_far, steps))
                best = min(best, on_far) if out else max(best, on_far)
                found[far] = (best, min(fewest, steps))
            follow(far, on_far, steps + 1, used | {place})

    follow(root, 0 if out else 99, 1, frozenset())
    return found


def summary_of(contacts: Iterable[Contact], root: int) -> Summary:
    """Degrees and chains of one premises, by following every path."""
    known = list(contacts)
    into, out = walk(known, root, Direction.INGOING), walk(known, root, Direction.OUTGOING)
    return Summary(
        sum(steps == 1 for _, steps in into.values()),
        sum(steps == 1 for _, steps in out.values()),
        len(into),
        len(out),
    )


def settle(database: Database, trips: Iterable[Trip]) -> dict[int, int]:
    """Put movements into the database, in place of any before; small number -> database key."""
    with database.write() as session:
        for table in (Movement, Identifier, Animal, Premises):
            session.execute(delete(table))
        session.execute(
            insert(Premises),
            [
                {
                    "public_id": uuid4(),
                    "subject_key": bytes([number] * 32),
                    "kind": "household",
                    "found": True,
                }
                for number in PLACES
            ],
        )
        ids = dict(
            zip(PLACES, session.scalars(select(Premises.id).order_by(Premises.id)), strict=True)
        )
        session.execute(
            insert(Identifier),
            [
                {"scheme": "premises", "value": str(number), "premises_id": ids[number]}
                for number in PLACES
            ],
        )
        session.execute(
            insert(Animal),
            [{"public_id": uuid4(), "scheme": "animal", "value": "1", "found": True}],
        )
        animal = session.scalars(select(Animal.id)).one()
        rows = [_row(trip, ids, animal) for trip in trips]
        if rows:
            session.execute(insert(Movement), rows)
    return ids


def _row(trip: Trip, ids: dict[int, int], animal: int) -> dict[str, object]:
    return {
        "animal_id": animal,
        "origin_id": ids.get(trip.origin),
        "destination_id": ids.get(trip.destination),
        "departed_on": trip.departed and day(1) + timedelta(days=trip.departed - 1),
        "arrived_on": trip.arrived and day(1) + timedelta(days=trip.arrived - 1),
    }
