"""A programme's course, compiled for look-up by cohort, anchor and day; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from services.health.format.model import ALL, Item, Programme

_KEPT = 256


class Track(NamedTuple):
    """The items counted from one anchor, by day.

    Attributes:
        dates: of an anchor of the calendar; empty: the anchor is the person's own.
        days: from the anchor, in order.
    """

    anchor: str
    dates: tuple[date, ...]
    days: tuple[int, ...]
    items: Mapping[int, tuple[Item, ...]]

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of its items."""
        return frozenset(item.id for items in self.items.values() for item in items)

    def bases(self, anchors: Mapping[str, date]) -> tuple[date, ...]:
        """Return the dates that the days are counted from."""
        if self.dates:
            return self.dates
        base = anchors.get(self.anchor)
        return () if base is None else (base,)


class Course(NamedTuple):
    """A programme's texts, by cohort, anchor and day.

    Attributes:
        items: by id.
        counted_from: anchor of each item, by the item's id.
        cohorts: tracks of each cohort.
        everybody: tracks of a cohort that the programme does not know.
        last: the anchor after which the course is over, its dates of the calendar, and the day.
    """

    items: Mapping[str, Item]
    counted_from: Mapping[str, str]
    cohorts: Mapping[str, tuple[Track, ...]]
    everybody: tuple[Track, ...]
    last: tuple[str, tuple[date, ...], int]

    def tracks(self, cohort: str) -> tuple[Track, ...]:
        """Return the tracks of a cohort."""
        return self.cohorts.get(cohort, self.everybody)

    def assessments(self, cohort: str) -> frozenset[str]:
        """Return the ids of a cohort's assessments."""
        ids = {key for track in self.tracks(cohort) for key in track.ids}
        return frozenset(key for key in ids if self.items[key].assessment)


def compile_course(programme: Programme) -> Course:
    """Compile a programme's course; each is compiled once."""
    return _compiled(_Same(programme))


class _Same:
    """A programme as a cache key, by identity: it holds mappings and so has no hash."""

    __slots__ = ("programme",)

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.programme is other.programme

    def __hash__(self) -> int:
        return id(self.programme)


@lru_cache(_KEPT)
def _compiled(same: _Same) -> Course:
    programme = same.programme
    dates = {anchor.code: anchor.dates for anchor in programme.anchors}
    anchor, day = programme.last_day
    return Course(
        {item.id: item for phase in programme.phases for item in phase.items},
        {item.id: phase.anchor for phase in programme.phases for item in phase.items},
        {cohort: _tracks(programme, dates, cohort) for cohort in programme.cohorts or (ALL,)},
        _tracks(programme, dates, ALL),
        (anchor, tuple(sorted(dates.get(anchor, ()))), day),
    )


def _tracks(
    programme: Programme, dates: Mapping[str, tuple[date, ...]], cohort: str
) -> tuple[Track, ...]:
    by_anchor: dict[str, dict[int, list[Item]]] = {}
    for phase in programme.phases:
        for item in phase.items_of(cohort):
            days = by_anchor.setdefault(phase.anchor, {})
            days.setdefault(item.day, []).append(item)
    return tuple(
        Track(
            anchor,
            tuple(sorted(dates.get(anchor, ()))),
            tuple(sorted(days)),
            {day: tuple(items) for day, items in days.items()},
        )
        for anchor, days in by_anchor.items()
    )
