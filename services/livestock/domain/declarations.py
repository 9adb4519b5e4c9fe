"""Sellers' declarations, held against what else is told of the animal; pure."""

from collections.abc import Iterable
from datetime import timedelta

from services.livestock.domain.consequences import Condition
from services.livestock.domain.events import Event
from services.livestock.domain.growth import is_swill
from services.livestock.domain.model import EventType

LATELY = timedelta(days=30)
"""Time for which a seller declares."""
CARES = frozenset({EventType.TREATMENT, EventType.FEED, EventType.SICKNESS})
"""Events that a declaration may contradict."""


def contradictions(declared: Event, cares: Iterable[Event]) -> set[Condition]:
    """Return what a declaration that all is well denies, by the events before it."""
    found = (
        _denied(declared, one) for one in cares if not one.evidence and one.day <= declared.day
    )
    return {condition for condition in found if condition is not None}


def _denied(declared: Event, one: Event) -> Condition | None:
    lately = declared.day - one.day <= LATELY
    if one.type is EventType.TREATMENT:
        withdrawal = timedelta(days=one.details.get("withdrawal_days", 0))
        runs = one.day + withdrawal >= declared.day
        return Condition.TREATED_LATELY if lately or runs else None
    if one.type is EventType.FEED:
        swill = lately and is_swill(one.details["product"])
        return Condition.SWILL_LATELY if swill else None
    # Anybody may report sickness: it counts if a keeper or an officer did, or the declarer.
    theirs = one.standing is not None or (
        one.reporter is not None and one.reporter == declared.reporter
    )
    return Condition.SICK_LATELY if lately and theirs else None
