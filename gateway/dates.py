"""Days as people write them, day first, in English and Tok Pisin; pure."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from gateway.errors import DateError, Mistake
from gateway.grammar import DIGIT, WORD_END, Misread, Read
from gateway.tags import to_digits

_RELATIVE = {
    "today": 0,
    "yesterday": -1,
    "tomorrow": 1,
    "tude": 0,
    "tede": 0,
    "asde": -1,
    "hapasde": -2,
    "tumora": 1,
    "haptumora": 2,
}
_WEEK_DAYS = (
    "monday mon mande",
    "tuesday tue tunde",
    "wednesday wed trinde",
    "thursday thu fonde",
    "friday fri fraide",
    "saturday sat sarere",
    "sunday sunde sande",
)
_WEEK_DAY_NUMBERS = {
    name: number for number, names in enumerate(_WEEK_DAYS) for name in names.split()
}
_WEEK = 7
_MONTHS = (
    "january jan janueri",
    "february feb februeri",
    "march mar mas",
    "april apr epril",
    "may me",
    "june jun",
    "july jul julai",
    "august aug ogas",
    "september sep sept septemba",
    "october oct oktoba okt",
    "november nov novemba",
    "december dec disemba desemba dis des",
)
_MONTH_NUMBERS = {
    name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()
}

_STROKE = r"\s?[/.\-]\s?"
_YEAR = "(?:19|20)[0-9]{2}"
_FORMS = (
    re.compile(rf"(?P<year>{_YEAR})-(?P<month>[0-9]{{1,2}})-(?P<day>[0-9]{{1,2}}){WORD_END}"),
    re.compile(rf"(?P<day>[0-9]{{1,2}})\s+(?P<month>[0-9]{{1,2}})\s+(?P<year>{_YEAR}){WORD_END}"),
    re.compile(
        rf"(?=[\w/.\-]{{0,4}}[0-9])(?P<day>{DIGIT}{{1,2}}){_STROKE}"
        rf"(?P<month>{DIGIT}{{1,2}})"
        rf"(?:{_STROKE}(?P<year>{DIGIT}{{4}}|{DIGIT}{{2}}))?{WORD_END}"
    ),
    re.compile(
        r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[\s./-]{0,2}"
        rf"(?P<name>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})"
        rf"(?:[\s./,-]{{1,2}}(?P<year>{_YEAR}))?{WORD_END}",
        re.IGNORECASE,
    ),
)
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
    """A day of the week, Monday is 0; `text` is the claim as it was written."""

    text: str = field(repr=False)
    number: int

    def on(self, today: date, toward: Toward = Toward.NEAREST) -> date:
        """Return the day that was meant, if it was written on `today`; PAST, FUTURE include it."""
        ahead = (self.number - today.weekday()) % _WEEK
        back = toward is Toward.PAST or (toward is Toward.NEAREST and ahead > _WEEK // 2)
        return today + timedelta(days=ahead - _WEEK if back and ahead else ahead)


ClaimedDay = RelativeDay | CalendarDay | WeekDay


def day(text: str) -> Read | Misread | None:
    """Read a day off the front of a text; a `gateway.grammar.Kind` of ClaimedDay.

    `25/11`, `25.11.2026`, `25-11-26`, `25 Nov`, `25 Novemba 2026`, `2026-11-25`, today, yesterday,
    tomorrow, tude or tede, asde, tumora, Friday, Fraide.
    """
    word = re.match(rf"[A-Za-z]+{WORD_END}", text)
    if word and word[0].lower() in _RELATIVE:
        return Read(RelativeDay(word[0], _RELATIVE[word[0].lower()]), word.end())
    if word and word[0].lower() in _WEEK_DAY_NUMBERS:
        return Read(WeekDay(word[0], _WEEK_DAY_NUMBERS[word[0].lower()]), word.end())
    for form in _FORMS:
        found = form.match(text)
        if found:
            return _read_calendar(found)
    return None


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
    month = _MONTH_NUMBERS[name.lower()] if name else int(to_digits(parts["month"]))
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
