"""The times of one person's texts in a course; pure.

Besides the dates that days are counted from, a position may hold reserved dates, whose codes begin
with a mark that no anchor has. `!month1` asks an assessment on that date, whatever the anchors say,
because a change of plan would have dropped it. `!-tip3` skips a text on that date: it was sent
before a pause that moved the days counted from enrolment.

`@loss` is the day of an event of the person's life: only its own messages are due from then on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.health.courses.chosen_hour import shifted, shifts
from services.health.courses.compiled import Course, event_in
from services.health.format.items import Item
from services.health.format.life_events import EVENT
from services.health.format.model import ENROLMENT
from sms.local_time import local_day

EXTRA, SKIPPED = "!", "!-"
"""Marks of reserved dates; the second begins with the first."""

_DAY = timedelta(days=1)
_INSTANTS = 16_384


class CoursePosition(NamedTuple):
    """A person's position in a course; `anchors` are dates by code, reserved ones included.

    Nothing before `since` (UTC) counts; None: everything does. `cohort`: in a trial, in an arm.
    `hour`: at which the person wants the texts that move; None: at those of the course.
    """

    cohort: str
    anchors: Mapping[str, date]
    since: datetime | None
    zone: str
    hour: int | None = None


class Planned(NamedTuple):
    """A text with its local day and its instant (UTC)."""

    item: Item
    on: date
    at: datetime


class Difference(NamedTuple):
    """Texts that a change removes from a plan, and texts that it adds."""

    cancelled: tuple[Planned, ...]
    created: tuple[Planned, ...]


def due(course: Course, position: CoursePosition, first: date, last: date) -> list[Planned]:
    """Return the texts due from `first` to `last` (local days, both included), in order of time.

    An assessment with a reserved date may be due after the course's end.
    """
    found: list[Planned] = []
    end = last_date(course, position.anchors)
    until = last if end is None else min(last, end)
    for track in course.tracks(position.cohort, position.anchors):
        for base in track.bases(position.anchors):
            days = track.days
            begin = bisect_left(days, (first - base).days)
            for day in days[begin : bisect_right(days, (until - base).days)]:
                on = base + timedelta(days=day)
                found += [_planned(item, on, position.zone) for item in track.items[day]]
    if _any_reserved(position.anchors):
        found = _with_reserved(found, course, position, (first, last))
    if position.hour is not None:
        found = _at_hour(found, position.hour, position.zone)
    since = position.since
    kept = found if since is None else [planned for planned in found if planned.at >= since]
    return sorted(kept, key=lambda planned: planned.at) if len(kept) > 1 else kept


def next_day(course: Course, position: CoursePosition, after: date) -> date | None:
    """Return the next local day with a text after a day; None: there is none.

    On the day of `since` itself, texts before that instant count too.
    """
    if position.since is not None:
        after = max(after, local_day(position.since, position.zone) - _DAY)
    end = last_date(course, position.anchors)
    found: list[date] = []
    for track in course.tracks(position.cohort, position.anchors):
        for base in track.bases(position.anchors):
            place = bisect_right(track.days, (after - base).days)
            if place < len(track.days):
                on = base + timedelta(days=track.days[place])
                if end is None or on <= end:
                    found.append(on)
    if _any_reserved(position.anchors):
        found += [on for _, on in _extras(position.anchors) if on > after]
    return min(found, default=None)


def last_date(course: Course, anchors: Mapping[str, date]) -> date | None:
    """Return the local day after which a person's course is over; None: it has not begun.

    If the anchor is of the calendar, use the first of its dates that was not over on the day of
    enrolment; if it is not set, count from enrolment.
    """
    event = event_in(anchors)
    if event in course.events:
        return anchors[EVENT + event] + timedelta(days=course.events[event].last_day)
    ends = [anchors[code] + timedelta(days=day) for code, day in course.later if code in anchors]
    usual = _usual_end(course, anchors)
    return max([usual, *ends]) if usual else None


def _usual_end(course: Course, anchors: Mapping[str, date]) -> date | None:
    anchor, dates, day = course.last
    enrolled, length = anchors.get(ENROLMENT), timedelta(days=day)
    if dates:
        to_come = (on for on in dates if enrolled is None or on + length >= enrolled)
        return next(to_come, dates[-1]) + length
    base = anchors.get(anchor, enrolled)
    return None if base is None else base + length


def difference(before: Sequence[Planned], after: Sequence[Planned]) -> Difference:
    """Compare two plans; a text is the same if its id and instant are."""
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


def _planned(item: Item, on: date, zone: str) -> Planned:
    return Planned(item, on, instant(on, item.at, zone))


def _at_hour(found: Sequence[Planned], hour: int, zone: str) -> list[Planned]:
    """Move the texts that may move to the hour that a person chose."""
    by_day = shifts(((one.on, one.item.at) for one in found if one.item.moves), hour)
    return [
        one._replace(at=instant(one.on, shifted(one.item.at, by_day[one.on]), zone))
        if one.item.moves
        else one
        for one in found
    ]


def _any_reserved(anchors: Mapping[str, date]) -> bool:
    return any(code[0] == EXTRA for code in anchors)


def _extras(anchors: Mapping[str, date]) -> Iterator[tuple[str, date]]:
    for code, on in anchors.items():
        if code.startswith(EXTRA) and not code.startswith(SKIPPED):
            yield code.removeprefix(EXTRA), on


def _with_reserved(
    found: Iterable[Planned], course: Course, position: CoursePosition, days: tuple[date, date]
) -> list[Planned]:
    anchors = position.anchors
    kept = {
        (planned.item.id, planned.on): planned
        for planned in found
        if anchors.get(SKIPPED + planned.item.id) != planned.on
    }
    for item_id, on in _extras(anchors):
        item = course.items.get(item_id)
        if item is not None and days[0] <= on <= days[1]:
            kept[item_id, on] = _planned(item, on, position.zone)
    return list(kept.values())
