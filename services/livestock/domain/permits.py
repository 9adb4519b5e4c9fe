"""Choice of the permit that covers a journey, or the fault of the nearest one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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
        origin, destination: database keys of premises; None fits any.
        first, last: days on which it is valid.
    """

    number: str
    state: PermitState
    animals: frozenset[int]
    head_count: int | None
    origin: int | None
    destination: int | None
    first: date
    last: date

    def bar(self, reason: Reason) -> Bar:
        """Return a bar for a fault of the permit."""
        values = {
            "permit": self.number,
            "first": self.first,
            "last": self.last,
            "count": self.head_count,
        }
        return Bar(reason, values, self.first if reason is Reason.PERMIT_NOT_YET else None)


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
        left: by number of a permit for a count, how many more pigs it covers.
    """
    weighed = [(permit, _faults(permit, animal, journey, left)) for permit in permits]
    good = [permit for permit, faults in weighed if not faults]
    if good:
        return min(good, key=lambda permit: (not permit.animals, permit.last, permit.number))
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
        covered = permit.head_count is not None and animal.kind != AnimalKind.CONSIGNMENT
    return None if covered else Reason.PERMIT_OTHER_ANIMAL


def _of_time(permit: Permit, on: date) -> Reason | None:
    if permit.state in _ENDED:
        return _ENDED[permit.state]
    if on > permit.last:
        return Reason.PERMIT_EXPIRED
    if permit.state == PermitState.ASKED:
        return Reason.PERMIT_WAITING
    return Reason.PERMIT_NOT_YET if on < permit.first else None


def _of_count(permit: Permit, animal: MovingAnimal, left: Mapping[str, int]) -> Reason | None:
    if permit.animals or animal.kind == AnimalKind.CONSIGNMENT:
        return None
    if animal.heads is None:
        return Reason.UNCOUNTED
    return Reason.PERMIT_TOO_MANY if animal.heads > left.get(permit.number, 0) else None
