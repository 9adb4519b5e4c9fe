from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sms.circuit import (
    DOWN_WAIT,
    FAILURES,
    LONGEST_WAIT,
    PROBE_LIFE,
    SHORT_WAIT,
    Circuit,
    CircuitState,
)
from sms.message import AttemptState, FailureClass, Outcome
from tests.fakes.carriers import LOST, SENT, Clock, refused

NOW = Clock()()
MOMENT = timedelta(microseconds=1)
CLOSED, OPEN, HALF_OPEN = CircuitState
DOWN = refused(FailureClass.CHANNEL_DOWN)
TRANSIENT = refused(FailureClass.TRANSIENT)
THROTTLED = refused(FailureClass.TRANSIENT, 30)
WORKS = [
    SENT,
    *map(
        refused,
        [
            FailureClass.OPTED_OUT,
            FailureClass.DEAD_NUMBER,
            FailureClass.NEVER,
            FailureClass.ROUTE,
            FailureClass.UNREACHABLE,
        ],
    ),
]


def failing(outcome, times, now=NOW, circuit=None):
    circuit = circuit or Circuit()
    for _ in range(times):
        circuit = circuit.after(outcome, now)
    return circuit


def waits_of(outcome, times, first=1):
    """How long a circuit stays open each time, when every probe ends in `outcome`."""
    circuit, now, waits = failing(outcome, first), NOW, []
    for _ in range(times):
        waits.append(circuit.open_until - now)
        now = circuit.open_until
        circuit = circuit.probed(now).after(outcome, now)
    return waits


@pytest.mark.parametrize("outcome", [TRANSIENT, LOST])
def test_after__failures_in_a_row__opens_at_the_fifth(outcome):
    before = failing(outcome, FAILURES - 1)
    assert (before.state(NOW), before.failures) == (CLOSED, FAILURES - 1)
    opened = before.after(outcome, NOW)
    assert opened.state(NOW) is OPEN
    assert opened.open_until == opened.reopens_at() == NOW + SHORT_WAIT
    assert (opened.code, opened.opened_at, opened.trips) == (outcome.code, NOW, 1)


@pytest.mark.parametrize("outcome", WORKS)
def test_after__carrier_works__the_row_of_failures_is_broken(outcome):
    assert failing(TRANSIENT, FAILURES - 1).after(outcome, NOW) == Circuit()
    assert failing(DOWN, 1).after(outcome, NOW) == Circuit()


def test_after__channel_says_that_it_is_down__opens_at_once():
    opened = failing(DOWN, 1)
    assert opened.state(NOW) is OPEN
    assert opened.reopens_at() == NOW + DOWN_WAIT
    assert opened.state(NOW + DOWN_WAIT - MOMENT) is OPEN
    assert opened.state(NOW + DOWN_WAIT) is HALF_OPEN


@pytest.mark.parametrize("asked", [0, 30, 10**6])
def test_after__throttled__never_counts(asked):
    throttled = refused(FailureClass.TRANSIENT, asked)
    assert failing(throttled, 99) == Circuit()
    before = failing(TRANSIENT, FAILURES - 1)
    assert failing(throttled, 99, circuit=before) == before


def test_after__calls_that_were_in_the_air_when_it_opened__do_not_open_it_longer():
    opened = failing(DOWN, 1)
    assert failing(DOWN, 20, NOW + MOMENT, opened) == opened


@pytest.mark.parametrize(
    ("outcome", "first", "shortest"),
    [(TRANSIENT, FAILURES, SHORT_WAIT), (LOST, FAILURES, SHORT_WAIT), (DOWN, 1, DOWN_WAIT)],
)
def test_after__probe_fails_each_time__waits_double_up_to_the_longest(outcome, first, shortest):
    waits = waits_of(outcome, 40, first)
    assert waits[0] == shortest
    for before, after in pairwise(waits):
        assert after == min(before * 2, LONGEST_WAIT)
    assert waits[-1] == LONGEST_WAIT


def test_after__carrier_asks_for_a_longer_wait__gets_it():
    asked = failing(refused(FailureClass.CHANNEL_DOWN, 7200), 1)
    assert asked.open_until == NOW + timedelta(hours=2)
    shorter = failing(refused(FailureClass.CHANNEL_DOWN, 1), 1)
    assert shorter.open_until == NOW + DOWN_WAIT


def test_after__probe_fails__remembers_since_when_it_is_open_and_why_now():
    opened = failing(DOWN, 1)
    later = NOW + DOWN_WAIT
    again = opened.probed(later).after(LOST, later)
    assert (again.opened_at, again.code, again.trips) == (NOW, LOST.code, 2)
    assert again.state(later) is OPEN


def test_probed__its_worker_died__another_may_try_a_minute_later():
    opened = failing(DOWN, 1)
    at = NOW + DOWN_WAIT
    probed = opened.probed(at)
    assert probed.state(at) is OPEN
    assert probed.reopens_at() == at + PROBE_LIFE
    assert probed.state(at + PROBE_LIFE - MOMENT) is OPEN
    assert probed.state(at + PROBE_LIFE) is HALF_OPEN


def test_probed__throttled__the_next_one_may_try_when_it_is_over():
    at = NOW + DOWN_WAIT
    probed = failing(DOWN, 1).probed(at)
    assert probed.after(THROTTLED, at) == probed


def test_reopens_at__closed__is_none():
    assert Circuit().reopens_at() is None
    assert failing(TRANSIENT, FAILURES - 1).reopens_at() is None


OUTCOMES = [*WORKS, DOWN, TRANSIENT, LOST, THROTTLED, refused(FailureClass.CHANNEL_DOWN, 7200)]


class ChannelMachine(RuleBasedStateMachine):
    """Calls of one channel as workers make them: at once when closed, one when half open."""

    def __init__(self):
        super().__init__()
        self.now, self.circuit = NOW, Circuit()
        self.flying = []
        self.row = 0

    @rule(seconds=st.sampled_from([1, 25, 60, 301, 3600, 7200]))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def message_is_due(self):
        match self.circuit.state(self.now):
            case CircuitState.CLOSED:
                self.flying.append(None)
            case CircuitState.HALF_OPEN:
                alive = [at for at in self.flying if at and at + PROBE_LIFE > self.now]
                assert not alive, "two probes at once"
                self.circuit = self.circuit.probed(self.now)
                assert self.circuit.state(self.now) is OPEN
                self.flying.append(self.now)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), outcome=st.sampled_from(OUTCOMES))
    def call_ends(self, data, outcome):
        self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        before = self.circuit
        was = before.state(self.now)
        after = self.circuit = before.after(outcome, self.now)
        counts = outcome in {DOWN, TRANSIENT, LOST} or outcome.retry_after == 7200
        if outcome in WORKS:
            self.row = 0
            self.flying = [None] * len(self.flying)  # what was a probe is a call like others now
            assert after == Circuit()
        elif outcome == THROTTLED:
            assert after == before
        elif was is CLOSED:
            self.row += 1
            opens = outcome.failure is FailureClass.CHANNEL_DOWN or self.row == FAILURES
            assert counts
            assert (after.state(self.now) is OPEN) == opens
        else:
            assert after.state(self.now) is OPEN
            assert after.open_until >= before.open_until

    @invariant()
    def it_opens_for_a_reason_and_not_for_ever(self):
        it = self.circuit
        assert (it.open_until is None) == (it.trips == 0) == (it.opened_at is None)
        if it.state(self.now) is OPEN:
            assert it.code
            assert self.now < it.reopens_at() <= self.now + timedelta(hours=2)
            assert it.state(it.reopens_at()) is HALF_OPEN


ChannelMachine.TestCase.settings = hypothesis_settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
test_circuit__any_calls__at_most_one_probe = ChannelMachine.TestCase


def test_state__uncertain_outcome_of_another_class__is_no_failure_of_the_channel():
    odd = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.ROUTE)
    assert failing(odd, 9) == Circuit()
