"""A programme's course, compiled for look-up by cohort, anchor and day; pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from services.health.format.items import ALL, Item
from services.health.format.life_events import EVENT, LifeEvent, Then
from services.health.format.model import Programme

_KEPT = 256


def event_in(anchors: Iterable[str]) -> str:
    """Return the code of the event among a person's dates that the course has turned to, if any."""
    return next((code.removeprefix(EVENT) for code in anchors if code[0] == EVENT), "")


class Track(NamedTuple):
    """The items counted from one anchor, by day, and its dates if it is one of the calendar."""

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


class EventTrack(NamedTuple):
    """The messages after an event of a person's life, and the last day, counted from its own."""

    tracks: tuple[Track, ...]
    last_day: int


class Course(NamedTuple):
    """A programme's texts, by cohort, anchor and day.

    Attributes:
        items: by id.
        counted_from: anchor of each item, by the item's id.
        cohorts: tracks of each cohort, in a trial of each cohort in each arm.
        everybody: tracks of a cohort that the programme does not know.
        last: the anchor after which the course is over, its dates of the calendar, and the day.
        events: by code: those with messages of their own.
        later: further ends, of whoever has their anchor; the last one counts.
    """

    items: Mapping[str, Item]
    counted_from: Mapping[str, str]
    cohorts: Mapping[str, tuple[Track, ...]]
    everybody: tuple[Track, ...]
    last: tuple[str, tuple[date, ...], int]
    events: Mapping[str, EventTrack]
    later: tuple[tuple[str, int], ...] = ()

    def tracks(self, cohort: str, anchors: Iterable[str] = ()) -> tuple[Track, ...]:
        """Return the tracks of a cohort, or of an event among a person's dates."""
        event = self.events.get(event_in(anchors)) if self.events else None
        return event.tracks if event else self.cohorts.get(cohort, self.everybody)

    def assessments(self, cohort: str) -> frozenset[str]:
        """Return the ids of a cohort's assessments."""
        ids = {key for track in self.tracks(cohort) for key in track.ids}
        return frozenset(key for key in ids if self.items[key].assessment)


def compile_course(programme: Programme) -> Course:
    """Compile a programme's course; each is compiled once."""
    return _compiled(SameProgramme(programme))


class SameProgramme:
    """A programme as a cache key, by identity: it holds mappings and so has no hash."""

    __slots__ = ("programme",)

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameProgramme) and self.programme is other.programme

    def __hash__(self) -> int:
        return id(self.programme)


@lru_cache(_KEPT)
def _compiled(same: SameProgramme) -> Course:
    programme = same.programme
    dates = {anchor.code: anchor.dates for anchor in programme.anchors}
    anchor, day = programme.last_day
    care = [event for event in programme.events if event.then is Then.CARE]
    phases = (*programme.phases, *(event.track for event in care))
    return Course(
        {item.id: item for phase in phases for item in phase.items},
        {item.id: phase.anchor for phase in phases for item in phase.items},
        {group: _tracks(programme, dates, *of) for group, of in programme.groups().items()},
        _tracks(programme, dates, ALL, None),
        (anchor, tuple(sorted(dates.get(anchor, ()))), day),
        {one.code: EventTrack((_track(one.track.anchor, one),), one.last_day) for one in care},
        programme.later,
    )


def _track(anchor: str, event: LifeEvent) -> Track:
    items = {item.day: (item,) for item in event.messages}
    return Track(anchor, (), tuple(sorted(items)), items)


def _tracks(
    programme: Programme, dates: Mapping[str, tuple[date, ...]], cohort: str, arm: str | None
) -> tuple[Track, ...]:
    by_anchor: dict[str, dict[int, list[Item]]] = {}
    for phase in programme.phases_of(arm):
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
