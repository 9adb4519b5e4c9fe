"""Days by the clock of a place."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sms.local_time import local_day, start_of_day

BOUGAINVILLE = "Pacific/Bougainville"


def test_local_day__between_the_two_midnights__depends_on_the_zone():
    # 23:30 in the capital is half past midnight in Bougainville.
    at = datetime(2026, 3, 9, 13, 30, tzinfo=UTC)
    assert local_day(at) == date(2026, 3, 9)
    assert local_day(at, BOUGAINVILLE) == date(2026, 3, 10)


def test_local_day__beyond_the_calendar__is_its_first_or_last_day():
    assert local_day(datetime.max.replace(tzinfo=UTC)) == date.max
    assert local_day(datetime.min.replace(tzinfo=UTC), "America/Lima") == date.min


def test_start_of_day__by_the_clock_of_the_zone__is_told_in_utc():
    day = date(2026, 3, 10)
    assert start_of_day(day) == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    assert start_of_day(day, BOUGAINVILLE) == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
