"""The reference model against the truth, and against itself; the program is not asked here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.drawing import draw, drawn_from
from tests.model.history import History, Said
from tests.model.rules import Reference
from tests.support.environment import EXAMPLES

if TYPE_CHECKING:
    from random import Random

_SEEDS = range(300)


@pytest.mark.slow
def test_what_is_told_well_is_the_truth() -> None:
    checked = 0
    for seed in _SEEDS:
        drawn = drawn_from(seed)
        if not drawn.well_told or _leaves_twice_a_day(drawn.history):
            continue
        model = Reference(drawn.history)
        for animal, days in drawn.truth.items():
            for day, place in days.items():
                where = model.where(animal, day)
                if where.sure:
                    assert where.places == ({place} if place >= 0 else set()), (seed, animal, day)
                    checked += 1
    assert checked > 1_000


def test_a_third_of_histories_and_more_are_irregular() -> None:
    histories = [drawn_from(seed).history for seed in _SEEDS]
    assert sum(one.irregular for one in histories) > len(histories) / 3


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES)
def test_in_which_order_days_are_told_changes_nothing(random: Random) -> None:
    history = _plain(draw(random).history)
    in_order = sorted(history.said, key=lambda one: one.day)
    late, on_time = Reference(history), Reference(replace(history, said=tuple(in_order)))
    for animal in history.animals:
        assert late.owner(animal) == on_time.owner(animal)
        assert late.heads(animal) == on_time.heads(animal)
        assert late.ended(animal) == on_time.ended(animal)
        assert late.withdrawal(animal) == on_time.withdrawal(animal)
        for day in history.days:
            assert late.where(animal, day).places == on_time.where(animal, day).places


def test_a_treatment_told_after_the_parting_keeps_the_part_from_slaughter() -> None:
    history = History(
        (
            Said("register", 0, 0, 0, heads=9),
            Said("register", 10, 1, 0, heads=5, part_of=0),
            Said("count", 10, 0, 0, taken=5),
            Said("treatment", 4, 0, 0, withdrawal=28),
            Said("treatment", 11, 0, 0, withdrawal=90),
        ),
        frozenset({0, 1}),
    )
    model = Reference(history)
    assert (model.withdrawal(0), model.withdrawal(1)) == (101, 32)
    assert Reference(history, known=3).withdrawal(1) is None


def test_a_departure_of_january_and_an_arrival_of_november_are_two_movements() -> None:
    history = History((Said("depart", 9, 0, 0, 1), Said("arrive", 323, 0, 1, 0)))
    model = Reference(history)
    assert [move.days for move in model.movements(0)] == [(9, 9), (323, 323)]
    assert model.chain(0, 0, 30, outgoing=True) == {1: 9}
    assert model.chain(0, 300, 330, outgoing=True) == {1: 323}


def _leaves_twice_a_day(history: History) -> bool:
    left = [(one.animal, one.day) for one in history.said if one.kind == "depart"]
    return len(left) != len(set(left))


def _plain(history: History) -> History:
    """Return it without ties of a day, second registrations and corrections."""
    seen, said = set(), []
    for one in history.said:
        beginning = one.kind in {"register", "birth"}
        marks = {(one.animal, one.day)} | ({(one.animal, "begun")} if beginning else set())
        if one.of is None and not one.evidence and not marks & seen:
            said.append(one)
            seen |= marks
    return replace(history, said=tuple(said))
