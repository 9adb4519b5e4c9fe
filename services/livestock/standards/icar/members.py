"""Parts, identifiers and words of resources of ICAR ADE 1.3.

Values without a word go into the member `bilum`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.livestock.domain.model import EventType, Key
from services.livestock.standards.errors import UnreadableMember, at

GENDERS = {"female": "Female", "male": "Male", "castrated": "MaleNeuter"}
UNKNOWN_GENDER = "Unknown"
MIDNIGHT = "T00:00:00Z"
# "Other" is a predator too, "OnPremise" burning too: `bilum` has the difference.
CAUSES = {
    "disease": "Disease",
    "accident": "Accident",
    "old_age": "Age",
    "culled": "Culled",
    "unknown": "Unknown",
}
DISPOSALS = {"buried": "OnPremise", "rendered": "ApprovedService", "eaten": "Consumption"}
DOSE_UNITS = {"ml": "MLT", "l": "LTR", "mg": "MGM", "g": "GRM"}
METHODS = {"scale": "LoadCell", "tape": "Girth", "eye": "Assessed"}


def move_word(
    left: dict[str, Any], detail: str, made: dict[str, Any], member: str, words: Mapping[str, str]
) -> None:
    """Write a detail as a member, where ICAR has a word for it; else leave it."""
    if left.get(detail) in words:
        made[member] = words[left.pop(detail)]


def read_word(given: Mapping[str, Any], member: str, words: Mapping[str, str]) -> str | None:
    """Read a member's word; None where the member is not there.

    Raises:
        UnreadableMember: a word that is none of `words`.
    """
    found = given.get(member)
    for ours, theirs in words.items():
        if found == theirs:
            return ours
    if found is not None:
        raise UnreadableMember(faults={(member,): f"must be one of {', '.join(words.values())}"})
    return None


@dataclass(slots=True)
class Parts:
    """One animal's share of an event.

    Attributes:
        type: of the event.
        animal: its subject.
        day: local.
        far: number of the far side of a movement; None once it is written.
        left: details that are not written yet, or those that are read so far.
    """

    type: EventType
    animal: Key
    day: date
    far: Key | None = None
    left: dict[str, Any] = field(default_factory=dict)


def identifier(scheme: str, value: str) -> dict[str, str]:
    """Write an identifier."""
    return {"id": value, "scheme": scheme}


def read_number(given: object) -> Key:
    """Read a number of an animal or premises.

    Raises:
        UnreadableMember: it has no id or no scheme.
    """
    if not isinstance(given, dict):
        raise UnreadableMember("must be an object with an id and a scheme")
    return Key(_text(given, "scheme"), _text(given, "id"))


def read_identifier(given: object, scheme: str) -> str:
    """Read the id of an identifier that must be of one scheme.

    Raises:
        UnreadableMember: it is of another one.
    """
    key = read_number(given)
    if key.scheme != scheme:
        with at("scheme"):
            raise UnreadableMember(f"must be {scheme}")
    return key.value


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        with at(name):
            raise UnreadableMember("must be a text")
    return str(value)
