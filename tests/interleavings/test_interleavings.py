"""Whole commands of several people, in any order of their statements, are as if done in turn."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.storage import locks
from tests.interleavings.farm import ACTS
from tests.interleavings.stage import Switch
from tests.support.environment import INTERLEAVINGS

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

LOCK = "pg_advisory_xact_lock"
FULLY = INTERLEAVINGS >= 1_000
_LONGEST = 60
"""Statements of the longest command, about."""

# Where the writers' lock was argued to be needed: each of the two is stopped at each statement.
ARGUED = [
    ("take F", "dead F"),
    ("give G", "dead G"),
    ("arrive B", "dead B"),
    ("arrive B", "arrive C"),
    ("arrive B", "arrive B elsewhere"),
    ("may A move", "order"),
    ("move", "order"),
    ("may A move", "dead A"),
    ("register", "register the same"),
    ("register", "forget"),
    ("place", "forget"),
    ("stop", "forget"),
    ("take F", "forget"),
    ("may A move", "erase"),
    ("dead A", "erase"),
    ("sell to stranger", "first text"),
    ("sell to stranger", "first question"),
    ("sell to stranger", "first sickness"),
    ("move", "sync"),
]


def stops(theatre, names) -> list[int]:
    """Numbers of statements after which the first of them is stopped.

    Once it holds the lock, whoever needs it waits to its commit: few of the later stops differ.
    """
    theatre.play(names, [])
    said = [what for name, what in theatre.stage.trace if name == names[0]]
    locked = next((place for place, what in enumerate(said) if LOCK in what), len(said))
    every = range(1, len(said) + 1)
    return [one for one in every if FULLY or one <= locked + 2 or one % 8 == 0 or one == len(said)]


@pytest.mark.parametrize(
    "names", [one for pair in ARGUED for one in (pair, pair[::-1])], ids="+".join
)
def test_two__the_one_stopped_at_each_statement__are_as_if_in_turn(theatre, names):
    for after in stops(theatre, names):
        theatre.play(names, [Switch(after, 0)])


_switches = st.lists(
    st.builds(Switch, st.integers(1, _LONGEST), st.integers(0, 1)), min_size=1, max_size=4
)
_commands = st.lists(st.sampled_from(sorted(ACTS)), min_size=2, max_size=3, unique=True)


@given(_commands, _switches)
@settings(
    max_examples=INTERLEAVINGS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_some__by_any_schedule__are_as_if_in_turn(theatre, names, schedule):
    theatre.play(names, schedule)


@pytest.mark.parametrize("names", [("arrive B", "arrive C"), ("register", "register the same")])
def test_two__without_the_lock__differ_from_every_order_in_turn(theatre, names, monkeypatch):
    """What these tests find is there to be found: without the lock it is lost."""
    monkeypatch.setattr(locks, "_LOCK", text("SELECT 1"))
    found = []
    for after in range(2, 40, 2):
        try:
            theatre.play(names, [Switch(after, 0)])
        except AssertionError as error:
            found.append(error)
    assert found
