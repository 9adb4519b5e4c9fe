"""Blood pressure in plain words: two numbers, and whether signs go with them; pure.

Limits: WHO HEARTS (180/110: the same day; with signs of harm to an organ: an emergency) and WHO on
pre-eclampsia (140/90 in pregnancy, 160/110 severe).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

SIGNS, HIGH = "pressure_signs", "high_pressure"
"""Codes of dangers: a reading that is an emergency, and one for a health worker on the same day."""

_NAMED = r"(?:pressure|presa|presha|\bbp\b)"
_TWO = r"([0-9]{2,3})\s*(?:/|\\|over|ova|antap long|antap|on)\s*([0-9]{2,3})(?![0-9/.,]*[0-9])"
_LOOSE = r"[^0-9.!?]{0,25}([0-9]{2,3})\s*(?:-|na|and|,)?\s*([0-9]{2,3})(?![0-9])"
_PAIRS = (
    re.compile(r"(?<![0-9/.,k])" + _TWO),
    re.compile(_NAMED + _LOOSE),
)
_ONE = re.compile(_NAMED + r"[^0-9.!?]{0,25}([0-9]{3})(?![0-9/])")
_UPPER, _LOWER = range(60, 301), range(30, 201)
_VERY_HIGH, _SEVERE, _RAISED = (180, 110), (160, 110), (140, 90)
_SIGN = (
    r"\b(?:headache|head (?:is )?(?:hurt|pain|ach|sore|pound)\w*|pain in (?:my|the) head"
    r"|het \w* ?\w* ?i? ?pen|ai \w* ?\w* ?i? ?(?:no klia|klaut|tudak)|ai i raun|dizzy|blur\w*"
    r"|(?:cannot|cant|not|hard to) see|chest|bros|breath\w*|sotwin|win i sot|weak(?:ness)?\b"
    r"|numb(?:ness)?\b|slur\w*|crooked|krungut|confus\w*|(?:het|tok\w*) (?:\w+ )?i? ?paul"
    r"|vomit\w*|traut|nose ?bleed\w*|fits?\b|faint\w*|indai)"
)
_SIGNS = re.compile(_SIGN)
_DENIED = re.compile(r"\b(?:no|nogat|without|i no gat)\s+(?:\w+ ){0,2}?" + _SIGN)
_EXPECTING = re.compile(r"\bpregnan|\bgat bel\b|\bexpecting\b")


class Pressure(NamedTuple):
    """A reading in mmHg; `lower` is 0 where only the upper number is told."""

    upper: int
    lower: int

    def reaches(self, limits: tuple[int, int]) -> bool:
        """Tell whether either number is at its limit or above."""
        return self.upper >= limits[0] or self.lower >= limits[1]


def reading_of(text: str) -> Pressure | None:
    """Return the last blood pressure that a text tells; None: there is none."""
    plain = text.casefold()
    found = [one for pattern in _PAIRS for one in _pairs(pattern, plain)]
    if found:
        return found[-1]
    alone = _ONE.search(plain)
    return Pressure(int(alone[1]), 0) if alone and int(alone[1]) in _UPPER else None


def _pairs(pattern: re.Pattern[str], text: str) -> Iterator[Pressure]:
    for one in pattern.finditer(text):
        upper, lower = int(one[1]), int(one[2])
        if upper in _UPPER and lower in _LOWER and upper > lower:
            yield Pressure(upper, lower)


def danger_of_pressure(text: str) -> str | None:
    """Return the danger that a reading of blood pressure means; None: none, or no reading."""
    told = reading_of(text)
    if told is None:
        return None
    plain = text.casefold()
    signs = _SIGNS.search(_DENIED.sub(" ", plain)) is not None
    if _EXPECTING.search(plain):
        severe = told.reaches(_SEVERE) or (signs and told.reaches(_RAISED))
        return SIGNS if severe else HIGH if told.reaches(_RAISED) else None
    if not told.reaches(_VERY_HIGH):
        return None
    return SIGNS if signs else HIGH
