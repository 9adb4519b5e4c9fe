"""Texts of a course with their day and time, in phases: plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from services.health.format.entries import Entry
from sms.message import Late

ALL = "all"


@dataclass(frozen=True, slots=True)
class Item(Entry):
    """A text of the course, with its day and time.

    Attributes:
        day: from the anchor of its phase; 0 is the anchor's own day.
        at: local time.
        late: handling of a text that could not go on time: see `sms.message.Late`.
        cohorts: the cohorts that get it; those of its phase, unless given.
        double_ok: whether sending twice is better than not at all.
        assessment: whether its answer is an outcome; no change of plan drops it.
        moves: whether it comes at the hour that a person chose, where somebody did.
    """

    day: int = 0
    at: time = time(9)
    late: Late = Late.SKIP
    cohorts: tuple[str, ...] = (ALL,)
    double_ok: bool = False
    assessment: bool = False
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """Texts counted from one anchor."""

    id: str
    anchor: str
    items: tuple[Item, ...]
    cohorts: tuple[str, ...] = (ALL,)

    def items_of(self, cohort: str) -> Iterator[Item]:
        """Yield the items that a cohort gets."""
        for item in self.items:
            if {ALL, cohort} & set(self.cohorts if item.cohorts == (ALL,) else item.cohorts):
                yield item
