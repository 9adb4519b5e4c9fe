"""Which animals were at one place together, by brute force over each pair and each stay.

Where reports leave it open when a stay began or ended, it lasted: a contact too many is better
than one missed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.model.moving import Movement
    from tests.model.rules import Reference


@dataclass(frozen=True)
class Stay:
    """Days at a place, both of them counted."""

    place: int
    first: float
    last: float

    def meets(self, other: Stay, days: tuple[float, float]) -> bool:
        """Tell whether two animals were there at one time within some days."""
        first = max(self.first, other.first, days[0])
        return self.place == other.place and first <= min(self.last, other.last, days[1])


def companions(
    model: Reference, animal: int, days: tuple[float, float] = (-inf, inf)
) -> set[tuple[int, int]] | None:
    """Return each animal that met one, and where; None where ties of a day leave it open."""
    stays = {one: stays_of(model, one) for one in model.history.animals}
    if None in stays.values():
        return None
    return {
        (other, mine.place)
        for other, theirs in stays.items()
        if other != animal
        for stay in theirs or ()
        for mine in stays[animal] or ()
        if mine.meets(stay, days)
    }


def stays_of(model: Reference, animal: int) -> list[Stay] | None:
    """Return the stays of an animal; None if more than one thing happened to it on a day."""
    moves = model.movements(animal)
    homes = {(one.said.day, one.said.place) for one in model.homes(animal)}
    days = [day for move in moves for day in {move.left, move.came} - {None}]
    days += [day for day, _ in homes]
    if any(count > 1 for count in Counter(days).values()) or _parted_at_once(model, animal):
        return None
    found = _walk([(move.days[0], move) for move in moves])
    for day, place in sorted(homes):
        if not any(one.place == place and -inf < one.first <= day <= one.last for one in found):
            moves = [*moves, _Came(day, place)]
            found = _walk([(move.days[0], move) for move in moves])
    end = model.ended(animal)
    if end is None:
        return found
    # Nothing stays after its end; what was told of later days is told, and so it is kept.
    return [
        Stay(one.place, one.first, max(one.first, end)) if one.last == inf else one for one in found
    ]


def _parted_at_once(model: Reference, animal: int) -> bool:
    """Tell whether it parted from a mob on the day on which that began at another place."""
    part = model.registration(animal)
    while part and part.said.part_of in model.history.mobs:
        assert part.said.part_of is not None
        mob = model.registration(part.said.part_of)
        if mob and mob.said.day == part.said.day and mob.said.place != part.said.place:
            return True
        part = mob
    return False


@dataclass(frozen=True)
class _Came:
    """A registration where nothing else tells that it was: it came there on that day."""

    came: int
    destination: int | None
    origin: int | None = None
    left: int | None = None

    @property
    def days(self) -> tuple[int, int]:
        return self.came, self.came


def _walk(moves: list[tuple[int, Movement | _Came]]) -> list[Stay]:
    found: list[Stay] = []
    for _, move in sorted(moves, key=lambda one: one[0]):
        origin, day = move.origin, move.days[0]
        if origin is None and found:
            origin = found[-1].place
        here = [one for one in found if one.place == origin and one.last == inf]
        found = [Stay(one.place, one.first, day) if one in here else one for one in found]
        if not here and move.origin is not None:
            found.append(Stay(move.origin, -inf, day))
        if move.came is not None and move.destination is not None:
            found.append(Stay(move.destination, move.came, inf))
    return found


def before(stays: list[Stay], move: Movement) -> int | None:
    """Return where it was before a movement that names no origin."""
    places = [one.place for one in stays]
    for number, stay in enumerate(stays):
        if (stay.place, stay.first) == (move.destination, move.came):
            return places[number - 1] if number else None
    return None
