"""A channel that fails is closed for all workers, and tried again by one message."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from sms.circuit import LONGEST_WAIT, PROBE_LIFE, SHORT_WAIT, CircuitState
from sms.message import FailureClass
from tests.factories import in_threads
from tests.fakes.carriers import LOST, refused
from tests.services.messaging.dispatch.post import FIRST, MINUTE, ONE_CHANNEL, SECOND, numbers

UNREACHABLE = refused(FailureClass.TRANSIENT)
THROTTLED = refused(FailureClass.TRANSIENT, retry_after=90)
SECONDS = timedelta(seconds=1)


@pytest.fixture
def alone(post):
    """A post whose only channel is the first."""
    return post.under(routes=ONE_CHANNEL)


def break_channel(post, outcome=UNREACHABLE):
    """Let five calls fail, of two workers; their messages, which are tried again later."""
    post.queue(*numbers(5))
    return [*post.send(outcome, "one", limit=3), *post.send(outcome, "two", limit=2)]


def started_at_once(post, *leased):
    def work(worker, messages):
        return post.store.start(worker, messages, post.clock())

    started = in_threads(*[partial(work, worker, messages) for worker, messages in leased])
    return [one for some in started for one in some]


@pytest.mark.parametrize("outcome", [UNREACHABLE, LOST], ids=["not sent", "in doubt"])
def test_circuit__five_failures_of_two_workers__is_open_for_a_third(alone, outcome):
    alone.queue(*numbers(4))
    alone.send(outcome)
    assert alone.circuit().state(alone.clock()) is CircuitState.CLOSED
    alone.queue()
    alone.send(outcome, "two")
    assert alone.circuit().state(alone.clock()) is CircuitState.OPEN
    (message,) = alone.queue()
    assert alone.start("three") == []
    assert alone.why(message) == ("queued", "channel_down")
    assert alone.due_at(message) == alone.clock() + SHORT_WAIT


@pytest.mark.slow
def test_circuit__failures_at_once__are_all_counted(alone):
    for _ in range(4):
        alone.queue(*numbers(4))
        flying = [[one] for one in alone.start()]
        in_threads(*[partial(alone.finish, one, UNREACHABLE) for one in flying])
        assert alone.circuit().failures == 4
        alone.queue()
        alone.send(limit=1)


@pytest.mark.slow
def test_circuit__success_between_failures__keeps_it_closed(alone):
    for outcome in [UNREACHABLE] * 4 + [None] + [UNREACHABLE] * 4:
        alone.queue()
        alone.send(outcome, limit=1)
    assert alone.circuit().state(alone.clock()) is CircuitState.CLOSED


@pytest.mark.slow
def test_circuit__half_open__lets_one_through_however_many_workers_ask(alone):
    break_channel(alone)
    for _ in range(5):
        alone.clock.now = alone.circuit().reopens_at()
        alone.queue(*numbers(9))
        leased = [(worker, alone.claim(worker, limit=3)) for worker in ("one", "two", "three")]
        (probe,) = started_at_once(alone, *leased)
        assert alone.start("four") == []
        alone.finish([probe], UNREACHABLE)


def test_circuit__probe_that_goes_through__lets_all_others_go(alone):
    break_channel(alone)
    alone.clock.advance(SHORT_WAIT)
    assert len(alone.send()) == 1
    assert alone.circuit().state(alone.clock()) is CircuitState.CLOSED
    alone.clock.advance(PROBE_LIFE)
    assert len(alone.send()) == 4


def test_circuit__probe_that_fails__waits_longer(alone):
    break_channel(alone)
    alone.clock.advance(SHORT_WAIT)
    alone.queue()
    alone.send(UNREACHABLE, limit=1)
    (message,) = alone.queue()
    assert alone.start() == []
    assert alone.due_at(message) == alone.clock() + 2 * SHORT_WAIT


def test_circuit__probe_whose_worker_died__is_followed_by_another(alone):
    break_channel(alone)
    alone.clock.advance(SHORT_WAIT)
    alone.queue(*numbers(3))
    assert len(alone.start("dies")) == 1
    alone.clock.advance(PROBE_LIFE)
    assert len(alone.start("two")) == 1


def test_circuit__first_channel_down__all_go_by_the_second_but_the_probe(post):
    started = break_channel(post)
    assert {one.channel for one in started} == {FIRST}
    post.queue(*numbers(3))
    assert [one.channel for one in post.send()] == [SECOND] * 3
    post.clock.advance(SHORT_WAIT)
    assert sorted(one.channel for one in post.send()) == [FIRST] + [SECOND] * 4


def test_circuit__channel_without_credit__its_message_goes_by_the_second_at_once(post):
    (message,) = post.queue()
    post.send(refused(FailureClass.CHANNEL_DOWN))
    assert post.why(message) == ("queued", "retry")
    assert [one.channel for one in post.send()] == [SECOND]
    assert post.why(message) == ("sent", None)
    assert post.circuit().open_until == post.clock() + 5 * MINUTE


def test_circuit__both_channels_down__waits_for_the_first_that_may_work(post):
    post.queue()
    post.send(refused(FailureClass.CHANNEL_DOWN))
    post.clock.advance(MINUTE)
    post.send(refused(FailureClass.CHANNEL_DOWN))
    (message,) = post.queue()
    assert post.start() == []
    assert post.due_at(message) == post.clock() + 4 * MINUTE


@pytest.mark.parametrize("rates", [{}, {FIRST: 50}], ids=["no rate", "a rate"])
def test_throttle__carrier_that_asks_to_wait__is_left_alone_by_all_workers(alone, rates):
    paced = alone.under(rates=rates)
    paced.queue(*numbers(6))
    paced.send(THROTTLED)
    paced.clock.advance(MINUTE)
    paced.queue(*numbers(4))
    assert paced.start("two") == []
    paced.clock.advance(29 * SECONDS)
    assert paced.start("three") == []
    assert paced.circuit().state(paced.clock()) is CircuitState.CLOSED, "it works"
    paced.clock.advance(1.2 * SECONDS)
    assert len(paced.send(worker="two", limit=20)) == 10


@pytest.mark.parametrize("rates", [{}, {FIRST: 50}], ids=["no rate", "a rate"])
def test_throttle__for_a_second__is_a_second(alone, rates):
    paced = alone.under(rates=rates)
    paced.queue(*numbers(2))
    paced.send(refused(FailureClass.TRANSIENT, retry_after=1), limit=1)
    paced.clock.advance(SECONDS / 2)
    assert paced.start("two") == []
    paced.clock.advance(0.6 * SECONDS)
    assert len(paced.start("two")) == 1


def test_throttle__shorter_wait_told_later__does_not_undo_the_longer(alone):
    alone.queue(*numbers(3))
    first, second = alone.start(limit=2)
    alone.finish([first], THROTTLED)
    alone.finish([second], refused(FailureClass.TRANSIENT, retry_after=1))
    alone.clock.advance(MINUTE)
    assert alone.start() == []


def test_throttle__with_a_second_channel__others_go_by_it(post):
    post.queue(*numbers(3))
    post.send(THROTTLED, limit=1)
    assert [one.channel for one in post.send()] == [SECOND] * 2


DOWN = refused(FailureClass.CHANNEL_DOWN)


def test_circuit__message_that_closed_it__is_not_the_one_that_tries(alone):
    (poison,) = alone.queue()
    alone.send(DOWN)
    alone.clock.now = alone.circuit().reopens_at()
    (other,) = alone.queue(*numbers(1))
    (probe,) = alone.send()
    assert probe.message.id == other
    assert alone.circuit().state(alone.clock()) is CircuitState.CLOSED
    assert alone.why(poison) == ("queued", "channel_down")


def test_circuit__message_that_closed_it_alone__tries_when_no_other_has_come_for_an_hour(alone):
    (message,) = alone.queue()
    alone.send(DOWN)
    alone.clock.now = alone.circuit().reopens_at() + LONGEST_WAIT - SECONDS
    assert alone.start() == []
    alone.clock.advance(SHORT_WAIT)
    assert [one.message.id for one in alone.send()] == [message]
    assert alone.circuit().state(alone.clock()) is CircuitState.CLOSED


def test_circuit__channel_that_took_others_since__is_not_closed_again_by_the_same_message(alone):
    """One number that the account may not text closed the channel for everybody, for days."""
    (poison,) = alone.queue()
    alone.send(DOWN)
    alone.clock.now = alone.circuit().reopens_at()
    alone.queue(*numbers(1))
    alone.send()
    alone.clock.advance(MINUTE)
    (again,) = alone.send(DOWN)
    assert again.message.id == poison
    assert alone.circuit().state(alone.clock()) is CircuitState.CLOSED
    assert alone.start() == []
    assert alone.why(poison) == ("failed", "no_route")


def test_circuit__channel_that_took_nothing_since__stays_closed_by_the_same_message(alone):
    (message,) = alone.queue()
    alone.send(DOWN)
    alone.clock.advance(2 * LONGEST_WAIT)
    assert len(alone.send(DOWN)) == 1
    assert alone.why(message) == ("queued", "retry")
    assert alone.circuit().state(alone.clock()) is CircuitState.OPEN
