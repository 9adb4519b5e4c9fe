"""Censuses of pigs: their states, whose answer fits the book, and when the silent are chased; pure.

A census asks each keeper of an area how many pigs they keep. An answer is a count of their whole
herd: it changes no animal, and stands beside what the book knows.
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from gateway.mood import mood_of
from gateway.numerals import NUMERALS, numeral

MOST_COUNTED = 9_999
"""Pigs of one keeper; what is above it is no count, but another number."""
LATEST = timedelta(days=60)
"""Time after the end in which an answer is still taken, as late."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_GLUED = re.compile(r"([0-9]{1,4})(?:pela|pla|pigs?|piks?)")
_NONE = frozenset({"none", "nil", "zero", "nogat", "nating"})
_ABOUT = frozenset(
    {"about", "around", "roughly", "almost", "maybe", "perhaps", "nearly", "over", "under"}
    | {"ating", "klostu", "samting", "winim", "olsem", "or", "o", "plus", "more", "less"}
)
_IDLE = frozenset(
    {"i", "we", "have", "keep", "got", "only", "just", "pig", "pigs", "pik", "pikpik", "piks"}
    | {"my", "our", "all", "total", "count", "mi", "mipela", "gat", "tasol", "olgeta", "bilong"}
    | {"it", "is", "its", "em", "there", "are", "at", "the", "moment", "now", "nau", "stap"}
    | {"thanks", "thank", "you", "tenkyu", "answer", "ansa", "number", "namba", "no"}
)


class CensusState(StrEnum):
    """State of a census."""

    DRAFTED = "drafted"
    OPEN = "open"
    CLOSED = "closed"


class CensusArea(NamedTuple):
    """Area of a census: the country, a province, or a district of it."""

    province: str | None
    district: str | None

    @property
    def name(self) -> str:
        """The area in words; empty: the whole country."""
        return self.district or self.province or ""

    def meets(self, other: "CensusArea") -> bool:
        """Tell whether two areas have ground in common."""
        if None in {self.province, other.province}:
            return True
        if self.province != other.province:
            return False
        both = (self.district, other.district)
        return None in both or len({one.casefold() for one in both if one}) == 1


class CountAnswer(NamedTuple):
    """A number of pigs as somebody wrote it.

    `asks`: it is a question. `sure`: nothing in it is a doubt or a denial.
    """

    heads: int | None
    sure: bool = True
    asks: bool = False


def read_count(text: str) -> CountAnswer | None:
    """Read an answer to a census: a number alone, in digits or words; None: it is none.

    A second number, or a word that counts no pigs, makes it another message.
    """
    words = _WORD.findall(text.casefold())
    if not words:
        return CountAnswer(None, asks=True) if text.strip("?! .") == "" and "?" in text else None
    if any(word.isdecimal() and _number(word) is None for word in words):
        return None
    numbers = [number for word in words if (number := _number(word)) is not None]
    others = {word for word in words if _number(word) is None}
    if others - _IDLE - _ABOUT - _NONE or len(numbers) > 1:
        return None
    if "?" in text:
        return CountAnswer(numbers[0] if numbers else None, asks=True)
    if numbers:
        denied = others & (_ABOUT | _NONE | {"no"}) or mood_of(text) is not None
        return CountAnswer(numbers[0], sure=not denied)
    return CountAnswer(0, sure=False) if others & _NONE and "no" not in others else None


def _number(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if word.isascii() and len(word) <= len(str(MOST_COUNTED)) else None
    if found := _GLUED.fullmatch(word):
        return int(found[1])
    return numeral(word) if word in NUMERALS else None


def differs(heads: int, known: int) -> bool:
    """Tell whether a count contradicts the book; where it knows no pigs, nothing does."""
    return bool(known) and heads != known


def chased_from(first_day: date, days: int) -> date:
    """Return the local day from which the silent are asked once more."""
    return first_day + timedelta(days=days)


def listed_from(first_day: date, last_day: date, days: int) -> date:
    """Return the local day from which the silent are listed: before the end, as far as it goes."""
    return min(first_day + timedelta(days=2 * days), last_day)
