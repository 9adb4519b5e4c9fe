"""Days as people write them, day first, in English and Tok Pisin; pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from gateway.day_words import (
    AGO,
    AHEAD,
    BEGINS,
    FIRST_WORD,
    FORMS,
    MONTH_NUMBERS,
    MOST_DAYS,
    ORDINAL,
    RELATIVE,
    RELATIVE_DAY,
    UNIT_DAYS,
    VAGUE,
    WEEK,
    WEEK_DAY,
    WEEK_DAY_NUMBERS,
)
from gateway.errors import DateError, Mistake
from gateway.grammar import Misread, Read
from gateway.numerals import numeral
from gateway.tags import to_digits

_YEARS = range(1900, 2100)
_ANY_LEAP_YEAR = 2000
# Longer than the eight years without 29 February around 2100.
_YEARS_EITHER_SIDE = 8


class Toward(StrEnum):
    """Rule that gives a day without a year its year."""

    NEAREST = "nearest"
    PAST = "past"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """A word such as `asde`: `offset` days after the day on which it was written.

    `text` is the claim as it was written.
    """

    text: str = field(repr=False)
    offset: int

    def on(self, today: date, toward: Toward = Toward.NEAREST) -> date:  # noqa: ARG002 — as below
        """Return the day that was meant, if it was written on `today`."""
        return today + timedelta(days=self.offset)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of a month, often without a year; `text` is the claim as it was written."""

    text: str = field(repr=False)
    day: int
    month: int
    year: int | None

    def on(self, today: date, toward: Toward = Toward.NEAREST) -> date:
        """Return the day that was meant, if it was written on `today`.

        Args:
            today: in the time zone of the place that it is about.
            toward: where to look when there is no year. PAST and FUTURE include today.
        """
        if self.year is not None:
            return date(self.year, self.month, self.day)
        near = range(today.year - _YEARS_EITHER_SIDE, today.year + _YEARS_EITHER_SIDE + 1)
        days = [date(year, self.month, self.day) for year in near if self._is_in(year)]
        if toward is Toward.PAST:
            days = [day for day in days if day <= today]
        elif toward is Toward.FUTURE:
            days = [day for day in days if day >= today]
        return min(days, key=lambda day: abs(day - today))

    def _is_in(self, year: int) -> bool:
        return _day_exists(year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class WeekDay:
    """A day of the week, Monday is 0; `text` is the claim as it was written.

    `last` and `next`: never today itself.
    """

    text: str = field(repr=False)
    number: int
    last: bool = False
    next: bool = False

    def on(self, today: date, toward: Toward = Toward.NEAREST) -> date:
        """Return the day that was meant, if it was written on `today`; PAST, FUTURE include it."""
        ahead = (self.number - today.weekday()) % WEEK
        if self.last:
            return today + timedelta(days=ahead - WEEK)
        if self.next:
            return today + timedelta(days=ahead or WEEK)
        back = toward is Toward.PAST or (toward is Toward.NEAREST and ahead > WEEK // 2)
        return today + timedelta(days=ahead - WEEK if back and ahead else ahead)


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of some month, as `the 20th`; `text` is the claim as it was written."""

    text: str = field(repr=False)
    day: int

    def on(self, today: date, toward: Toward = Toward.NEAREST) -> date:
        """Return the day that was meant, if it was written on `today`; PAST, FUTURE include it."""
        step = timedelta(days=1 if toward is Toward.FUTURE else -1)
        found = today
        while found.day != self.day:
            found += step
        return found


ClaimedDay = RelativeDay | CalendarDay | WeekDay | MonthDay


def day(text: str) -> Read | Misread | None:
    """Read a day off the front of a text; a `gateway.grammar.Kind` of ClaimedDay.

    `25/11`, `25.11.2026`, `25-11-26`, `25 Nov`, `Nov 25`, `25 Novemba 2026`, `2026-11-25`, the
    20th, today, yesterday, last night, tude or tede, asde, tumora, Friday, long Fraide, 3 days ago,
    tripela de bipo, in 2 weeks, next Friday. Some other day, such as `last week`, is misread: which
    one must be asked.
    """
    first = FIRST_WORD.match(text)
    word = first[0].lower() if first else "0" if text[:1].isdigit() else ""
    for read in _READERS.get(word, ()):
        reading = read(text)
        if reading is not None:
            return reading
    return None


def _relative(text: str) -> Read | None:
    found = RELATIVE_DAY.match(text)
    if not found:
        return None
    return Read(RelativeDay(found[0], RELATIVE[" ".join(found[0].lower().split())]), found.end())


def _ago(text: str) -> Read | None:
    return _counted(text, AGO, -1)


def _ahead(text: str) -> Read | None:
    return _counted(text, AHEAD, 1)


def _counted(text: str, forms: Sequence[re.Pattern[str]], direction: int) -> Read | None:
    for form in forms:
        found = form.match(text)
        if found:
            days = (numeral(found["many"]) or 1) * UNIT_DAYS[found["unit"][0].lower()]
            return Read(RelativeDay(found[0], direction * days), found.end())
    return None


def _week_day(text: str) -> Read | None:
    found = WEEK_DAY.match(text)
    if not found:
        return None
    number = WEEK_DAY_NUMBERS[found["name"].lower()]
    last, following = bool(found["last"]), bool(found["next"])
    return Read(WeekDay(found[0], number, last, following), found.end())


def _calendar(text: str) -> Read | Misread | None:
    found = next((found for form in FORMS if (found := form.match(text))), None)
    return _read_calendar(found) if found else None


def _ordinal(text: str) -> Read | Misread | None:
    found = ORDINAL.match(text)
    if not found:
        return None
    number = int(found["day"])
    if not 0 < number <= MOST_DAYS:
        return Misread(DateError(Mistake.NO_SUCH_DAY), found.end())
    return Read(MonthDay(found[0], number), found.end())


def _vague(text: str) -> Misread | None:
    found = VAGUE.match(text)
    return Misread(DateError(Mistake.VAGUE_DAY), found.end()) if found else None


def read_day(text: str, today: date, toward: Toward = Toward.NEAREST) -> date:
    """Read one day that is all of `text`, written on `today`.

    Raises:
        DateError: there is none, or the calendar has no such day.
    """
    text = text.strip()
    reading = day(text)
    if isinstance(reading, Misread):
        raise reading.cause
    if reading is None or reading.length < len(text):
        raise DateError(Mistake.EMPTY)
    claimed = reading.value
    assert isinstance(claimed, ClaimedDay)  # noqa: S101 — what `day` reads
    return claimed.on(today, toward)


def _read_calendar(found: re.Match[str]) -> Read | Misread:
    parts = found.groupdict()
    number = int(to_digits(parts["day"]))
    name = parts.get("name")
    month = MONTH_NUMBERS[name.lower()] if name else int(to_digits(parts["month"]))
    year = _full_year(parts["year"])
    known = _ANY_LEAP_YEAR if year is None else year
    if known not in _YEARS or not _day_exists(known, month, number):
        return Misread(DateError(Mistake.NO_SUCH_DAY), found.end())
    return Read(CalendarDay(found[0], number, month, year), found.end())


def _full_year(text: str | None) -> int | None:
    if text is None:
        return None
    year = int(to_digits(text))
    return year if len(text) > 2 else 2000 + year  # noqa: PLR2004 — two digits: this century


def _day_exists(year: int, month: int, number: int) -> bool:
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


_BY_KIND = {
    "relative": _relative,
    "ago": _ago,
    "ahead": _ahead,
    "week_day": _week_day,
    "calendar": _calendar,
    "ordinal": _ordinal,
    "vague": _vague,
}
_READERS: dict[str, tuple[Callable[[str], Read | Misread | None], ...]] = {
    "0": (_ago, _ahead, _calendar, _ordinal),
    **{
        word: tuple(read for kind, read in _BY_KIND.items() if word in BEGINS[kind])
        for word in set().union(*BEGINS.values())
    },
}
"""By the first word of a text, or 0 for a digit, the readers of what may begin with it."""
