"""The hour that a person chose for their texts, and how it moves those of a day; pure.

The first text of a day that moves comes at that hour, and the others keep their distance from it,
as far as the last still comes before night. A day with texts from morning to evening hardly moves.
"""

from collections.abc import Iterable, Mapping
from datetime import date, time
from itertools import groupby

HOURS = range(7, 21)
"""Hours that may be chosen: texts of courses go from 07:00 on, and before 21:00."""

_FIRST, _LAST = HOURS[0] * 60, HOURS[-1] * 60 + 59
"""Minutes of the day, within which every text of a course stays."""


def shifts(texts: Iterable[tuple[date, time]], hour: int) -> Mapping[date, int]:
    """Return by how many minutes the texts of each day move; `texts`: those that may, by day."""
    days = groupby(sorted(texts), key=lambda one: one[0])
    return {day: _shift([_minutes(at) for _, at in each], hour) for day, each in days}


def shifted(at: time, minutes: int) -> time:
    """Return a time of the same day, some minutes later or earlier."""
    hour, minute = divmod(_minutes(at) + minutes, 60)
    return time(hour, minute)


def _shift(times: list[int], hour: int) -> int:
    wanted = hour * 60 - times[0]
    return max(min(wanted, _LAST - times[-1]), _FIRST - times[0])


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
