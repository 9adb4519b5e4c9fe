"""Random schedules of faults between reports: in the end each record is on the ledger, once.

`make faults` runs two hundred, `make test-all` eight; one schedule in six has PostgreSQL. A failure
tells its seed and what happened; `python -m tests.flow.schedules SEED --shorten` runs it again, and
leaves out what it does not need to fail.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.flow.schedules.actions import BackUp, Mine, Report, Restore, Step
from tests.flow.schedules.breaking import BROKEN, forget_what_waits
from tests.flow.schedules.planning import plan
from tests.flow.schedules.running import opened_world, run, run_seed, template
from tests.support.environment import FIRST_SEED, POSTGRES_URL, SCHEDULES

SEEDS = range(FIRST_SEED, FIRST_SEED + SCHEDULES)
ON_POSTGRES = 6
TO_CATCH = [seed for seed in range(60) if any(isinstance(each, Restore) for each in plan(seed))]

pytestmark = [pytest.mark.anvil, pytest.mark.slow]


def is_on_postgres(seed: int) -> bool:
    return seed % ON_POSTGRES == ON_POSTGRES - 1


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with template(tmp_path_factory.mktemp("template") / "data", POSTGRES_URL) as made:
        yield made


@pytest.fixture(scope="module")
def happened():
    """How often each action and each repair, over all schedules."""
    actions: Counter[str] = Counter()
    repairs: Counter[str] = Counter()
    yield actions, repairs
    print(f"\nactions {dict(actions.most_common())}\nrepairs {dict(repairs.most_common())}")  # noqa: T201


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=pytest.mark.postgres if is_on_postgres(seed) else ())
        for seed in SEEDS
    ],
)
def test_schedule__of_random_faults__leaves_each_record_on_the_ledger_once(seed, made, happened):
    actions, repairs = happened
    repairs.update(run_seed(made, seed, postgres=is_on_postgres(seed)).repairs)
    actions.update(type(action).__name__ for action in plan(seed))


def test_plan__of_many_seeds__has_every_action():
    planned = {type(action).__name__ for seed in range(40) for action in plan(seed)}
    assert len(planned) == 17
    assert plan(7) == plan(7)


@pytest.mark.parametrize("broken", BROKEN)
def test_recorder__broken_on_purpose__is_caught(broken, made):
    for seed in TO_CATCH:
        with opened_world(made, BROKEN[broken]) as world:
            try:
                run(world, plan(seed))
            except AssertionError:
                return
    pytest.fail(f"{len(TO_CATCH)} schedules have not noticed it")


def test_recorder__records_again_what_a_restore_left_waiting__is_caught(made):
    step = Step(flush=True)
    actions = [Report(2), BackUp(), step, Mine(2), Restore(0), Report(1), step]
    with opened_world(made) as world:
        run(world, actions)
    with (
        opened_world(made, forget_what_waits) as world,
        pytest.raises(AssertionError, match="on the chain twice"),
    ):
        run(world, actions)
