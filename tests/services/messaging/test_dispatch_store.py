"""One contract for the dispatcher's store: the database's on both kinds, the fake in memory.

What each method has to do beside is in the folder `dispatching`.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from sms.dispatch import Dispatcher
from sms.message import AttemptState, FailureClass, Kind, Outcome
from sms.reconciliation import PROOF, Reconciler
from tests.factories import BUYER, FARMER, STRANGER, in_threads
from tests.fakes.carriers import LOST, NEVER_CAME, NOT_THERE, CountingCarrier, refused
from tests.fakes.dispatch_store import MemoryDispatchStore
from tests.services.conftest import KINDS
from tests.services.messaging.dispatch.post import (
    DAY,
    FIRST,
    MINUTE,
    ONE_CHANNEL,
    PAST_ANY_LEASE,
    SECOND,
    Post,
    numbers,
    sent,
)


class InMemory(Post):
    """The fake, asked in the same words."""

    def __post_init__(self):
        self.store = MemoryDispatchStore(channels=(FIRST, SECOND))

    def queue(self, *receivers, kind=Kind.SERVICE, lasts=7 * DAY):
        now = self.clock()
        return [self.store.add(to, now, lasts, kind).id for to in receivers or (FARMER,)]

    def state(self, message):
        return self.store.rows[message].state


class InDatabase(Post):
    def state(self, message):
        return self.why(message)[0]


@pytest.fixture(params=["memory", *KINDS])
def post(request, open_database):
    if request.param == "memory":
        return InMemory(None)
    return InDatabase(open_database(request.param))


def test_claim__due_messages__are_leased_oldest_first_and_to_one_worker(post):
    (first,) = post.queue(FARMER)
    post.clock.advance(MINUTE)
    others = post.queue(BUYER, STRANGER)
    assert post.claimed("one", limit=1) == [first]
    (second,) = post.claimed("two", limit=1)
    assert {second, *post.claimed("one")} == set(others)
    assert post.claimed("two") == []
    post.clock.advance(PAST_ANY_LEASE)
    assert len(post.claimed("two")) == 3, "nobody started: the leases ran out"


def test_claim__answer_behind_others__goes_first_or_alone(post):
    post.queue(FARMER, BUYER)
    (answer,) = post.queue(STRANGER, kind=Kind.ANSWER)
    assert post.claimed(limit=1) == [answer]
    assert post.claimed(answers_only=True) == []
    assert len(post.claimed()) == 2


def test_claim__message_of_yesterday__is_closed_and_never_sent(post):
    (message,) = post.queue(lasts=MINUTE)
    leased = post.claim()
    post.clock.advance(MINUTE)
    assert post.claimed("two") == []
    assert post.state(message) == "expired"
    assert post.store.start("one", leased, post.clock()) == []


def test_start__without_its_lease_or_twice__is_refused(post):
    (message,) = post.queue()
    leased = post.claim("one")
    assert post.store.start("two", leased, post.clock()) == []
    assert len(post.store.start("one", leased, post.clock())) == 1
    assert post.store.start("one", leased, post.clock()) == []
    assert post.state(message) == "attempting"


def test_start__lease_that_ran_out__is_refused(post):
    (message,) = post.queue()
    leased = post.claim()
    post.clock.advance(PAST_ANY_LEASE)
    assert post.store.start("one", leased, post.clock()) == []
    assert post.state(message) == "queued"


def test_release__lease_of_a_worker_that_ends__is_free(post):
    queued = post.queue(FARMER, BUYER)
    post.claim("one", limit=1)
    assert post.claimed("two", limit=1) == queued[1:]
    post.store.release("one")
    assert post.claimed("three") == queued[:1]


def test_claim__worker_died_in_the_middle__attempt_is_uncertain_until_it_is_known(post):
    (message,) = post.queue()
    (started,) = post.start()
    post.clock.advance(PAST_ANY_LEASE)
    assert post.claimed() == []
    assert post.state(message) == "uncertain"
    assert post.report(started.attempt_id, Outcome(AttemptState.DELIVERED))
    assert post.state(message) == "delivered"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(sent(), "sent"), (LOST, "uncertain"), (refused(FailureClass.DEAD_NUMBER), "failed")],
    ids=["sent", "lost", "dead"],
)
def test_finish__without_another_try__closes_the_message(post, outcome, state):
    (message,) = post.queue()
    post.send(outcome)
    assert post.state(message) == state
    post.clock.advance(timedelta(hours=1))
    assert post.claimed() == []


def test_finish__to_be_tried_again__waits_until_then_and_counts(post):
    (message,) = post.queue()
    post.send(refused(FailureClass.TRANSIENT))
    assert post.state(message) == "queued"
    assert post.claimed() == []
    post.clock.advance(timedelta(seconds=30))
    (outgoing,) = post.claim("two")
    assert (outgoing.id, outgoing.attempts, outgoing.refused_by) == (message, 1, frozenset())


def test_finish__refused_by_its_channel__goes_by_the_next_then_by_none(post):
    (message,) = post.queue()
    channels = [one.channel for _ in range(3) for one in post.send(refused(FailureClass.ROUTE))]
    assert channels == [FIRST, SECOND]
    assert post.state(message) == "failed"


def test_finish__after_it_was_given_up__the_truth_wins(post):
    (message,) = post.queue()
    started = post.start()
    post.clock.advance(PAST_ANY_LEASE)
    post.claim()
    post.finish(started)
    assert post.state(message) == "sent"


def test_report__before_the_carriers_answer__is_not_undone_by_it(post):
    (message,) = post.queue()
    started = post.start()
    assert post.report(started[0].attempt_id, Outcome(AttemptState.DELIVERED))
    post.finish(started)
    assert post.state(message) == "delivered"


def test_report__phone_was_off__is_tried_tomorrow(post):
    (message,) = post.queue()
    (started,) = post.send()
    off = Outcome(AttemptState.UNDELIVERED, failure=FailureClass.UNREACHABLE)
    assert post.report(started.attempt_id, off)
    assert post.state(message) == "queued"
    post.clock.advance(DAY - MINUTE)
    assert post.claimed() == []
    post.clock.advance(MINUTE)
    assert post.claimed() == [message]


def test_doubts__absent_twice__is_queued_again(post):
    (message,) = post.queue()
    post.send(LOST)
    for wait in (MINUTE, PROOF):
        assert post.state(message) == "uncertain"
        post.clock.advance(wait)
        (asked,) = post.store.uncertain(10, post.clock())
        assert post.store.uncertain(10, post.clock()) == [], "it is one worker's"
        post.store.resolve(asked.attempt.attempt_id, NOT_THERE, post.clock())
    assert post.claimed() == [message]


@pytest.mark.slow
def test_dispatchers__two_with_a_carrier_that_loses_much__bring_each_text_once(database):
    post = Post(database).under(routes=ONE_CHANNEL)
    post.queue(*numbers(30))
    script = [LOST, NEVER_CAME, refused(FailureClass.ROUTE), sent()] * 5
    carrier = CountingCarrier(FIRST, script)
    workers = [
        Dispatcher(post.store, {FIRST: carrier}, post.clock, name, width=3, batch=5)
        for name in ("one", "two")
    ]
    reconciler = Reconciler(post.store, {FIRST: carrier}, post.clock)
    for _ in range(6):
        in_threads(*[worker.drain for worker in workers])
        post.clock.advance(PROOF)
        while reconciler.step():
            pass
    for worker in workers:
        worker.close()
    # Five had no other route, all others were brought.
    assert set(carrier.received.values()) == {1}
    assert len(carrier.received) == 25
    assert post.states() == {"sent": 25, "failed": 5}
