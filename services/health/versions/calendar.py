"""Weekly overview of a course: number of texts on each day; pure."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from services.health.format.model import Programme
from services.health.linting.course import items_of

_WEEK = 7


class Week(NamedTuple):
    """Seven days from an anchor; week 0 begins on the anchor's day; `days`: number of texts."""

    anchor: str
    number: int
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        """Texts of the whole week."""
        return sum(self.days)


def weeks_of(programme: Programme, cohort: str) -> list[Week]:
    """Return the weeks in which a cohort gets texts, by anchor, in order."""
    counted = Counter((anchor, item.day) for anchor, item in items_of(programme, cohort))
    weeks = sorted({(anchor, day // _WEEK) for anchor, day in counted})
    return [
        Week(anchor, week, tuple(counted[anchor, week * _WEEK + day] for day in range(_WEEK)))
        for anchor, week in weeks
    ]
