"""Movements of one animal by the rules, and where it is after each of its days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.model.history import SIDES, SIGHTINGS, Said

LONGEST_JOURNEY = 30


@dataclass(frozen=True)
class Told:
    """A report that has its effect, with its place in the history, which breaks ties of a day."""

    key: int
    said: Said

    @property
    def order(self) -> tuple[int, int]:
        return self.said.day, self.key


@dataclass(frozen=True)
class Movement:
    """Two sides that belong together, or one side alone."""

    departure: Told | None = None
    arrival: Told | None = None

    @property
    def left(self) -> int | None:
        return self.departure.said.day if self.departure else None

    @property
    def came(self) -> int | None:
        return self.arrival.said.day if self.arrival else None

    @property
    def origin(self) -> int | None:
        known = self.departure.said.place if self.departure else None
        return self.arrival.said.other if known is None and self.arrival else known

    @property
    def destination(self) -> int | None:
        known = self.arrival.said.place if self.arrival else None
        return self.departure.said.other if known is None and self.departure else known

    @property
    def began(self) -> tuple[int, int]:
        side = self.departure or self.arrival
        assert side is not None
        return side.order

    @property
    def days(self) -> tuple[int, int]:
        """The days of leaving and coming; where one is not known, the other stands for it."""
        known = [day for day in (self.left, self.came) if day is not None]
        return known[0], known[-1]


@dataclass(frozen=True)
class Fact:
    """One thing that tells where an animal is: it came, it left, or it was registered there."""

    day: int
    came: int | None = None
    left: Movement | None = None
    home: int | None = None


@dataclass(frozen=True)
class Where:
    """Where an animal is at the end of a day: at places, or on its way by movements.

    More than one of both together: reports of one day, which has no order within, tell no more.
    """

    places: frozenset[int] = frozenset()
    ways: tuple[Movement, ...] = ()

    @property
    def sure(self) -> bool:
        return len(self.places) + len(self.ways) < 2


def overdue(way: Movement, day: int) -> bool:
    return way.came is None and way.left is not None and day - way.left > LONGEST_JOURNEY


def overtaken(way: Movement, moves: list[Movement]) -> bool:
    """Tell whether it came elsewhere, by a journey begun before, on the day of a departure.

    The departure was before it came: it is not from where it came to, and did not bring it there.
    """
    return way.came is None and any(
        move.came == way.left and move.began < way.began and way.origin != move.destination
        for move in moves
        if move.left is not None
    )


def order_of(side: Told | None) -> tuple[int, int]:
    assert side is not None
    return side.order


def says_nothing_new(side: Told, found: list[Movement]) -> bool:
    """Tell whether a side says of a movement of its day what was told, or less."""
    told = side.said
    if told.kind == "depart":
        return any(
            move.left == told.day
            and move.origin == told.place
            and told.other in {None, move.destination}
            for move in found
        )
    return any(
        move.came == told.day
        and move.destination == told.place
        and told.other in {None, move.origin}
        for move in found
    )


def fits_together(move: Movement, side: Told, line: list[Told]) -> bool:
    """Tell whether a side completes a movement of which the other side alone is known."""
    departure, arrival = move.departure, move.arrival
    if side.said.kind == "depart" and departure is None:
        departure = side
    elif side.said.kind == "arrive" and arrival is None:
        arrival = side
    else:
        return False
    assert departure is not None
    assert arrival is not None
    left, came = departure.said, arrival.said
    if not 0 <= came.day - left.day <= LONGEST_JOURNEY or left.place == came.place:
        return False
    if not (_agree(left.place, came.other) and _agree(left.other, came.place)):
        return False
    return not any(
        left.day < one.said.day < came.day
        and (
            one.said.kind in SIDES
            or (one.said.kind in SIGHTINGS and one.said.place not in {None, came.place})
        )
        for one in line
    )


def _agree(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def after(here: Where, today: list[Fact]) -> Where:
    """Return where it is after the facts of one day, which has no order within.

    It stays where it came more often than it left. A registration says that it was there, not that
    it came.
    """
    left = [fact.left for fact in today if fact.left]
    under_way = tuple(move for move in left if move.left is not None and move.came != move.left)
    came = Counter(fact.came for fact in today if fact.came is not None)
    homes = {fact.home for fact in today if fact.home is not None}
    if not came and not homes:
        return Where(frozenset(), under_way)
    balance = Counter(came)
    balance.update(here.places & (set(came) | homes))
    for home in homes:
        balance[home] = max(balance[home], 1)
    balance.subtract(move.origin for move in left)
    places = frozenset(place for place, count in balance.items() if place is not None and count > 0)
    touched = frozenset(came) | homes
    if not places & set(came) and not any(move.origin in touched for move in under_way):
        # A round of one day of which nobody told where it began. A journey from elsewhere is no
        # part of it, and where it was registered does not tell where it ended.
        places = touched
    return Where(places, under_way)
