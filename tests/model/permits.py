"""Permits by the rules: which arrival uses which, and when each is used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.model.companions import before, stays_of

if TYPE_CHECKING:
    from tests.model.history import Said
    from tests.model.moving import Movement, Told
    from tests.model.rules import Reference


@dataclass(frozen=True)
class Use:
    """An arrival that used a permit: places of both in the history, and heads."""

    arrival: int
    animal: int
    permit: int
    heads: int


@dataclass(frozen=True)
class Came:
    """An arrival that may use a permit; `heads` None: not counted."""

    told: Told
    move: Movement
    animal: int
    origin: int | None
    heads: int | None


def used_up(model: Reference) -> tuple[set[Use], dict[int, int | None]] | None:
    """Return the uses of permits, and the day on which each is used up, by place in the history.

    None where ties of a day leave open from where an animal came.
    """
    permits = {key: one for key, one in enumerate(model.history.said) if one.kind == "permit"}
    came = [] if permits else list[Came]()
    if permits:
        found = _arrivals(model)
        if found is None:
            return None
        came = found
    uses = _uses(model, permits, came)
    return set(uses), {key: _ends(model, key, one, uses) for key, one in permits.items()}


def _uses(model: Reference, permits: dict[int, Said], came: list[Came]) -> list[Use]:
    left = {key: one.heads or 0 for key, one in permits.items()}
    uses = []
    for one in sorted(came, key=lambda one: (*one.told.order, one.animal)):
        named = _named(model, one, permits)
        fits = [key for key in permits if _fits(model, one, permits[key], key == named, left[key])]
        if not fits:
            continue
        key = min(fits, key=lambda key: _rank(permits[key], key, key == named, one.animal))
        takes = left[key] if one.heads is None else one.heads
        left[key] -= takes
        heads = (permits[key].heads or 1) if one.heads is None else one.heads
        uses.append(Use(one.told.key, one.animal, key, heads))
    return uses


def _fits(model: Reference, one: Came, permit: Said, named: bool, left: int) -> bool:  # noqa: FBT001
    if one.move.destination != permit.other or one.told.said.day < permit.day:
        return False
    if named or (permit.heads is None and permit.animal == one.animal):
        return True
    assert permit.until is not None
    counts = permit.heads is not None and one.animal not in model.history.pork and left > 0
    return counts and one.origin == permit.place and permit.day <= one.move.days[0] <= permit.until


def _rank(permit: Said, key: int, named: bool, animal: int) -> tuple[bool, bool, int, int]:  # noqa: FBT001
    its = permit.heads is None and permit.animal == animal
    assert permit.until is not None
    return not named, not its, permit.until, key


def _named(model: Reference, one: Came, permits: dict[int, Said]) -> int | None:
    """Return the permit that an arrival names, if it was told of before."""
    for side in (one.move.arrival, one.move.departure):
        number = side.said.permit if side else None
        for key, permit in permits.items():
            if side and number is not None and permit.permit == number and key < side.key:
                return key
    return None


def _ends(model: Reference, key: int, permit: Said, uses: list[Use]) -> int | None:
    own = [(use, model.history.said[use.arrival].day) for use in uses if use.permit == key]
    if permit.heads is None:
        came = [day for use, day in own if use.animal == permit.animal]
        return came[-1] if came else model.ended(permit.animal)
    left = permit.heads
    for use, day in own:
        left -= use.heads
        if left <= 0:
            return day
    return None


def _arrivals(model: Reference) -> list[Came] | None:
    """Return the arrivals of each animal's own: those of its mob counted it there."""
    found = []
    for animal in model.history.animals:
        for move in model.movements(animal):
            told = move.arrival
            if told is None or told.said.animal != animal:
                continue
            heads = model.heads_before(animal, told)
            if heads == 0:
                continue
            origin = move.origin
            if origin is None:
                stays = stays_of(model, animal)
                if stays is None:
                    return None
                origin = before(stays, move)
            found.append(Came(told, move, animal, origin, heads))
    return found
