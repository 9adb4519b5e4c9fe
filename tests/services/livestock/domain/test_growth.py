"""Weights that are likely for one pig, and those that somebody is asked about."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.livestock.domain.growth import MOST_KILOGRAMS, Weighing, is_likely, nearest

TODAY = date(2026, 11, 25)


def ago(days, kilograms):
    return Weighing(TODAY - timedelta(days=days), kilograms)


@pytest.mark.parametrize(
    ("kilograms", "known", "likely"),
    [
        (84, [], True),
        (0.2, [], False),
        (900, [], False),
        (84, [ago(30, 60)], True),
        (840, [ago(30, 84)], False),
        (8.4, [ago(30, 84)], False),
        (20, [ago(56, 1.5)], True),
        (20, [ago(1, 1.5)], False),
        (1, [ago(0, 3)], True),
        (84, [ago(365, 8)], True),
        # Told late, of a day before the known one.
        (60, [ago(-30, 84)], True),
        (84, [ago(-1, 8)], False),
        # The nearest day counts, not the last one told.
        (84, [ago(10, 80), ago(300, 8)], True),
    ],
)
def test_is_likely__of_a_weight__goes_by_the_nearest_other(kilograms, known, likely):
    assert is_likely(Weighing(TODAY, kilograms), known) is likely


@given(some.floats(0.3, MOST_KILOGRAMS), some.integers(-700, 700))
def test_is_likely__of_the_same_weight_again__is_always_so(kilograms, days):
    assert is_likely(Weighing(TODAY, kilograms), [ago(days, kilograms)])


@given(some.floats(4, 40), some.integers(0, 20))
def test_is_likely__of_ten_times_a_weight_of_these_days__is_never_so(kilograms, days):
    assert not is_likely(Weighing(TODAY, 10 * kilograms), [ago(days, kilograms)])


def test_nearest__of_none__is_none():
    assert nearest(TODAY, []) is None
