"""Attempts of a `start` whose reply was lost: their worker knows that it has called nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.core.errors import DatabaseUnreachable
from services.messaging.dispatch.channels import read_circuits
from services.messaging.dispatch.store import DatabaseDispatchStore, Start
from services.storage.models import Attempt, Message
from sms.dispatch import Dispatcher
from sms.message import AttemptState, Outcome
from sms.reconciliation import FIRST_LOOK, PROOF, Reconciler
from tests.factories import rows
from tests.fakes.carriers import SILENT, CountingCarrier
from tests.services.messaging.dispatch.post import (
    FIRST,
    MINUTE,
    ONE_CHANNEL,
    PAST_ANY_LEASE,
    Post,
    numbers,
)
from tests.services.messaging.dispatch.test_uncertain import NOT_THERE, WAITS_FOR_US, look

HALF_A_MINUTE = timedelta(seconds=30)


def unheard(post):
    """A message whose attempt was committed; and the ids that the worker has drawn."""
    (message,) = post.queue()
    attempts = {message: uuid4()}
    (started,) = post.store.start("one", post.claim("one"), post.clock(), attempts)
    assert started.attempt_id == attempts[message]
    return message, attempts


def test_not_called__attempt_that_was_committed__has_failed_and_is_tried_again_soon(post):
    message, attempts = unheard(post)
    post.store.not_called(attempts, post.clock())
    assert post.why(message) == ("queued", "retry")
    attempt = post.attempt(message)
    assert (attempt.state, attempt.failure, attempt.code) == ("failed", "transient", "not_called")
    assert post.due_at(message) == post.clock() + HALF_A_MINUTE
    with post.database.read() as session:
        assert read_circuits(session) == {}, "the channel has nothing to do with it"
    post.clock.advance(HALF_A_MINUTE)
    assert [one.message.id for one in post.send(worker="two")] == [message]


def test_not_called__nothing_was_committed__changes_nothing(post):
    (message,) = post.queue()
    leased = post.claim("one")
    post.store.not_called({message: uuid4()}, post.clock())
    assert post.why(message) == ("queued", None)
    assert len(post.store.start("one", leased, post.clock())) == 1


def test_not_called__counted_as_abandoned_meanwhile__is_tried_again(post):
    message, attempts = unheard(post)
    post.clock.advance(PAST_ANY_LEASE)
    assert post.claimed("two") == []
    assert post.why(message) == ("uncertain", "uncertain")
    post.store.not_called(attempts, post.clock())
    assert post.why(message) == ("queued", "retry")
    assert post.attempt(message).look_at is None


def test_not_called__proven_absent_and_on_its_way_again__leaves_the_newer_alone(post):
    message, attempts = unheard(post)
    post.clock.advance(PAST_ANY_LEASE)
    post.claim("two")
    for wait in (FIRST_LOOK, PROOF):
        post.clock.advance(wait)
        assert look(post, NOT_THERE) == 1
    flying = post.start("two")
    post.store.not_called(attempts, post.clock())
    assert post.why(message) == ("attempting", None)
    post.finish(flying)
    post.store.not_called(attempts, post.clock())
    assert post.why(message) == ("sent", None)
    assert [one.state for one in post.attempts(message)] == ["failed", "sent"]


def test_not_called__found_at_the_carrier_or_reported_meanwhile__stays(post):
    message, attempts = unheard(post)
    post.clock.advance(PAST_ANY_LEASE)
    post.claim("two")
    post.clock.advance(FIRST_LOOK)
    look(post, Outcome(AttemptState.SENT, "SM-found"))
    post.store.not_called(attempts, post.clock())
    assert post.why(message) == ("sent", None)
    post.report(attempts[message], Outcome(AttemptState.DELIVERED, "SM-found"))
    post.store.not_called(attempts, post.clock())
    assert post.why(message) == ("delivered", None)


def test_not_called__twice__has_no_second_effect(post):
    message, attempts = unheard(post)
    post.store.not_called(attempts, post.clock())
    post.clock.advance(MINUTE)
    post.send(worker="two")
    post.store.not_called(attempts, post.clock())
    assert post.why(message) == ("sent", None)
    assert rows(post.database, Attempt) == 2


@pytest.mark.postgres
def test_not_called__commit_still_on_its_way__is_waited_for(hurried):
    """A server may take its time for a commit whose client has given up: a standby must have it."""
    post = Post(hurried("postgresql"))
    (message,) = post.queue()
    leased, attempts = post.claim("one"), {message: uuid4()}
    with ThreadPoolExecutor(1) as pool:
        with post.database.write(exclusive=False) as session:
            start = Start(session, post.database.vault, post.settings, post.clock())
            assert len(start.run("one", leased, attempts)) == 1
            taking = pool.submit(post.store.not_called, attempts, post.clock())
            while not session.scalar(WAITS_FOR_US):
                assert not taking.done()
        taking.result(60)
    assert post.why(message) == ("queued", "retry")


@pytest.mark.postgres
def test_not_called__start_that_is_undone_late__is_waited_for_too(hurried):
    post = Post(hurried("postgresql"))
    (message,) = post.queue()
    with ThreadPoolExecutor(1) as pool:
        with suppress(LookupError), post.database.write(exclusive=False) as session:
            session.execute(select(Message.id).with_for_update()).all()
            taking = pool.submit(post.store.not_called, {message: uuid4()}, post.clock())
            while not session.scalar(WAITS_FOR_US):
                assert not taking.done()
            raise LookupError
        taking.result(60)
    assert post.why(message) == ("queued", None)


class DeafStore(DatabaseDispatchStore):
    """Commits what it starts, and raises, as often as told: the reply was lost."""

    deaf = 3

    def start(self, worker, messages, now, attempts=None):
        started = super().start(worker, messages, now, attempts)
        if started and self.deaf:
            self.deaf -= 1
            raise DatabaseUnreachable("the reply was lost")
        return started


@pytest.mark.slow
def test_dispatcher__replies_of_start_are_lost__each_is_sent_once_though_nobody_can_be_asked(post):
    alone = post.under(routes=ONE_CHANNEL)
    alone.store = DeafStore(alone.database, alone.settings)
    alone.queue(*numbers(9))
    carrier = CountingCarrier(FIRST, memory=[SILENT] * 99)
    worker = Dispatcher(alone.store, {FIRST: carrier}, alone.clock, "one", width=4)
    reconciler = Reconciler(alone.store, {FIRST: carrier}, alone.clock)
    lost = 0
    for _ in range(9):
        try:
            worker.drain()
        except DatabaseUnreachable:
            lost += 1
        reconciler.step()
        alone.clock.advance(2 * MINUTE)
    worker.close()
    assert lost == 3
    assert carrier.received == dict.fromkeys(numbers(9), 1)
    assert alone.states() == {"sent": 9}
