"""Movements of one animal: two sides paired in order of days, and the stays that they make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

_SIDES = (
    "origin", "destination", "departed_on", "arrived_on", "departure", "arrival", "seen_at",
    "seen_on", "heads",
)  # fmt: skip
LONGEST_JOURNEY = timedelta(days=30)
"""A departure that nobody told of arriving for longer is of another journey than a new arrival."""


@dataclass(slots=True)
class Move:
    """One movement of one animal in the middle of being paired.

    Attributes:
        id: database key, None while new.
        origin, destination: database keys of premises, None where unknown.
        departed_on, arrived_on: local days, None where that side is not reported.
        departure, arrival: journal keys of the two sides.
        seen_at, seen_on: where and when an event had proved the animal last before it departed.
        ended_on: day on which the animal's life ended, if nothing is told of it after that day.
        heads: pigs that arrived; None: nobody had counted them, or it is pork.
        derived: origin of what nobody told the origin of: where it had been before.
        changed: True if it must be written.
    """

    id: int | None = None
    origin: int | None = None
    destination: int | None = None
    departed_on: date | None = None
    arrived_on: date | None = None
    departure: int | None = None
    arrival: int | None = None
    seen_at: int | None = None
    seen_on: date | None = None
    ended_on: date | None = None
    heads: int | None = None
    derived: int | None = None
    changed: bool = field(default=False, compare=False)

    @property
    def left(self) -> tuple[date, int]:
        """Place of its departure in the order of events; the earliest where there is none."""
        return self.departed_on or date.min, self.departure or 0

    @property
    def came(self) -> tuple[date, int]:
        """Place of its arrival in the order of events; the earliest where there is none."""
        return self.arrived_on or date.min, self.arrival or 0

    @property
    def seen(self) -> "Sighting | None":
        """The last sighting before its departure."""
        return sighting(self.seen_at, self.seen_on)


class Sighting(NamedTuple):
    """Proof that an animal was at premises on a day."""

    premises: int
    day: date


def sighting(premises: int | None, day: date | None) -> Sighting | None:
    """Return a sighting from two columns that are both known or both not."""
    return None if premises is None or day is None else Sighting(premises, day)


class Stay(NamedTuple):
    """A time that an animal spent somewhere; None: not known, or still there.

    `presumed`: nobody told of its arrival, and for long of nothing else.
    """

    premises: int | None
    since: date | None
    until: date | None
    presumed: bool = False


def depart(moves: list[Move], side: Move) -> Move | None:
    """Pair a departure with an animal's movements: complete one, or begin one.

    Sides come in order, so that it can complete only what arrived on its own day.

    Args:
        moves: the animal's movements; a new one is appended.
        side: the departure: origin, departed_on, departure, and destination if known.

    Returns:
        The movement, marked as changed; None: what it says is told already.
    """
    if told_before(moves, side) is not None:
        return None
    return _merge(moves, arrived_by(moves, side), side)


def told_before(moves: Iterable[Move], side: Move) -> Move | None:
    """Return the movement of which a departure says nothing new."""
    return next(
        (
            move
            for move in moves
            if (move.departed_on, move.origin) == (side.departed_on, side.origin)
            and side.destination in {None, move.destination}
        ),
        None,
    )


def arrived_by(moves: Iterable[Move], side: Move) -> Move | None:
    """Return the arrival that a departure completes: the first of its own day that fits."""
    free = [
        move
        for move in moves
        if move.departed_on is None and move.arrived_on == side.departed_on and _fit(side, move)
    ]
    return min(free, key=lambda move: move.came, default=None)


def arrive(moves: list[Move], side: Move, seen: Sequence[Sighting] = ()) -> Move | None:
    """Pair an arrival with an animal's movements: complete the latest that fits, or begin one.

    Args:
        seen: where the animal was proved to be since the departures that may fit.

    Returns:
        See `depart`.
    """
    if any(
        (move.arrived_on, move.destination) == (side.arrived_on, side.destination)
        and side.origin in {None, move.origin}
        for move in moves
    ):
        return None
    fits = [move for move in may_complete(moves, side) if not _broken(move, side, moves, seen)]
    return _merge(moves, max(fits, key=lambda move: move.left, default=None), side)


def may_complete(moves: Iterable[Move], side: Move) -> list[Move]:
    """Return the open departures that an arrival fits by days and places."""
    return [
        move
        for move in moves
        if move.arrived_on is None
        and move.departed_on is not None
        and side.arrived_on is not None
        and move.departed_on <= side.arrived_on <= move.departed_on + LONGEST_JOURNEY
        and _fit(move, side)
    ]


def _fit(departure: Move, arrival: Move) -> bool:
    """Tell whether two sides name no other places; one that ends where it began is two trips."""
    return (
        _agree(departure.origin, arrival.origin)
        and _agree(departure.destination, arrival.destination)
        and (departure.origin is None or departure.origin != arrival.destination)
    )


def _broken(
    departure: Move, arrival: Move, moves: Iterable[Move], seen: Iterable[Sighting]
) -> bool:
    """Tell whether something of the days between shows that two sides are of two journeys."""
    first, last = departure.departed_on, arrival.arrived_on
    sides = (day for move in moves for day in (move.departed_on, move.arrived_on))
    elsewhere = (one.day for one in seen if one.premises != arrival.destination)
    between = (day for days in (sides, elsewhere) for day in days if day is not None)
    return first is not None and last is not None and any(first < day < last for day in between)


def places_on(day: date, home: tuple[int, date] | None, moves: Iterable[Move]) -> set[int]:
    """Return the premises an animal was last known at on `day`, none when nothing tells.

    Several where it came to several on one day: days have no order within.

    Args:
        day: local day; what happened on it counts.
    """
    known = [home] if home else []
    known += [
        (move.destination, move.arrived_on)
        for move in moves
        if move.arrived_on is not None and move.destination is not None
    ]
    last = max((when for _, when in known if when <= day), default=None)
    return {premises for premises, when in known if when == last}


def _agree(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def _merge(moves: list[Move], known: Move | None, side: Move) -> Move:
    if known is None:
        side.changed = True
        moves.append(side)
        return side
    for name in _SIDES:
        if getattr(known, name) is None:
            setattr(known, name, getattr(side, name))
    known.changed = True
    return known
