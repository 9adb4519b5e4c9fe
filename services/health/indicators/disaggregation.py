"""Periods of reports, and the cuts that counts are disaggregated by; pure.

Days are local to Port Moresby, the ministry's time zone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from services.health.errors import BadPeriod
from sms.local_time import start_of_day

UNKNOWN = "unknown"
NOT_BEGUN, EARLIER, LATER = "not_begun", "earlier", "later"
"""Groups of `joined` besides the months: no course yet, one before the months, or after them."""

OLDEST = 120
"""A higher age means a wrong year of birth."""

_BEGINS = (0, 15, 25, 35, 45, 55, 65)
BANDS = (
    *((begin, f"{begin}-{end - 1}") for begin, end in pairwise(_BEGINS)),
    (_BEGINS[-1], f"{_BEGINS[-1]}+"),
)
"""First age and name of each band."""

_DAY = timedelta(days=1)
_MORE_THAN_A_MONTH = timedelta(days=31)
_JOINING_MONTHS = 24
_MONTHS = 12
_LAST_YEAR = 9000


class Cut(StrEnum):
    """A disaggregation; each is a member of `Cell`."""

    PROVINCE = "province"
    SEX = "sex"
    AGE = "age"
    LANGUAGE = "language"
    COHORT = "cohort"
    JOINED = "joined"
    SOURCE = "source"
    DISTANCE = "distance"
    PHONE = "phone"


class Cell(NamedTuple):
    """People alike in all disaggregations.

    `joined` is the month in which the course began, `source` how the person joined, `distance` how
    far the clinic is, and `phone` whether others read it.
    """

    province: str
    sex: str
    age: str
    language: str
    cohort: str
    joined: str
    source: str
    distance: str
    phone: str


Fact = tuple[str, ...]
"""A counted thing: a name, then its reason, or its outcome and question."""

Facts = Mapping[Cell, Counter[Fact]]
Group = tuple[str, ...]
"""The values of the cuts of a table; empty: everybody."""

Groups = Mapping[Group, Counter[Fact]]
"""The facts of each group of some cuts, in the order of their names."""

EVERYBODY: Group = ()


def grouped(facts: Facts, cuts: Sequence[Cut]) -> dict[Group, Counter[Fact]]:
    """Sum facts by some cuts; the groups are in the order of their names."""
    found: dict[Group, Counter[Fact]] = {}
    for cell, counted in facts.items():
        group = tuple(getattr(cell, cut.value) for cut in cuts)
        found.setdefault(group, Counter()).update(counted)
    return ordered(found)


def ordered(groups: Groups) -> dict[Group, Counter[Fact]]:
    """Put groups into the order of their names."""
    return {group: groups[group] for group in sorted(groups, key=_order)}


def total_of(facts: Facts) -> Counter[Fact]:
    """Sum all facts."""
    found: Counter[Fact] = Counter()
    for counted in facts.values():
        found.update(counted)
    return found


def _order(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((name == UNKNOWN, name) for name in group)


class Period(NamedTuple):
    """Local days, the last one included."""

    first: date
    last: date

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the start (included) and end (excluded) in UTC; the end is not after `now`."""
        start, end = start_of_day(self.first), start_of_day(self.last + _DAY)
        return start, min(end, now)

    def months(self) -> tuple["Month", ...]:
        """Return the months up to that of the last day, two years of them, the newest first."""
        month = self.last.replace(day=1)
        found = []
        for _ in range(_JOINING_MONTHS):
            after = (month + _MORE_THAN_A_MONTH).replace(day=1)
            found.append(Month(f"{month:%Y-%m}", start_of_day(month), start_of_day(after)))
            month = (month - _DAY).replace(day=1)
        return tuple(found)


class Month(NamedTuple):
    """A local month: its name, its start, and its end in UTC."""

    name: str
    start: datetime
    end: datetime


def period_of(first: date, last: date) -> Period:
    """Make a period; BadPeriod: it ends before it begins, or its years are out of range."""
    if last < first:
        raise BadPeriod("The period ends before it begins", {"to": ["It is before `from`."]})
    if not 1 < first.year <= last.year < _LAST_YEAR:
        raise BadPeriod("The years are out of range", {"from": ["Write a year such as 2026."]})
    return Period(first, last)


def iso_period(period: Period) -> str:
    """Return DHIS2's name of a period: such as `202611`, `2026W48`, `2026Q4`, `2026S2`, `2026`.

    Raises:
        BadPeriod: it is no whole day, week, month, quarter, half or year.
    """
    first, last = period
    if first == last:
        return f"{first:%Y%m%d}"
    year, week, weekday = first.isocalendar()
    if weekday == 1 and last - first == 6 * _DAY:
        return f"{year}W{week}"
    months = (last + _DAY).year * _MONTHS + (last + _DAY).month - first.year * _MONTHS - first.month
    if first.day == 1 and (last + _DAY).day == 1 and (first.month - 1) % months == 0:
        part = (first.month - 1) // months + 1
        names = {1: f"{first:%Y%m}", 3: f"{first.year}Q{part}", 6: f"{first.year}S{part}"}
        name = {**names, _MONTHS: f"{first.year}"}.get(months)
        if name:
            return name
    raise BadPeriod(
        "DHIS2 knows whole days, weeks from Monday, months, quarters, halves and years: "
        f"{first} to {last} is none"
    )
