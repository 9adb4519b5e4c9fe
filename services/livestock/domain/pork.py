"""Pork and the pigs that it is said to come from: what speaks against it; pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from services.livestock.domain.consequences import Condition
from services.livestock.domain.model import AnimalKind
from services.livestock.domain.statuses import OF_DISEASE, Status, StatusKind

MOST_OF_A_PIG = 200.0
"""Kilograms of pork that one pig gives at most, where its carcass was not weighed: a large boar."""


class SourcePig(NamedTuple):
    """A pig, a mob or other pork that a consignment names, as the book tells of it.

    Attributes:
        named: as the report names it.
        known: whether the book has it.
        slaughtered: whether its life ended by a slaughter.
        kilograms: weight of its carcass; of a consignment its own.
        of_place: statuses of where it was seen last.
        tied: whether the reporter has a tie to it.
    """

    named: str
    known: bool = True
    kind: str = AnimalKind.ANIMAL
    ended_on: date | None = None
    slaughtered: bool = False
    withdrawal_until: date | None = None
    kilograms: float | None = None
    statuses: Sequence[Status] = ()
    of_place: Sequence[Status] = ()
    tied: bool = True


class Pork(NamedTuple):
    """A consignment on the day of its registration, with all that is known of its pigs.

    Attributes:
        others: kilograms of other consignments that name one of its pigs.
    """

    day: date
    kilograms: float | None
    pigs: Sequence[SourcePig]
    others: float = 0


def against(pork: Pork) -> list[tuple[Condition, list[str]]]:
    """Return the conditions under which pork is registered, with the pigs of each."""
    found = []
    for condition, holds in _CHECKS.items():
        if named := [pig.named for pig in pork.pigs if holds(pig, pork.day)]:
            found.append((condition, named))
    most = most_kilograms(pork.pigs)
    if most is not None and (pork.kilograms or 0) + pork.others > most:
        found.append((Condition.PORK_HEAVY, [pig.named for pig in pork.pigs]))
    return found


def most_kilograms(pigs: Iterable[SourcePig]) -> float | None:
    """Return how much pork some pigs give at most; None: a mob is among them, of nobody knows."""
    total = 0.0
    for pig in pigs:
        if pig.kind == AnimalKind.MOB and pig.kilograms is None:
            return None
        total += MOST_OF_A_PIG if pig.kilograms is None else pig.kilograms
    return total


def _stolen(pig: SourcePig, day: date) -> bool:
    return any(one.kind is StatusKind.STOLEN and one.holds_on(day) for one in pig.statuses)


def _sick(pig: SourcePig, day: date) -> bool:
    last = min(day, pig.ended_on or day)
    marked = (*pig.statuses, *pig.of_place)
    return any(one.kind in OF_DISEASE and one.holds_on(last) for one in marked)


def _dead(pig: SourcePig, day: date) -> bool:
    return pig.ended_on is not None and pig.ended_on <= day and not pig.slaughtered


def _residue(pig: SourcePig, day: date) -> bool:
    until = pig.withdrawal_until
    return until is not None and min(day, pig.ended_on or day) <= until


def _alive(pig: SourcePig, _day: date) -> bool:
    # Of a mob some may be slaughtered while the others live; pork that is parted goes on.
    return pig.known and pig.ended_on is None and pig.kind == AnimalKind.ANIMAL


def _early(pig: SourcePig, day: date) -> bool:
    return pig.ended_on is not None and day < pig.ended_on


_CHECKS: dict[Condition, Callable[[SourcePig, date], bool]] = {
    Condition.PORK_STOLEN: _stolen,
    Condition.PORK_SICK: _sick,
    Condition.PORK_DEAD: _dead,
    Condition.PORK_RESIDUE: _residue,
    Condition.PORK_ALIVE: _alive,
    Condition.PORK_EARLY: _early,
    Condition.PORK_UNKNOWN: lambda pig, _day: not pig.known,
    Condition.PORK_OTHERS: lambda pig, _day: not pig.tied,
}
