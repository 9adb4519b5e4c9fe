"""A channel's rate is shared by all workers, and what waits for it is in nobody's way."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from math import ceil

import pytest
from sqlalchemy import func, select

from services.storage.models import Message
from sms.message import FailureClass, Kind
from sms.routing import Route
from tests.factories import FARMER, in_threads
from tests.fakes.carriers import refused
from tests.services.messaging.dispatch.post import numbers

RATE, MANY, SECONDS, TICKS = 5, 300, 8, 4
WORKERS = ("one", "two")
SLOW, FREE = "slow", "free"
TO_SLOW, TO_FREE = "+6757000", "+6757100"


def two_channels(post, rates=None):
    """Numbers of one prefix go by a channel of five segments a second; others are free."""
    routes = (Route(TO_SLOW, (SLOW,)), Route("+", (FREE,)))
    return post.under(routes=routes, rates={SLOW: RATE} if rates is None else rates)


def free_numbers(many):
    return [number.replace(TO_SLOW, TO_FREE) for number in numbers(many)]


def waiting(post):
    """How many messages wait in each lane."""
    with post.database.read() as session:
        queued = select(Message.lane, func.count()).where(Message.state == "queued")
        return dict(session.execute(queued.group_by(Message.lane)).all())


def all_at_once(post, limit=100):
    """Let each worker send what it may, in the same moment; channels and leases of it."""

    def work(worker):
        leased = post.claim(worker, limit)
        started = post.store.start(worker, leased, post.clock())
        post.finish(started)
        return [one.channel for one in started], len(leased)

    return in_threads(*[partial(work, worker) for worker in WORKERS])


@pytest.mark.slow
def test_rate__two_workers__is_kept_used_up_and_holds_up_nothing_else(post):
    paced = two_channels(post)
    paced.queue(*numbers(MANY))
    paced.queue(*free_numbers(40))
    went, leases = Counter(), 0
    for tick in range(SECONDS * TICKS):
        for channels, leased in all_at_once(paced):
            went.update(channels)
            leases += leased
        if tick == 1:
            assert went[FREE] == 40, "what has no rate went before a second was over"
        assert went[SLOW] == RATE + ceil(RATE * tick / TICKS), "a second's worth, then the rate"
        paced.clock.advance(timedelta(seconds=1) / TICKS)
    assert waiting(paced) == {SLOW: MANY - went[SLOW]}
    # Each is leased once to learn that it must wait, and once to go: by both workers, at worst.
    assert leases <= MANY + 40 + 2 * went[SLOW]


def test_rate__long_text__uses_as_much_of_it_as_it_has_segments(post):
    paced = two_channels(post)
    paced.queue(*numbers(10), body="Pik " * 50)
    assert len(paced.send()) == 3, "six segments: the last began within the second"
    paced.clock.advance(timedelta(seconds=0.4))
    assert len(paced.send()) == 1


def test_rate__mailing_by_another_channel__does_not_leave_its_share_unused(post):
    paced = two_channels(post)
    paced.queue(*numbers(20))
    assert len(paced.send(limit=20)) == RATE
    paced.queue(*free_numbers(100))
    paced.clock.advance(timedelta(seconds=1))
    assert Counter(one.channel for one in paced.send(limit=20)) == {SLOW: RATE, FREE: 20 - RATE}


def test_rate__answer_behind_a_mailing__is_the_next_to_go(post):
    paced = two_channels(post)
    paced.queue(*numbers(50))
    paced.send(limit=50)
    (answer,) = paced.queue(FARMER, kind=Kind.ANSWER)
    assert paced.send() == []
    assert waiting(paced) == {SLOW: 46}
    paced.clock.advance(timedelta(seconds=0.2))
    assert [one.message.id for one in paced.send()] == [answer]


def test_rate__what_has_gone_once__waits_for_its_lane_no_more(post):
    both = (Route("+", (SLOW, FREE)),)
    paced = post.under(routes=both, rates={SLOW: RATE})
    paced.queue(*numbers(RATE + 1))
    paced.send()
    assert waiting(paced) == {SLOW: 1}
    paced.clock.advance(timedelta(seconds=0.2))
    assert [one.channel for one in paced.send(refused(FailureClass.ROUTE))] == [SLOW]
    assert [one.channel for one in paced.send()] == [FREE]


def test_rate__taken_off__what_waited_goes_at_once_and_once(post):
    paced = two_channels(post)
    paced.queue(*numbers(30))
    assert len(paced.send(limit=30)) == RATE
    assert waiting(paced) == {SLOW: 25}
    freed = two_channels(post, rates={})
    assert len(freed.send(limit=30)) == 25
    assert waiting(freed) == {}


def test_rate__of_two_channels__is_that_of_each(post):
    both = two_channels(post, rates={SLOW: RATE, FREE: 2 * RATE})
    both.queue(*numbers(20), *free_numbers(20))
    assert Counter(one.channel for one in both.send(limit=40)) == {SLOW: RATE, FREE: 2 * RATE}
    assert waiting(both) == {SLOW: 15, FREE: 10}
