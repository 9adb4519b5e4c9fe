"""Periods by name, the one before, and the months up to one; pure."""

from datetime import date, timedelta
from enum import StrEnum

from services.health.indicators.disaggregation import Period

_DAY = timedelta(days=1)
_MONTHS, _QUARTER = 12, 3


class PeriodName(StrEnum):
    """Periods that are known by name; OWN: two days that somebody chooses."""

    LAST_MONTH = "last_month"
    MONTH = "month"
    LAST_QUARTER = "last_quarter"
    QUARTER = "quarter"
    LAST_YEAR = "last_year"
    YEAR = "year"
    OWN = "own"


_LENGTHS = {
    PeriodName.MONTH: (1, 0),
    PeriodName.LAST_MONTH: (1, 1),
    PeriodName.QUARTER: (_QUARTER, 0),
    PeriodName.LAST_QUARTER: (_QUARTER, 1),
    PeriodName.YEAR: (_MONTHS, 0),
    PeriodName.LAST_YEAR: (_MONTHS, 1),
}


def named_period(name: PeriodName, today: date) -> Period:
    """Return the days of a period that has a name, as of today; those to come are in it."""
    length, back = _LENGTHS[name]
    begin = (today.month - 1) // length * length + 1
    first = _moved(today.replace(month=begin, day=1), -length * back)
    return months_from(first, length)


def months_from(first: date, count: int) -> Period:
    """Return whole months from a first day of a month."""
    return Period(first, _moved(first, count) - _DAY)


def whole_months(period: Period) -> int:
    """Return how many whole months a period has; 0: it has others days too."""
    first, after = period.first, period.last + _DAY
    if first.day != 1 or after.day != 1:
        return 0
    return (after.year - first.year) * _MONTHS + after.month - first.month


def period_before(period: Period) -> Period:
    """Return as many months, or else as many days, as a period has, right before it."""
    months = whole_months(period)
    if months:
        return months_from(_moved(period.first, -months), months)
    return Period(period.first - (period.last - period.first) - _DAY, period.first - _DAY)


def months_up_to(day: date, count: int) -> list[Period]:
    """Return months, the last of them that of a day, in the order of time."""
    month = day.replace(day=1)
    return [months_from(_moved(month, -back), 1) for back in reversed(range(count))]


def _moved(first: date, months: int) -> date:
    """Move the first day of a month by some months."""
    count = first.year * _MONTHS + first.month - 1 + months
    return first.replace(year=count // _MONTHS, month=count % _MONTHS + 1)
