"""Features that the second reader weighs in a text: words, their parts and meanings; pure.

A feature is written as a person can read it: `cannot breathe` two words, `~brea` letters, `=child`
a meaning, `child+swallow` two meanings in this order, `found:suicide` what the rules found.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from gateway.phrases import clean

_WORD = re.compile(r"[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+|[?]")
_DIGIT = re.compile(r"[0-9]")
# Readings of sugar in mmol/L: danger below and from here, and the highest of a meter.
_LOW, _HIGH, _HIGHEST = 3.5, 18, 35
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_MOST_WORDS = 120
_SHORTEST_PART, _LONGEST_PART = 3, 5
_NEAR = range(1, 5)
_BEFORE = "+"
_OPENING, _END = "^", "$"
FOUND = 0.5
"""What each find of the rules counts."""


class Meant(NamedTuple):
    """A meaning, and the place of the word that has it among the words of a reading."""

    at: int
    meaning: str


class Kind(NamedTuple):
    """A kind of features: how much all of them weigh together, and how many a short text lacks."""

    weight: float
    lacks: int

    def length(self, count: int) -> float:
        """Return what the weights of `count` features are divided by."""
        return sqrt(count + self.lacks)


PHRASES, PARTS, MEANINGS = Kind(1, 20), Kind(0.8, 120), Kind(0.35, 25)
"""Kinds of features; pairs of meanings are not counted with them, for they are told by them."""


class FeatureBlock(NamedTuple):
    """Features of one kind, some of them more than once, and what each of them counts."""

    features: Sequence[str]
    weight: float
    value: float

    @classmethod
    def of(cls, features: Sequence[str], kind: Kind, more: Iterable[str] = ()) -> "FeatureBlock":
        """Make the block of a kind; `more`: features that are not counted."""
        value = kind.weight / kind.length(len(features))
        return cls([*features, *more], kind.weight, value)


@lru_cache(16)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are written; of a number, how high it is or how long."""
    plain = _STRETCHED.sub(r"\1\1", clean(text).casefold().replace("'", ""))
    words = _WORD.findall(plain)[:_MOST_WORDS]
    return tuple([_number(one) if one[0].isdigit() else one for one in words])


def _number(written: str) -> str:
    value = float(written.replace(",", "."))
    if value > _HIGHEST:
        return _DIGIT.sub("0", written)
    size = "low" if value < _LOW else "fine" if value < _HIGH else "high"
    return f"#{size}" if written.isdigit() else f"#.{size}"


def parts_of(word: str) -> Iterator[str]:
    """Yield the letters that stand together in a word."""
    whole = f" {word} "
    for length in range(_SHORTEST_PART, _LONGEST_PART + 1):
        for place in range(len(whole) - length + 1):
            yield f"~{whole[place : place + length]}"


def phrases_of(words: Sequence[str]) -> Iterator[str]:
    """Yield words, each two that stand side by side, and those that open and end the text."""
    yield from dict.fromkeys(words)
    before = _OPENING
    for word in (*words, _END):
        yield f"{before} {word}"
        before = word


def meanings_of(meant: Sequence[Meant]) -> list[str]:
    """Return the meanings of a text as features, each once."""
    return [f"={one}" for one in {each.meaning for each in meant}]


def near_meanings(meant: Sequence[Meant]) -> list[tuple[set[str], set[str]]]:
    """Return the meanings of each word that has any, with all of those that follow within reach."""
    found: dict[int, set[str]] = {}
    for at, meaning in meant:
        found.setdefault(at, set()).add(meaning)
    return [
        (own, set().union(*[found[at + one] for one in _NEAR if at + one in found]))
        for at, own in found.items()
    ]


def pairs_of(meant: Sequence[Meant]) -> set[str]:
    """Return each two meanings that are near, in their order, as features."""
    return {
        pair(meaning, other)
        for own, near in near_meanings(meant)
        for meaning in own
        for other in near - {meaning}
    }


def pair(meaning: str, other: str) -> str:
    """Return the feature of two meanings in this order."""
    return f"{meaning}{_BEFORE}{other}"


def both_of(feature: str) -> tuple[str, str] | None:
    """Return the two meanings of the feature of a pair; None: it is of none."""
    meaning, before, other = feature.partition(_BEFORE)
    return (meaning, other) if before else None
