"""Condemned parts of carcasses, as an inspection records them and as a text counts them; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

WHOLE = "whole"


def post_mortem(condemned: Iterable[str]) -> dict[str, Any]:
    """Write the details of an inspection after slaughter that condemned parts, or nothing."""
    found = list(condemned)
    whole = any(one.partition(":")[0] == WHOLE for one in found)
    outcome = "seized" if whole else "passed"
    told: dict[str, Any] = {"purpose": "post_mortem", "outcome": outcome}
    return told | ({"condemned": found} if found else {})


def counted(of_animals: Iterable[Iterable[str]]) -> Mapping[str, int]:
    """Count in how many animals each part was condemned for each reason, most often first."""
    return dict(Counter(one for each in of_animals for one in sorted(set(each))).most_common())
