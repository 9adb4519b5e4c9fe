"""Histories that the reference model found, each the smallest of its kind."""

from __future__ import annotations

import pytest

from tests.model.comparing import compare
from tests.model.history import History, Said

HISTORIES = {
    "a departure told after the arrival of its day is in no standstill": (
        Said("arrive", 9, 0, 2),
        Said("depart", 9, 0, 0, 2),
    ),
    "nor is it when it is told again": (
        Said("arrive", 18, 0, 3, 2),
        Said("depart", 18, 0, 2, 3),
        Said("depart", 18, 0, 2, 3),
    ),
    "what nobody registered is not barred by the journey that it is on": (
        Said("depart", 5, 0, 1, 2),
    ),
    "who tags a mob where it arrived is in its standstill": (
        Said("depart", 0, 0, 2, 1),
        Said("register", 1, 1, 1, heads=2, part_of=0),
    ),
    "a part that is told of beside its mob is flagged once": (
        Said("register", 0, 0, 0, heads=7),
        Said("register", 5, 1, 0, heads=3, part_of=0),
        Said("count", 5, 0, 0, taken=3),
        Said("depart", 5, 1, 0, 3),
        Said("treatment", 0, 0, 0, withdrawal=14),
        Said("weight", 6, 1, 0, evidence=True),
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("at_once", [1, 2])
def test_history__as_told__is_as_the_rules_say(database, name, at_once):
    history = History(HISTORIES[name], frozenset({0, 1} if "mob" in name else ()))
    assert not list(map(str, compare(database, [history], at_once=at_once, deep=1)))
