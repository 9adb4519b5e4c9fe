"""Days and times as readers write them; pure. They are claims of a clock that nobody has set."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum


class DateOrder(StrEnum):
    """In which order a reader writes day, month and year."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


DATE = (
    r"(?:[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}"
    r"|[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}[ -][A-Za-z]{3,9}[ -](?:[0-9]{4}|[0-9]{2}))(?![0-9])"
)
TIME = (
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?![0-9:])(?:[ ]?[AaPp]\.?[Mm]\b\.?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_MOMENT = re.compile(rf"(?P<date>{DATE})(?:[T ,;\t]+(?P<time>{TIME}))?")
_TIME = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?[ ]?(?:([AaPp])\.?[Mm]\.?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_STAMP = re.compile(r"(?:20)?([0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?")
_STAMP_LENGTHS = frozenset({8, 12, 14})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CENTURY = 2000
_NOON = 12


def fitting_order(texts: Iterable[str]) -> DateOrder:
    """Return the order in which all dates of a file are days that exist; the day first, if several.

    Dates of which the order cannot be doubted, and what are none, tell nothing.
    """
    dates = [found for text in texts if (found := _MOMENT.fullmatch(text.strip()))]
    for order in DateOrder:
        if all(_day(one["date"], order) for one in dates):
            return order
    return DateOrder.DMY


def read_moment(text: str, order: DateOrder) -> str | None:
    """Write a day, or a day and time, as ISO 8601 has it, to the second; None: it cannot be read.

    Args:
        text: such as `25/11/2026 08:01:02`, `2026-11-25T08:01Z`, `25 Nov 26 8:01 pm`, `20261125` or
            `261125080102`.
        order: of a date that is written in figures and does not begin with four of them.
    """
    text = text.strip()
    found = _MOMENT.fullmatch(text)
    if not found:
        return _stamp(text)
    day, time = _day(found["date"], order), found["time"]
    if day is None or time is None:
        return day
    told = _clock_time(time)
    return f"{day}T{told}" if told else None


def _stamp(text: str) -> str | None:
    found = _STAMP.fullmatch(text)
    if not found or len(text) not in _STAMP_LENGTHS:
        return None
    year, month, day, hour, minute, second = found.groups()
    date = _exists(int(year), int(month), int(day))
    if date is None or hour is None:
        return date
    time = _clock_time(f"{hour}:{minute}:{second}")
    return f"{date}T{time}" if time else None


def _day(text: str, order: DateOrder) -> str | None:
    parts = re.split(r"[/. -]", text)
    if parts[1].isalpha():
        day, name, year = parts
        month = name[:3].lower()
        return _exists(int(year), _MONTHS.index(month) + 1, int(day)) if month in _MONTHS else None
    numbers = [int(part) for part in parts]
    if len(parts[0]) > len("25"):
        order = DateOrder.YMD
    at = [order.index(letter) for letter in "ymd"]
    year, month, day = (numbers[place] for place in at)
    return _exists(year, month, day)


def _exists(year: int, month: int, day: int) -> str | None:
    try:
        there = datetime(year if year >= _CENTURY else year + _CENTURY, month, day)  # noqa: DTZ001 — a reader's own clock has no zone
    except ValueError:
        return None
    return there.date().isoformat()


def _clock_time(text: str) -> str | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 0 < hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if found[4] in "Pp" else 0)
    if hour >= 24 or minute >= 60 or second >= 60:  # noqa: PLR2004 — of a day, an hour, a minute
        return None
    offset = found[5] or ""
    if len(offset) == len("+1000"):
        offset = f"{offset[:3]}:{offset[3:]}"
    return f"{hour:02}:{minute:02}:{second:02}{offset}"
