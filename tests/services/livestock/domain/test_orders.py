from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.livestock.domain.movement_decision import may_move
from services.livestock.domain.orders import judge
from services.livestock.domain.places import Whereabouts
from tests.factories import day
from tests.services.livestock.domain.worlds import (
    EARLY,
    LAE,
    MADANG,
    MOROBE,
    PIG,
    journey,
    order,
    reasons,
    world,
)

NOON = timedelta(hours=12)


def instant(number, at=NOON):
    """An instant of a day of 2026, counted from 1, in UTC."""
    return datetime.combine(day(number), datetime.min.time(), UTC) + at


@pytest.mark.parametrize(
    ("on", "expected"), [(9, False), (10, True), (19, True), (20, False), (21, False)]
)
def test_in_force__day__counts_the_first_and_not_the_last(on, expected):
    assert order(MOROBE, since=10, until=20).in_force(day(on)) is expected


def test_in_force__open_order__never_ends():
    assert order(MOROBE, since=10).in_force(day(300))


def test_in_force__declared_later_than_known__does_not_bind():
    declared = order(MOROBE, since=10, declared_at=instant(12))
    assert not declared.in_force(day(11), instant(12) - timedelta(microseconds=1))
    assert declared.in_force(day(11), instant(12))


def test_in_force__lifted_early__was_open_until_then():
    lifted = order(MOROBE, since=10, until=20, lifted_at=instant(19))
    assert lifted.in_force(day(25), instant(18))
    assert not lifted.in_force(day(25), instant(19))
    assert not lifted.in_force(day(25))
    assert not lifted.in_force(day(9), instant(18))


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(1, 60))
def test_in_force__what_was_known__stays_known(since, declared, on, known):
    one = order(MOROBE, since=since, until=since + 9, declared_at=EARLY + declared * NOON)
    if one.in_force(day(on), EARLY + known * NOON):
        assert one.in_force(day(on), EARLY + (known + 1) * NOON)
        assert one.in_force(day(on))


def test_may_move__known_at__judges_by_what_was_declared_by_then():
    known = world(order(MOROBE, since=10, declared_at=instant(12)))
    assert may_move(PIG, journey(on=11, known_at=instant(11)), known).allowed
    assert reasons(may_move(PIG, journey(on=11, known_at=instant(13)), known)) == ["quarantine"]
    assert reasons(may_move(PIG, journey(on=11), known)) == ["quarantine"]


# First day, day after the last and day of declaration of the order; days of moving and of reporting
# -> whether it moved while barred, whether it was reported late.
JUDGED = [
    ((10, None, 10), (9, 9), (False, False)),
    ((10, None, 10), (10, 11), (True, False)),
    ((10, None, 10), (9, 12), (False, True)),
    ((10, 20, 10), (19, 25), (True, False)),
    ((10, 20, 10), (20, 25), (False, False)),
    ((10, None, 12), (11, 11), (False, False)),
    ((10, None, 12), (11, 13), (False, True)),
    ((10, None, 12), (12, 13), (True, False)),
]


@pytest.mark.parametrize(("terms", "days", "expected"), JUDGED)
def test_judge__both_clocks__tells_a_breach_from_a_late_report(terms, days, expected):
    since, until, declared = terms
    moved, reported = days
    quarantine = order(MOROBE, since=since, until=until, declared_at=instant(declared, NOON / 12))
    judged = judge(journey(on=moved), instant(reported), [quarantine])
    assert (bool(judged.on_its_day), judged.reported_late) == expected


def test_judge__order_declared_in_the_evening__counts_for_the_local_day():
    # Day 10 ends at 14:00 UTC in Lae.
    before = order(MOROBE, since=10, declared_at=instant(10, timedelta(hours=13, minutes=59)))
    after = order(MOROBE, since=10, declared_at=instant(10, timedelta(hours=14, minutes=1)))
    trip = journey(on=10)
    assert judge(trip, instant(11), [before]).on_its_day
    assert judge(trip, instant(11), [after]).reported_late


def test_judge__declared_after_the_report_on_one_day__is_no_breach():
    declared = order(MOROBE, since=10, declared_at=instant(10, timedelta(hours=3)))
    judged = judge(journey(on=10), instant(10, timedelta(hours=2)), [declared])
    assert not judged.on_its_day
    assert not judged.reported_late


def test_judge__bougainville__has_a_day_of_its_own():
    buka = Whereabouts(9, "Bougainville", "North Bougainville")
    zone = order({"provinces": ["Bougainville"]}, since=10, declared_at=instant(10, NOON * 1.13))
    assert not judge(journey(buka, on=10), instant(11), [zone]).on_its_day
    assert judge(journey(LAE, buka, on=10), instant(11), [zone]).on_its_day


@pytest.mark.parametrize(
    ("start", "end"),
    [(Whereabouts(9, "Jiwaka"), MADANG), (LAE, Whereabouts(9, "Morobe")), (None, None)],
)
def test_judge__permits_and_doubts__are_left_out(start, end):
    zones = [
        order({"districts": [{"province": "Morobe", "district": "Bulolo"}]}),
        order(MOROBE, "restricted", number="G2"),
    ]
    assert judge(journey(start, end), instant(150), zones) == ((), ())
