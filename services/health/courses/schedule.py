"""When each text of a course goes to one person; pure.

Besides the dates that a person's days are counted from, a standing may hold reserved ones, whose
codes begin with a mark that no anchor has. `!month1` asks an assessment on that date, whatever the
anchors say: a change of plan would have dropped it. `!-tip3` leaves a text out on that date: it was
sent before a pause, and the days that are counted from enrolment have moved.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.health.courses.compiled_course import Course, compile_course
from services.health.format.model import ENROLMENT, Item

__all__ = [
    "EXTRA",
    "SKIPPED",
    "Course",
    "CoursePosition",
    "Difference",
    "Planned",
    "compile_course",
    "difference",
    "due",
    "instant",
    "last_date",
    "local_date",
    "next_day",
]

EXTRA, SKIPPED = "!", "!-"
"""Marks of reserved dates; the second begins with the first."""

_DAY = timedelta(days=1)
_INSTANTS = 16_384


class CoursePosition(NamedTuple):
    """Where one person stands in a course.

    Attributes:
        cohort: code.
        anchors: dates by code, reserved ones among them.
        since: UTC; nothing before it; None: from the beginning.
        zone: IANA name.
    """

    cohort: str
    anchors: Mapping[str, date]
    since: datetime | None
    zone: str


class Planned(NamedTuple):
    """One text at its time: the local day, and the instant (UTC)."""

    item: Item
    on: date
    at: datetime


class Difference(NamedTuple):
    """What a change takes out of a plan, and what it puts in."""

    cancelled: tuple[Planned, ...]
    created: tuple[Planned, ...]


def due(course: Course, standing: CoursePosition, first: date, last: date) -> list[Planned]:
    """Return what is due on local days, in the order of time.

    Args:
        course: compiled.
        standing: the person's.
        first: local day.
        last: local day, included; what an assessment was moved to may be after the course's end.
    """
    found: list[Planned] = []
    end = last_date(course, standing.anchors)
    until = last if end is None else min(last, end)
    for track in course.tracks(standing.cohort):
        for base in track.bases(standing.anchors):
            days = track.days
            begin = bisect_left(days, (first - base).days)
            for day in days[begin : bisect_right(days, (until - base).days)]:
                on = base + timedelta(days=day)
                found += [_planned(item, on, standing.zone) for item in track.items[day]]
    if _any_reserved(standing.anchors):
        found = _with_reserved(found, course, standing, (first, last))
    since = standing.since
    kept = found if since is None else [planned for planned in found if planned.at >= since]
    return sorted(kept, key=_by_time) if len(kept) > 1 else kept


def next_day(course: Course, standing: CoursePosition, after: date) -> date | None:
    """Return the next local day after one that has something; None: there is none any more.

    Texts of the day of `since` itself may be before that instant.
    """
    if standing.since is not None:
        after = max(after, local_date(standing.since, standing.zone) - _DAY)
    end = last_date(course, standing.anchors)
    found: list[date] = []
    for track in course.tracks(standing.cohort):
        for base in track.bases(standing.anchors):
            place = bisect_right(track.days, (after - base).days)
            if place < len(track.days):
                on = base + timedelta(days=track.days[place])
                if end is None or on <= end:
                    found.append(on)
    if _any_reserved(standing.anchors):
        found += [on for _, on in _extras(standing.anchors) if on > after]
    return min(found, default=None)


def last_date(course: Course, anchors: Mapping[str, date]) -> date | None:
    """Return the local day after which a person's course is over; None: it has not begun.

    Where the anchor is the calendar's, it is the first of its dates that was not over on the day of
    enrolment; where it is not set, the days are counted from enrolment.
    """
    anchor, dates, day = course.last
    enrolled, length = anchors.get(ENROLMENT), timedelta(days=day)
    if dates:
        to_come = (on for on in dates if enrolled is None or on + length >= enrolled)
        return next(to_come, dates[-1]) + length
    base = anchors.get(anchor, enrolled)
    return None if base is None else base + length


def difference(before: Sequence[Planned], after: Sequence[Planned]) -> Difference:
    """Compare two plans: a text at the same instant is the same."""
    were = {(planned.item.id, planned.at) for planned in before}
    are = {(planned.item.id, planned.at) for planned in after}
    return Difference(
        tuple(planned for planned in before if (planned.item.id, planned.at) not in are),
        tuple(planned for planned in after if (planned.item.id, planned.at) not in were),
    )


@lru_cache(_INSTANTS)
def instant(on: date, at: time, zone: str) -> datetime:
    """Return a local time of a day in UTC."""
    return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC)


def local_date(at: datetime, zone: str) -> date:
    """Return the local day of an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def _planned(item: Item, on: date, zone: str) -> Planned:
    return Planned(item, on, instant(on, item.at, zone))


def _by_time(planned: Planned) -> datetime:
    return planned.at


def _any_reserved(anchors: Mapping[str, date]) -> bool:
    return any(code[0] == EXTRA for code in anchors)


def _extras(anchors: Mapping[str, date]) -> Iterator[tuple[str, date]]:
    for code, on in anchors.items():
        if code.startswith(EXTRA) and not code.startswith(SKIPPED):
            yield code.removeprefix(EXTRA), on


def _with_reserved(
    found: Iterable[Planned], course: Course, standing: CoursePosition, days: tuple[date, date]
) -> list[Planned]:
    anchors = standing.anchors
    kept = {
        (planned.item.id, planned.on): planned
        for planned in found
        if anchors.get(SKIPPED + planned.item.id) != planned.on
    }
    for item_id, on in _extras(anchors):
        item = course.items.get(item_id)
        if item is not None and days[0] <= on <= days[1]:
            kept[item_id, on] = _planned(item, on, standing.zone)
    return list(kept.values())
