"""Reports that may be of an infectious disease, of some pigs or of their whole place; pure."""

from collections.abc import Collection, Mapping
from typing import Any

from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.model import AnimalKind, EventType

# What people are told to look for.
_OF_SWINE_FEVER = frozenset(
    {"fever", "not_eating", "red_skin", "blue_skin", "bleeding", "sudden_death"}
)
# Others, such as accidents, are of no disease.
_CAUSES = frozenset({"disease", "unknown"})


def several_died(details: Mapping[str, Any], kinds: Collection[str]) -> bool:
    """Tell whether the details of a death are of several pigs that were not culled.

    Args:
        kinds: of each animal that it names.
    """
    if details.get("cause") == "culled":
        return False
    heads: int | None = details.get("head_count")
    if heads is not None:
        return heads > 1
    return len(kinds) > 1 or AnimalKind.MOB in kinds


def is_suspicious(kind: EventType, details: Mapping[str, Any], kinds: Collection[str]) -> bool:
    """Tell whether a report may be of an infectious disease: any sickness, and several deaths.

    Args:
        kind: of the report.
        kinds: of each animal that it names.
    """
    if kind is EventType.DEATH:
        return details.get("cause") in _CAUSES and several_died(details, kinds)
    return kind is EventType.SICKNESS


def may_be_of_place(details: Mapping[str, Any]) -> bool:
    """Tell whether a sickness may be that of all pigs at its place: notifiable, or its signs.

    Who names neither a disease nor a sign may have seen anything. A lame pig is sick alone. Flu is
    what people call any fever, so the name of a disease that is not notifiable takes no sign away.
    """
    named, signs = details.get("suspicion"), set(details.get("signs", ()))
    return named in NOTIFIABLE or bool(signs & _OF_SWINE_FEVER) or not (named or signs)
