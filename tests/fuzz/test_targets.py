"""A bounded part of `make fuzz`, the same inputs each time."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.running import run_all
from tests.fuzz.targets import TARGETS, Target
from tests.support.environment import FUZZED


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_target__arbitrary_inputs__raises_nothing_but_what_it_documents(target):
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

    @settings(max_examples=FUZZED, derandomize=True, database=None, suppress_health_check=slow)
    @given(target.inputs)
    def read(value):
        target(value)

    read()


def test_targets__names__are_each_used_once():
    names = [target.name for target in TARGETS]
    assert len(set(names)) == len(names)


def broken(value):
    if len(value) > 3:
        raise ZeroDivisionError


@pytest.mark.slow
def test_run_all__target_that_raises__is_told_with_its_seed():
    target = Target("broken", TARGETS[4].inputs, broken)
    [found] = run_all([target], inputs=500, workers=0)
    assert "ZeroDivisionError" in found.failures[0]
    assert "--target broken --seed 0" in found.failures[0]
    assert "Failing test case" in found.failures[0]


@pytest.mark.slow
def test_run_all__target_that_is_slow__is_told(monkeypatch):
    ticks = iter(range(10**9))
    monkeypatch.setattr("tests.fuzz.running.process_time", lambda: next(ticks))
    [found] = run_all([Target("slow", TARGETS[4].inputs, len)], inputs=10, workers=0)
    assert "longer than 0.05 s" in found.failures[0]


@pytest.mark.slow
def test_run_all__good_target__counts_every_input_and_its_time():
    [found] = run_all([Target("good", TARGETS[4].inputs, len)], inputs=600, workers=0)
    assert found.failures == []
    assert found.inputs == 600
    assert 0 < found.percentile(0.5) <= found.percentile(0.99) <= found.slowest.seconds
