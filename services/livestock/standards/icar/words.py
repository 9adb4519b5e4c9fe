"""Words of ICAR ADE 1.3 for ours; values without one go into the member `bilum`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.livestock.standards.errors import UnreadableMember

GENDERS = {"female": "Female", "male": "Male", "castrated": "MaleNeuter"}
UNKNOWN_GENDER = "Unknown"
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
