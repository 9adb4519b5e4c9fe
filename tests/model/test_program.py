"""Random histories, told to the program and to the rules: both say the same of them.

`make model` tells many more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.comparing import compare
from tests.model.drawing import draw, drawn_from
from tests.support.environment import EXAMPLES, HISTORIES

if TYPE_CHECKING:
    from random import Random

    from services.storage.database import Database
    from tests.model.history import History

_FEW = 150
_SHARED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def histories(first: int, count: int) -> list[History]:
    drawn = [drawn_from(seed).history for seed in range(first, first + count)]
    return [one for one in drawn if one.said]


def agree(database: Database, told: list[History], at_once: int) -> None:
    differing = compare(database, told, at_once=at_once)
    assert not differing, f"{len(differing)} differ; the first:\n{differing[0]}"


@pytest.mark.slow
def test_program_and_rules__few_histories__agree(open_database) -> None:
    agree(open_database("sqlite"), histories(1, _FEW), at_once=1)


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_program_and_rules__many_histories__agree(database, at_once) -> None:
    agree(database, histories(10_000 * at_once, HISTORIES), at_once)


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
@_SHARED
def test_program_and_rules__history_that_shrinks__agree(open_database, random: Random) -> None:
    history = draw(random).history
    if history.said:
        agree(open_database("sqlite"), [history], at_once=2)
