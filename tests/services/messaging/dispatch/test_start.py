"""The last moment before a message goes: its lease, its receiver's will, and its time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.storage.models import Attempt
from sms.consent import EVERYTHING
from sms.message import FailureClass, Kind, Late
from tests.factories import BUYER, FARMER, rows
from tests.fakes.carriers import refused
from tests.services.messaging.dispatch.post import (
    DAY,
    FIRST,
    MINUTE,
    ONE_CHANNEL,
    PAST_ANY_LEASE,
    PROGRAMME,
)

HOUR = timedelta(hours=1)
# From the post's afternoon, 14:00 in Port Moresby.
TO_THE_NIGHT, NIGHT_TO_MORNING = 8 * HOUR, 9 * HOUR


def test_start__what_is_leased__is_committed_with_channel_segments_and_price(post):
    dear = post.under(prices={FIRST: 40})
    (message,) = dear.queue(body="Pik " * 50)
    (started,) = dear.start()
    attempt = dear.attempt(message)
    assert (started.message.id, started.channel) == (message, FIRST)
    assert (attempt.public_id, attempt.state, attempt.channel) == (
        started.attempt_id,
        "attempting",
        FIRST,
    )
    assert (attempt.segments, attempt.cost, attempt.started_at) == (2, 80, post.clock())
    assert (post.message(message).tries, post.why(message)) == (1, ("attempting", None))


def test_start__lease_that_ran_out__starts_nothing(post):
    post.queue(FARMER, BUYER)
    leased = post.claim("one")
    post.clock.advance(PAST_ANY_LEASE)
    assert post.store.start("one", leased, post.clock()) == []
    assert len(post.start("two")) == 2
    assert post.store.start("one", leased, post.clock()) == []
    assert rows(post.database, Attempt) == 2


def test_start__lease_of_another_worker__starts_nothing(post):
    post.queue()
    assert post.store.start("two", post.claim("one"), post.clock()) == []
    assert rows(post.database, Attempt) == 0


def test_start__leased_twice_by_a_slow_worker__starts_once(post):
    """Its first lease ran out before it came to the message, so that it leased it anew."""
    post.queue()
    old = post.claim("one")
    post.clock.advance(PAST_ANY_LEASE)
    leased = [*old, *post.claim("one")]
    assert len(leased) == 2
    assert len(post.store.start("one", leased, post.clock())) == 1
    assert post.store.start("one", leased, post.clock()) == []
    assert rows(post.database, Attempt) == 1


@pytest.mark.parametrize(
    ("kind", "scope", "why"),
    [
        (Kind.PROGRAMME, PROGRAMME, ("suppressed", "stopped")),
        (Kind.PROGRAMME, EVERYTHING, ("suppressed", "stopped_all")),
        (Kind.SERVICE, EVERYTHING, ("suppressed", "stopped_all")),
        (Kind.SERVICE, PROGRAMME, ("attempting", None)),
        (Kind.ANSWER, EVERYTHING, ("attempting", None)),
    ],
)
def test_start__consent_withdrawn_after_the_claim__holds(post, kind, scope, why):
    (message, other) = post.queue(FARMER, BUYER, kind=kind)
    leased = post.claim()
    post.refuse(FARMER, scope)
    post.store.start("one", leased, post.clock())
    assert post.why(message) == why
    assert post.why(other) == ("attempting", None)


def held_by_the_night(post):
    (message,) = post.queue(kind=Kind.SERVICE)
    post.clock.advance(TO_THE_NIGHT)
    return post, message, "quiet_hours", NIGHT_TO_MORNING


def held_by_the_cap(post):
    capped = post.under(daily_cap=1)
    _, message = capped.queue(FARMER, FARMER, kind=Kind.PROGRAMME)
    return capped, message, "daily_cap", TO_THE_NIGHT + NIGHT_TO_MORNING


def held_by_the_budget(post):
    poor = post.under(budget_toea=24)
    (message,) = poor.queue(kind=Kind.PROGRAMME)
    return poor, message, "budget", HOUR


def held_by_the_channel(post):
    alone = post.under(routes=ONE_CHANNEL)
    (message,) = alone.queue()
    alone.send(refused(FailureClass.CHANNEL_DOWN))
    return alone, message, "channel_down", 5 * MINUTE


def held_until_its_own_time(post):
    (message,) = post.queue(late=Late.SHIFT)
    post.clock.advance(2 * HOUR)
    return post, message, "shifted", DAY - 2 * HOUR


@pytest.mark.parametrize(
    "held",
    [
        held_by_the_night,
        held_by_the_cap,
        held_by_the_budget,
        held_by_the_channel,
        held_until_its_own_time,
    ],
)
def test_start__what_must_wait__is_due_later_says_why_and_is_nobodys(post, held):
    at, message, reason, wait = held(post)
    at.start()
    row = at.message(message)
    assert (row.state, row.reason) == ("queued", reason)
    assert row.due_at == at.clock() + wait
    assert (row.leased_by, row.leased_until) == (None, None)
    at.clock.advance(wait - MINUTE)
    assert at.claimed() == []
    at.clock.advance(MINUTE)
    assert at.claimed() == [message]


@pytest.mark.parametrize(("late", "shifts"), [(Late.SHIFT, True), (Late.SEND, False)])
def test_start__shifted_message__is_planned_anew_others_keep_their_plan(post, late, shifts):
    (message,) = post.queue(late=late)
    planned = post.clock()
    post.clock.advance(TO_THE_NIGHT)
    post.start()
    tomorrow, morning = planned + DAY, post.clock() + NIGHT_TO_MORNING
    row = post.message(message)
    assert (row.planned_at, row.due_at) == ((tomorrow, tomorrow) if shifts else (planned, morning))


@pytest.mark.parametrize(
    ("late", "why"),
    [(Late.SKIP, ("suppressed", "late")), (Late.EXPIRE, ("expired", "late"))],
)
def test_start__too_late_by_its_own_policy__is_closed_and_says_why(post, late, why):
    (message,) = post.queue(late=late)
    post.clock.advance(TO_THE_NIGHT)
    assert post.start() == []
    row = post.message(message)
    assert (row.state, row.reason) == why
    assert (row.leased_by, row.leased_until) == (None, None)
    post.clock.advance(DAY)
    assert post.claimed() == []


def test_start__text_too_long_for_every_channel__goes_as_several_numbered_ones(post):
    single = post.under(one_segment=frozenset({"first", "second"}))
    (message,) = single.queue(kind=Kind.PROGRAMME, body="Pik " * 50, zone="Pacific/Bougainville")
    assert single.start() == []
    assert single.why(message) == ("cancelled", "split")
    parts = single.start()
    assert [one.message.body[:8] for one in parts] == ["1/2 Pik ", "2/2 Pik "]
    whole = single.message(message)
    for part in (one.message for one in parts):
        assert (part.to, part.kind, part.scope) == (FARMER, Kind.PROGRAMME, PROGRAMME)
        assert (part.zone, part.planned_at) == ("Pacific/Bougainville", whole.planned_at)
        assert (part.expires_at, single.message(part.id).purpose) == (whole.expires_at, "test")
    assert single.start() == []


def test_start__long_text_that_another_channel_carries__stays_whole(post):
    (message,) = (single := post.under(one_segment=frozenset({FIRST}))).queue(body="Pik " * 50)
    assert [one.channel for one in single.start()] == ["second"]
    assert single.attempt(message).segments == 2
