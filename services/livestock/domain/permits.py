"""Choice of the permit that covers a journey, or the fault of the nearest one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movement_questions import Bar, Journey, MovingAnimal, Reason
from services.livestock.domain.places import Whereabouts


class PermitState(StrEnum):
    """State of a permit."""

    ASKED = "asked"
    ISSUED = "issued"
    REFUSED = "refused"
    REVOKED = "revoked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one journey.

    Attributes:
        animals: database keys; where there are none, it covers any `head_count` pigs.
        head_count: how many pigs it covers, those that it was used for not among them; of named
            mobs, as many as they had when it was asked for. None: it names single pigs alone.
        origin, destination: database keys of premises; None fits any.
        first, last: days on which it is valid.
        id: database key.
        revoked_on: day on which it was revoked after it was issued: until then it was good.
    """

    number: str
    state: PermitState
    animals: frozenset[int]
    head_count: int | None
    origin: int | None
    destination: int | None
    first: date
    last: date
    id: int | None = None
    revoked_on: date | None = None

    @property
    def heads(self) -> int:
        """Number of pigs that it covers."""
        return len(self.animals) if self.head_count is None else self.head_count

    @property
    def for_any(self) -> bool:
        """True if it covers any pigs, up to a count."""
        return not self.animals and self.head_count is not None

    def bar(self, reason: Reason) -> Bar:
        """Return a bar for a fault of the permit."""
        values = {
            "permit": self.number,
            "first": self.first,
            "last": self.last,
            "count": self.heads,
        }
        return Bar(reason, values, self.first if reason is Reason.PERMIT_NOT_YET else None)


class PermitArrival(NamedTuple):
    """An arrival that may use up a permit; keys are the database's.

    Attributes:
        origin: None: not known.
        day: of its departure, where that is known, else of its arrival.
        heads: pigs; None: nobody counted them, so that it takes all that is left.
        named: the permit that it, or its departure, names.
    """

    journal_id: int
    animal: int
    kind: str
    origin: int | None
    destination: int
    day: date
    arrived_on: date
    heads: int | None
    named: int | None = None


def assign(
    arrivals: Iterable[PermitArrival], permits: Mapping[int, Permit]
) -> list[tuple[PermitArrival, int]]:
    """Choose for each arrival, in order of days, the one permit that it uses up, if any.

    The one that is named; else the one that names the animal; else, of those for a count that fit
    road, dates and kind, and have heads left, the one that ends first; the one that was asked for
    first, where that leaves several.

    Args:
        permits: by database key, with all of their heads.
    """
    left = {key: permit.head_count or 0 for key, permit in permits.items()}
    roads, names = defaultdict[int | None, set[int]](set), defaultdict[int, set[int]](set)
    for key, permit in permits.items():
        if permit.for_any:
            roads[permit.origin].add(key)
        for animal in permit.animals:
            names[animal].add(key)
    found = []
    for one in sorted(arrivals, key=lambda one: (one.arrived_on, one.journal_id, one.animal)):
        near = roads[one.origin] | names[one.animal]
        if one.named is not None and one.named in permits:
            near = near | {one.named}
        fits = [key for key in near if _is_for(permits[key], key, one, left[key])]
        if fits:
            best = min(fits, key=lambda key: _rank(permits[key], key, one))
            left[best] -= left[best] if one.heads is None else one.heads
            found.append((one, best))
    return found


def _is_for(permit: Permit, key: int, one: PermitArrival, left: int) -> bool:
    if one.destination != permit.destination or one.arrived_on < permit.first:
        return False
    if key == one.named or one.animal in permit.animals:
        return True
    counts = permit.for_any and one.kind != AnimalKind.CONSIGNMENT and left > 0
    return counts and one.origin == permit.origin and permit.first <= one.day <= permit.last


def _rank(permit: Permit, key: int, one: PermitArrival) -> tuple[bool, bool, date, int]:
    return key != one.named, one.animal not in permit.animals, permit.last, key


_ORDER = list(Reason)
_ENDED = {
    PermitState.REFUSED: Reason.PERMIT_REFUSED,
    PermitState.REVOKED: Reason.PERMIT_REVOKED,
    PermitState.CLOSED: Reason.PERMIT_USED,
}


def permit_for(
    animal: MovingAnimal, journey: Journey, permits: Sequence[Permit], left: Mapping[str, int]
) -> Permit | Bar:
    """Choose the permit that covers an animal, or return the bar of the nearest one.

    A permit with one fault is named; one with more is meant for something else.

    Args:
        permits: those that concern it: that name it, or lead from where it is.
        left: by number of a permit, how many more pigs it covers.
    """
    weighed = [(permit, _faults(permit, animal, journey, left)) for permit in permits]
    good = [permit for permit, faults in weighed if not faults]
    if good:
        return min(good, key=lambda one: (not one.animals, one.last, one.id or 0, one.number))
    near = [(faults[0], permit) for permit, faults in weighed if len(faults) == 1]
    if not near:
        return Bar(Reason.NO_PERMIT)
    fault, permit = min(near, key=_nearness)
    return permit.bar(fault)


def _nearness(candidate: tuple[Reason, Permit]) -> tuple[int, int, str]:
    fault, permit = candidate
    return _ORDER.index(fault), -permit.last.toordinal(), permit.number


def _faults(
    permit: Permit, animal: MovingAnimal, journey: Journey, left: Mapping[str, int]
) -> list[Reason]:
    on_the_way = _same(journey.start, permit.origin) and _same(journey.end, permit.destination)
    found = [
        _of_animal(permit, animal),
        None if on_the_way else Reason.PERMIT_OTHER_ROUTE,
        _of_time(permit, journey.on),
        _of_count(permit, animal, left),
    ]
    return [fault for fault in found if fault]


def _same(where: Whereabouts | None, premises: int | None) -> bool:
    here = where and where.premises
    return here is None or premises is None or here == premises


def _of_animal(permit: Permit, animal: MovingAnimal) -> Reason | None:
    if permit.animals:
        covered = animal.id in permit.animals
    else:
        covered = permit.for_any and animal.kind != AnimalKind.CONSIGNMENT
    return None if covered else Reason.PERMIT_OTHER_ANIMAL


def _of_time(permit: Permit, on: date) -> Reason | None:
    was_good = permit.revoked_on is not None and on < permit.revoked_on
    if permit.state in _ENDED and not was_good:
        return _ENDED[permit.state]
    if on > permit.last:
        return Reason.PERMIT_EXPIRED
    if permit.state == PermitState.ASKED:
        return Reason.PERMIT_WAITING
    return Reason.PERMIT_NOT_YET if on < permit.first else None


def _of_count(permit: Permit, animal: MovingAnimal, left: Mapping[str, int]) -> Reason | None:
    of_others = permit.animals and animal.id not in permit.animals
    if of_others or animal.kind == AnimalKind.CONSIGNMENT:
        return None
    if animal.heads is None:
        return Reason.UNCOUNTED
    return Reason.PERMIT_TOO_MANY if animal.heads > left.get(permit.number, 0) else None
