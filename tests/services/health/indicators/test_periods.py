from __future__ import annotations

from datetime import date

import pytest

from services.health.errors import BadPeriod
from services.health.indicators.disaggregation import Period, iso_period, period_of

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
