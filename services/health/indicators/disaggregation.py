"""Disaggregation of counts: by province, sex, age, language, cohort; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

UNKNOWN = "unknown"
OLDEST = 120
"""A higher age means a wrong year of birth."""

_BEGINS = (0, 15, 25, 35, 45, 55, 65)
BANDS = (
    *((begin, f"{begin}-{end - 1}") for begin, end in pairwise(_BEGINS)),
    (_BEGINS[-1], f"{_BEGINS[-1]}+"),
)
"""First age and name of each band."""


class Cut(StrEnum):
    """A disaggregation; each is a member of `Cell`."""

    PROVINCE = "province"
    SEX = "sex"
    AGE = "age"
    LANGUAGE = "language"
    COHORT = "cohort"


class Cell(NamedTuple):
    """People alike in all disaggregations."""

    province: str
    sex: str
    age: str
    language: str
    cohort: str


Fact = tuple[str, ...]
"""A counted thing: a name, then its reason, or its outcome and question."""

Facts = Mapping[Cell, Counter[Fact]]
Group = tuple[str, ...]
"""The values of the cuts of a table; empty: everybody."""

EVERYBODY: Group = ()


def grouped(facts: Facts, cuts: Sequence[Cut]) -> dict[Group, Counter[Fact]]:
    """Sum facts by some cuts; the groups are in the order of their names."""
    found: dict[Group, Counter[Fact]] = {}
    for cell, counted in facts.items():
        group = tuple(getattr(cell, cut.value) for cut in cuts)
        found.setdefault(group, Counter()).update(counted)
    return {group: found[group] for group in sorted(found, key=_order)}


def total_of(facts: Facts) -> Counter[Fact]:
    """Sum all facts."""
    return sum(facts.values(), Counter[Fact]()) if facts else Counter()


def _order(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((name == UNKNOWN, name) for name in group)
