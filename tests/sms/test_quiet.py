from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.admission import Close, Facts, Go, Wait, admit
from sms.message import Kind, Late, MessageState, Outgoing
from sms.quiet import next_at, quiet_until
from sms.reasons import Reason
from sms.settings import SmsSettings

MORESBY, BOUGAINVILLE = "Pacific/Port_Moresby", "Pacific/Bougainville"
AHEAD = {MORESBY: timedelta(hours=10), BOUGAINVILLE: timedelta(hours=11)}
MOMENT = timedelta(microseconds=1)
HOURS_OF_2026 = 365 * 24

instants = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(sorted(AHEAD))


def local(zone, hour, minute=0, day=10):
    """The instant at which it is that time on a day of March 2026, by the offset alone."""
    return datetime(2026, 3, day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute) - AHEAD[zone]


@pytest.mark.parametrize("zone", AHEAD)
@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        # Over midnight.
        ((21, 0), (7, 0), (20, 59), None),
        ((21, 0), (7, 0), (21, 0), (31, 0)),
        ((21, 0), (7, 0), (23, 59), (31, 0)),
        ((21, 0), (7, 0), (0, 0), (7, 0)),
        ((21, 0), (7, 0), (6, 59), (7, 0)),
        ((21, 0), (7, 0), (7, 0), None),
        ((21, 0), (7, 0), (12, 0), None),
        # Within a day.
        ((12, 0), (14, 30), (11, 59), None),
        ((12, 0), (14, 30), (12, 0), (14, 30)),
        ((12, 0), (14, 30), (14, 29), (14, 30)),
        ((12, 0), (14, 30), (14, 30), None),
        ((12, 0), (14, 30), (23, 0), None),
        # From or to midnight.
        ((21, 0), (0, 0), (23, 59), (24, 0)),
        ((21, 0), (0, 0), (0, 0), None),
        ((0, 0), (6, 0), (0, 0), (6, 0)),
        ((0, 0), (6, 0), (23, 59), None),
        # None at all.
        ((7, 0), (7, 0), (7, 0), None),
        ((7, 0), (7, 0), (6, 59), None),
        ((0, 0), (0, 0), (0, 0), None),
        # All but a minute.
        ((7, 1), (7, 0), (7, 0), None),
        ((7, 1), (7, 0), (7, 1), (31, 0)),
    ],
)
def test_quiet_until__local_time__is_the_end_of_the_hours_it_is_in(zone, start, end, now, until):
    found = quiet_until(local(zone, *now), zone, time(*start), time(*end))
    assert found == (until and local(zone, *until))


@pytest.mark.parametrize("zone", AHEAD)
def test_quiet_until__moments_beside_the_ends__begin_at_once_and_end_at_once(zone):
    hours = time(21), time(7)
    assert quiet_until(local(zone, 21) - MOMENT, zone, *hours) is None
    assert quiet_until(local(zone, 7) - MOMENT, zone, *hours) == local(zone, 7)
    assert quiet_until(local(zone, 7), zone, *hours) is None


@given(instants, zones, st.times(), st.times())
def test_quiet_until__any_hours__end_outside_themselves_within_a_day(now, zone, start, end):
    until = quiet_until(now, zone, start, end)
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert until.tzinfo is UTC
        assert (until + AHEAD[zone]).time() == end
        assert quiet_until(until, zone, start, end) is None


@given(instants, zones, st.times())
def test_next_at__any_time__is_the_first_after_now(now, zone, at):
    then = next_at(now, zone, at)
    assert now < then <= now + timedelta(days=1)
    assert (then + AHEAD[zone]).time() == at
    assert next_at(then - MOMENT, zone, at) == then


def expected(late, due, zone):
    """What must become of a message that is due at an hour, by the offset alone."""
    there = due + AHEAD[zone]
    if 7 <= there.hour < 21:
        return Go(("console",), 1)
    if late is Late.SKIP:
        return Close(MessageState.SUPPRESSED, Reason.LATE)
    if late is Late.EXPIRE and there.hour >= 21:
        return Close(MessageState.EXPIRED, Reason.LATE)
    until = due + timedelta(hours=(7 - there.hour) % 24)
    return Wait(until, Reason.QUIET_HOURS, replan=late is Late.SHIFT)


@pytest.mark.slow
@pytest.mark.parametrize("late", Late)
def test_admit__every_hour_of_a_year__each_zone_obeys_its_own_quiet_hours(late):
    settings, facts = SmsSettings(), Facts()
    went = dict.fromkeys(AHEAD, 0)
    apart = 0
    for hour in range(HOURS_OF_2026):
        due = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        verdicts = []
        for zone in AHEAD:
            message = Outgoing(
                id=UUID(int=hour),
                to="+67570000001",
                body="Pik i orait.",
                attempts=0,
                expires_at=due + timedelta(days=9),
                planned_at=due,
                kind=Kind.SERVICE,
                zone=zone,
                late=late,
            )
            verdict = admit(message, facts, settings, due)
            assert verdict == expected(late, due, zone), (due, zone)
            went[zone] += isinstance(verdict, Go)
            verdicts.append(isinstance(verdict, Go))
        apart += verdicts[0] is not verdicts[1]
    assert went == dict.fromkeys(AHEAD, 365 * 14)
    assert apart == 365 * 2, "an hour in the morning and one in the evening"


def test_zones__of_the_country__have_kept_their_offsets_all_year():
    for zone, ahead in AHEAD.items():
        for month in range(1, 13):
            noon = next_at(datetime(2026, month, 1, tzinfo=UTC), zone, time(12))
            assert (noon + ahead).time() == time(12)
            assert (noon + ahead).date() == date(2026, month, 1)
