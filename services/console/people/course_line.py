"""A person's course as a line of days; pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

WIDTH, HEIGHT, MARGIN = 360, 44, 10
"""Of the drawing, in its own units."""

_SMALLEST, _MORE, _MOST = 3.0, 0.7, 5


class Dot(NamedTuple):
    """A day with texts: its place on the line, its size, and whether they are still to come."""

    x: float
    radius: float
    coming: bool


class CourseLine(NamedTuple):
    """The line.

    Attributes:
        first, last: its days; `last` is that of the course's end or of the last text.
        day: number of today in the course, from 1; None: today is not on the line.
        days: how many it has.
        today: place of today; None: as above.
        sent, coming: how many texts.
    """

    first: date
    last: date
    day: int | None
    days: int
    today: float | None
    dots: tuple[Dot, ...]
    sent: int
    coming: int


def course_line(
    first: date, end: date | None, today: date, sent: Iterable[date], coming: Iterable[date]
) -> CourseLine:
    """Draw a course from its first day; `sent` and `coming` have a day for each text."""
    before, after = Counter(sent), Counter(coming)
    last = max([first, *([end] if end else []), *before, *after])
    start = min([first, *before, *after])
    length = (last - start) // timedelta(days=1)

    def place(on: date) -> float:
        share = (on - start).days / length if length else 0.5
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    dots = [
        Dot(place(on), round(_SMALLEST + _MORE * min(texts, _MOST), 1), is_coming)
        for days, is_coming in ((before, False), (after, True))
        for on, texts in sorted(days.items())
    ]
    inside = start <= today <= last
    return CourseLine(
        *(start, last, (today - start).days + 1 if inside else None, length + 1),
        *(place(today) if inside else None, tuple(dots)),
        *(before.total(), after.total()),
    )
