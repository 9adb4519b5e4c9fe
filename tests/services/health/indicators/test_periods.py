from __future__ import annotations

from datetime import date

import pytest

from services.health.errors import BadPeriod
from services.health.indicators.dhis2_sending import kind_of
from services.health.indicators.disaggregation import Period, iso_period, period_of
from services.health.indicators.periods import (
    PeriodName,
    months_up_to,
    named_period,
    period_before,
    whole_months,
)

KNOWN = {
    "20261125": ("2026-11-25", "2026-11-25"),
    "2026W48": ("2026-11-23", "2026-11-29"),
    "2026W1": ("2025-12-29", "2026-01-04"),
    "202602": ("2026-02-01", "2026-02-28"),
    "202612": ("2026-12-01", "2026-12-31"),
    "2026Q4": ("2026-10-01", "2026-12-31"),
    "2026S1": ("2026-01-01", "2026-06-30"),
    "2026S2": ("2026-07-01", "2026-12-31"),
    "2026": ("2026-01-01", "2026-12-31"),
}
STRANGE = {
    "ten days": ("2026-11-01", "2026-11-10"),
    "two months": ("2026-11-01", "2026-12-31"),
    "a quarter from February": ("2026-02-01", "2026-04-30"),
    "a year from July": ("2026-07-01", "2027-06-30"),
    "a week from Tuesday": ("2026-11-24", "2026-11-30"),
    "two years": ("2026-01-01", "2027-12-31"),
}


def between(days):
    return Period(*map(date.fromisoformat, days))


@pytest.mark.parametrize("name", KNOWN)
def test_iso_period__whole_in_the_calendar__is_what_dhis2_calls_it(name):
    assert iso_period(between(KNOWN[name])) == name


@pytest.mark.parametrize("name", STRANGE)
def test_iso_period__anything_else__is_refused(name):
    with pytest.raises(BadPeriod):
        iso_period(between(STRANGE[name]))


@pytest.mark.parametrize(
    "days",
    [("2026-11-02", "2026-11-01"), ("0001-01-01", "2026-01-01"), ("9999-01-01", "9999-12-31")],
    ids=["backwards", "first_year", "last_year"],
)
def test_period_of__no_days_to_count__is_refused(days):
    with pytest.raises(BadPeriod):
        period_of(*map(date.fromisoformat, days))


NAMED = {
    PeriodName.MONTH: ((2026, 1, 1), (2026, 1, 31)),
    PeriodName.LAST_MONTH: ((2025, 12, 1), (2025, 12, 31)),
    PeriodName.QUARTER: ((2026, 1, 1), (2026, 3, 31)),
    PeriodName.LAST_QUARTER: ((2025, 10, 1), (2025, 12, 31)),
    PeriodName.YEAR: ((2026, 1, 1), (2026, 12, 31)),
    PeriodName.LAST_YEAR: ((2025, 1, 1), (2025, 12, 31)),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_period__in_january__may_lie_in_the_year_before(name):
    first, last = NAMED[name]
    found = named_period(name, date(2026, 1, 31))
    assert found == Period(date(*first), date(*last))
    # DHIS2 knows each of them.
    assert kind_of(iso_period(found)) in {"Monthly", "Quarterly", "Yearly"}


BEFORE = (
    (((2026, 3, 1), (2026, 3, 31)), ((2026, 2, 1), (2026, 2, 28)), 1),
    (((2026, 1, 1), (2026, 3, 31)), ((2025, 10, 1), (2025, 12, 31)), 3),
    (((2024, 1, 1), (2024, 12, 31)), ((2023, 1, 1), (2023, 12, 31)), 12),
    (((2026, 3, 2), (2026, 3, 31)), ((2026, 1, 31), (2026, 3, 1)), 0),
    (((2026, 3, 5), (2026, 3, 5)), ((2026, 3, 4), (2026, 3, 4)), 0),
)


@pytest.mark.parametrize(("days", "before", "months"), BEFORE)
def test_period_before__months_or_days__is_as_long_and_ends_the_day_before(days, before, months):
    period = Period(*(date(*one) for one in days))
    assert period_before(period) == Period(*(date(*one) for one in before))
    assert whole_months(period) == months


def test_months_up_to__a_day__are_whole_and_follow_each_other():
    found = months_up_to(date(2026, 2, 3), 4)
    assert [one.first for one in found] == [
        date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)
    ]  # fmt: skip
    assert found[-1].last == date(2026, 2, 28)
    periods = {"20261128": "Daily", "2026W48": "Weekly", "2026S2": "SixMonthly"}
    assert {one: kind_of(one) for one in periods} == periods
