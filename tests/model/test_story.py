"""The example of docs/model.md: what its last column says, by the rules and by the program."""

from __future__ import annotations

import pytest

from tests.model.comparing import compare
from tests.model.history import History, Said
from tests.model.rules import Reference

NOV_1 = 0
MOB, PART = 0, 1
TOLD = (
    Said("register", NOV_1, MOB, 0, heads=20),
    Said("register", 9, PART, 0, heads=5, part_of=MOB),
    Said("count", 9, MOB, 0, taken=5),
    Said("depart", 9, PART, 0, 1),
    Said("arrive", 10, PART, 1),
    Said("treatment", 5, MOB, 0, withdrawal=28),
    Said("count", 4, MOB, 0, heads=19),
    Said("arrive", 10, PART, 1),
    Said("death", 8, PART, 1),
)
EXAMPLE = History(TOLD, frozenset({MOB, PART}))
DEC_1, DEC_4 = 30, 33


def test_example__by_the_rules__says_what_the_page_says() -> None:
    model = Reference(EXAMPLE)
    assert model.heads(MOB) == 14
    assert model.withdrawal(MOB) == model.withdrawal(PART) == DEC_4
    assert [move.days for move in model.movements(PART)] == [(9, 10)]
    assert model.standstill(PART, 12) == DEC_1
    assert model.flags(PART) == {(place, "event_after_death") for place in (1, 3, 4, 7)}
    on_15_nov = Reference(EXAMPLE, known=5)
    assert (on_15_nov.withdrawal(PART), on_15_nov.heads(MOB)) == (None, 15)


@pytest.mark.slow
def test_example__by_the_program__is_the_same(database) -> None:
    assert not list(map(str, compare(database, [EXAMPLE], deep=1)))
