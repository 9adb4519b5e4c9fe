from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.pacing import BURST, pace, room
from tests.fakes.carriers import Clock

NOW = Clock()()
MOMENT = timedelta(microseconds=1)

rates = st.one_of(st.floats(0.01, 500), st.integers(1, 500).map(float))
arrivals = st.lists(
    st.tuples(
        st.integers(0, 3_000_000).map(lambda us: timedelta(microseconds=us)), st.integers(1, 8)
    ),
    min_size=1,
    max_size=60,
)


def seconds(wait):
    return Fraction(wait // MOMENT, 1_000_000)


@given(rates, arrivals)
def test_pace__any_traffic__in_no_window_goes_more_than_rate_and_burst(rate, traffic):
    at, paced, gone = NOW, None, []
    for wait, segments in traffic:
        at += wait
        then = pace(paced, rate, segments, at)
        if then is not None:
            paced = then
            gone.append((at, segments))
    for first, (start, _) in enumerate(gone):
        total = 0
        for end, segments in gone[first:]:
            # Full before this one, it would not have gone.
            assert total < Fraction(rate) * seconds(end - start + BURST)
            total += segments


@given(rates)
def test_pace__many_at_once__room_told_how_many(rate):
    paced, went = None, 0
    while (then := pace(paced, rate, 1, NOW)) is not None:
        assert room(paced, rate, NOW) > 0
        paced, went = then, went + 1
    assert room(paced, rate, NOW) == 0
    assert went <= room(None, rate, NOW) <= went + 1
    assert went <= -(-Fraction(rate) // 1)


@pytest.mark.parametrize(("rate", "burst"), [(0.5, 1), (1, 1), (3, 3), (7, 7), (10, 10), (30, 30)])
def test_pace__whole_rate__lets_one_seconds_worth_go_at_once(rate, burst):
    paced, went = None, 0
    while (then := pace(paced, rate, 1, NOW)) is not None:
        paced, went = then, went + 1
    assert went == burst


@given(rates, arrivals)
def test_pace__busy_channel__uses_its_rate(rate, traffic):
    """Whatever came before, a channel that has fallen silent long enough lets the next one go."""
    at, paced = NOW, None
    for wait, segments in traffic:
        at += wait
        paced = pace(paced, rate, segments, at) or paced
    free_at = max(paced - BURST + MOMENT, at)
    assert pace(paced, rate, 1, free_at) is not None
    assert room(paced, rate, free_at) > 0


def test_pace__parts_of_a_long_text__each_count():
    paced = pace(None, 1, 5, NOW)
    assert paced == NOW + timedelta(seconds=5)
    assert pace(paced, 1, 1, NOW + timedelta(seconds=4)) is None
    after = NOW + timedelta(seconds=4) + MOMENT
    assert pace(paced, 1, 1, after) == NOW + timedelta(seconds=6)


def test_pace__silent_for_long__saves_nothing_up():
    assert pace(NOW - timedelta(days=9), 2, 1, NOW) == NOW + timedelta(seconds=0.5)
    assert room(NOW - timedelta(days=9), 2, NOW) == room(None, 2, NOW) == 2


def test_room__throttled_by_the_carrier__is_none_until_then():
    until = NOW + timedelta(minutes=5)
    assert room(until, 100, NOW) == 0
    assert pace(until, 100, 1, NOW) is None
    assert room(until, 100, until) == 100
