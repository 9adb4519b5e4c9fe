from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from services.core.geography import BOUGAINVILLE_ZONE
from services.health.campaigns.forecast import Forecast, Pace, forecast
from sms.local_time import DEFAULT_ZONE
from sms.settings import SmsSettings

# 20:00 in Port Moresby.
EVENING = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)


def pace(hours=48, zones=(DEFAULT_ZONE,), settings=None):
    end = EVENING + timedelta(hours=hours)
    return Pace(EVENING, end, 10, zones, settings or SmsSettings())


def test_forecast__evening_and_morning__stops_a_quarter_before_the_night():
    found = forecast(pace(), 500, EVENING)
    assert found == Forecast(
        {EVENING: 450, MORNING: 50}, ends_at=MORNING + timedelta(minutes=5), unsent=0
    )


def test_forecast__two_zones__sends_while_it_is_day_in_both():
    found = forecast(pace(zones=(DEFAULT_ZONE, BOUGAINVILLE_ZONE)), 10, EVENING)
    assert found.hours == {MORNING: 10}


def test_forecast__no_quiet_hours__sends_all_night():
    settings = SmsSettings(quiet_from=time(0), quiet_until=time(0))
    found = forecast(pace(settings=settings), 1_200, EVENING)
    assert found.hours == {EVENING: 600, EVENING + timedelta(hours=1): 600}


@pytest.mark.parametrize(("hours", "unsent"), [(1, 550), (12, 0)])
def test_forecast__short_window__tells_for_how_many(hours, unsent):
    found = forecast(pace(hours), 1_000, EVENING)
    assert (found.unsent, found.ends_at is None) == (unsent, bool(unsent))


def test_pace__at_the_ends_of_the_window__is_open_from_its_first_instant_to_before_its_last():
    at_any_hour = pace(1, settings=SmsSettings(quiet_from=time(0), quiet_until=time(0)))
    instant = timedelta(microseconds=1)
    moments = [EVENING - instant, EVENING, at_any_hour.closes_at - instant, at_any_hour.closes_at]
    assert [at_any_hour.is_open(now) for now in moments] == [False, True, True, False]


def test_forecast__nobody__never_ends():
    assert forecast(pace(), 0, EVENING) == Forecast({}, None, 0)


def test_forecast__begun_late__counts_from_now():
    now = EVENING + timedelta(minutes=40)
    assert forecast(pace(), 60, now).hours == {EVENING: 50, MORNING: 10}
