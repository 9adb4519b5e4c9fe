"""Attempts of which nobody knows: asked about twice, and sent again only when proven absent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import LargeBinary, select, text, type_coerce, update

from services.storage.models import Attempt, Message
from services.storage.vault import Vault
from sms.message import ABSENT, AttemptState, FailureClass, Kind, Outcome
from sms.reconciliation import FIRST_LOOK, LONGEST_WAIT, PROOF
from tests.factories import FARMER, in_threads
from tests.fakes.carriers import LOST, refused
from tests.services.messaging.dispatch.post import (
    FIRST,
    MINUTE,
    ONE_CHANNEL,
    PAST_ANY_LEASE,
    Post,
    numbers,
    sent,
)

NOT_THERE = Outcome(AttemptState.FAILED, failure=FailureClass.TRANSIENT, code=ABSENT)
# Not by pg_stat_activity, of which a transaction sees what it saw first.
WAITS_FOR_US = text(
    "SELECT count(*) FROM pg_locks "
    "WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)
SILENT = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="timeout")


def uncertain(post):
    return [one.attempt for one in post.store.uncertain(10, post.clock())]


def look(post, found):
    """Ask the carrier about all that is due, which tells this of each; how many."""
    asked = uncertain(post)
    for doubt in asked:
        post.store.resolve(doubt.attempt_id, found, post.clock())
    return len(asked)


def lost(post, **how):
    """A message whose only attempt was lost."""
    (message,) = post.queue(**how)
    post.send(LOST)
    return message


def test_doubt__lost_answer__is_asked_about_with_all_that_a_carrier_needs(post):
    message = lost(post, body="“Pik” i orait.")
    assert post.why(message) == ("uncertain", "uncertain")
    began = post.clock()
    post.clock.advance(FIRST_LOOK - timedelta(seconds=1))
    assert uncertain(post) == []
    post.clock.advance(timedelta(seconds=1))
    (asked,) = post.store.uncertain(10, post.clock())
    assert asked.channel == FIRST
    assert asked.attempt.attempt_id == post.attempt(message).public_id
    assert (asked.attempt.to, asked.attempt.body) == (FARMER, '"Pik" i orait.')
    assert (asked.attempt.started_at, asked.attempt.taken) == (began, frozenset())


def test_doubt__absent_twice__is_queued_again_and_sent_once_more(post):
    message = lost(post)
    post.clock.advance(FIRST_LOOK)
    assert look(post, NOT_THERE) == 1
    assert post.why(message) == ("uncertain", "uncertain")
    post.clock.advance(PROOF - timedelta(seconds=1))
    assert look(post, NOT_THERE) == 0, "the second look is not before ten minutes"
    assert post.claimed() == []
    post.clock.advance(timedelta(seconds=1))
    assert look(post, NOT_THERE) == 1
    assert post.why(message) == ("queued", "retry")
    post.send()
    assert post.send() == []
    assert [one.state for one in post.attempts(message)] == ["failed", "sent"]
    assert post.why(message) == ("sent", None)


def test_doubt__asked_late__still_needs_two_looks(post):
    message = lost(post)
    post.clock.advance(timedelta(hours=2))
    look(post, NOT_THERE)
    assert post.why(message)[0] == "uncertain"
    post.clock.advance(FIRST_LOOK)
    assert look(post, NOT_THERE) == 0, "a clock that was put forward proves nothing"
    post.clock.advance(PROOF - FIRST_LOOK)
    look(post, NOT_THERE)
    assert post.why(message)[0] == "queued"


def test_doubt__worker_that_died__is_asked_about_like_one_that_was_lost(post):
    (message,) = post.queue()
    post.start("dies")
    post.clock.advance(PAST_ANY_LEASE)
    post.claim()
    for wait in (FIRST_LOOK, PROOF):
        post.clock.advance(wait)
        assert look(post, NOT_THERE) == 1
    assert len(post.send()) == 1
    assert len(post.attempts(message)) == 2


@pytest.mark.parametrize("absent_before", [False, True])
def test_doubt__found__is_as_the_carrier_knows_it_with_its_reference(post, absent_before):
    message = lost(post)
    post.clock.advance(FIRST_LOOK)
    if absent_before:
        look(post, NOT_THERE)
        post.clock.advance(PROOF)
    look(post, Outcome(AttemptState.SENT, "SM-found"))
    assert post.why(message) == ("sent", None)
    attempt = post.attempt(message)
    assert (attempt.reference, attempt.look_at) == ("SM-found", None)
    assert post.report(attempt.public_id, Outcome(AttemptState.DELIVERED, "SM-found"))
    post.clock.advance(PROOF)
    assert look(post, NOT_THERE) == len(post.claimed()) == 0


def test_doubt__carrier_refused_it__is_refused(post):
    message = lost(post)
    post.clock.advance(FIRST_LOOK)
    look(post, refused(FailureClass.NEVER))
    assert post.why(message) == ("failed", "refused")


def test_doubt__taken__is_what_other_attempts_to_the_same_number_have(post):
    """Else a second text of the same words would be taken for the one in doubt."""
    both = ("+67570000001", "+67570000001", "+67570000002")
    post.queue(*both)
    known, also_known, stranger = (sent() for _ in both)
    for outcome in (known, also_known, stranger):
        post.send(outcome, limit=1)
    message = lost(post)
    own = post.attempt(message)
    post.report(own.public_id, replace(LOST, reference="SM-own"))
    post.clock.advance(FIRST_LOOK)
    (doubt,) = uncertain(post)
    assert doubt.taken == {known.reference, also_known.reference}


@pytest.mark.slow
def test_doubt__carrier_that_cannot_be_asked__leaves_it_and_asks_less_often(post):
    message = lost(post)
    asked = 0
    for _ in range(100):
        post.clock.advance(20 * MINUTE)
        asked += look(post, SILENT)
    assert asked == 26, "soon, then each hour, for a day"
    assert post.why(message) == ("uncertain", "uncertain")
    assert post.attempt(message).look_at is None
    assert len(post.attempts(message)) == 1


def test_doubt__double_is_better_than_none__is_sent_again_without_proof(post):
    message = lost(post, double_ok=True)
    other = lost(post)
    for _ in range(9):
        post.clock.advance(MINUTE)
        look(post, SILENT)
    assert post.why(message)[0] == "uncertain", "not before ten minutes are over"
    for _ in range(8):
        post.clock.advance(MINUTE)
        look(post, SILENT)
    assert (post.why(message)[0], post.why(other)[0]) == ("queued", "uncertain")
    assert [one.message.id for one in post.send()] == [message]


def test_doubt__message_does_not_open__others_are_asked_about_and_it_an_hour_later(post):
    shut, other = lost(post), lost(post)
    sealed = type_coerce(Vault(bytes(range(1, 33))).seal(b"Pik i orait."), LargeBinary)
    with post.database.write() as session:
        which = update(Message).where(Message.public_id == shut)
        session.execute(which.values(body=sealed))
    post.clock.advance(FIRST_LOOK)
    assert [one.attempt_id for one in uncertain(post)] == [post.attempt(other).public_id]
    assert post.attempt(shut).look_at == post.clock() + LONGEST_WAIT
    assert post.why(shut) == ("uncertain", "uncertain")


def test_doubts__workers_at_once__each_is_asked_about_by_one(post):
    post.queue(*numbers(24))
    post.under(routes=ONE_CHANNEL).send(LOST, limit=24)
    post.clock.advance(FIRST_LOOK)

    def work():
        return [one.attempt_id for _ in range(4) for one in uncertain(post)]

    taken = [attempt for some in in_threads(*[work] * 3) for attempt in some]
    assert len(taken) == len(set(taken)) == 24
    post.clock.advance(PAST_ANY_LEASE)
    assert len(uncertain(post)) == 10, "who asked has died: others ask"


def test_resolve__reports_of_the_same_attempts_at_once__neither_waits_for_ever(post):
    messages = post.queue(*numbers(12))
    post.send(LOST, limit=12)
    post.clock.advance(FIRST_LOOK)
    attempts = [one.attempt_id for _ in range(2) for one in uncertain(post)]
    assert len(attempts) == 12

    def resolve():
        for attempt in attempts:
            post.store.resolve(attempt, Outcome(AttemptState.SENT, "SM1"), post.clock())

    def report():
        for attempt in attempts:
            post.report(attempt, Outcome(AttemptState.DELIVERED, "SM1"))

    in_threads(resolve, report, resolve, report)
    assert {post.why(message) for message in messages} == {("delivered", None)}


def test_resolve__report_came_meanwhile__changes_nothing(post):
    message = lost(post)
    post.clock.advance(FIRST_LOOK)
    (doubt,) = uncertain(post)
    post.report(doubt.attempt_id, Outcome(AttemptState.DELIVERED, "SM1"))
    for _ in range(2):
        post.store.resolve(doubt.attempt_id, NOT_THERE, post.clock())
        post.clock.advance(PROOF)
    assert post.why(message) == ("delivered", None)
    assert post.claimed() == []


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.PROGRAMME], ids=["one index", "both"])
def test_doubts__two_to_one_number__are_asked_about_in_turn(post, kind):
    """What is found for the first is no answer for the second."""
    messages = post.queue(FARMER) + post.queue(FARMER, kind=kind)
    post.send(LOST)
    post.clock.advance(FIRST_LOOK)
    (first,) = uncertain(post)
    post.store.resolve(first.attempt_id, Outcome(AttemptState.SENT, "SM-1"), post.clock())
    assert uncertain(post) == []
    post.clock.advance(PAST_ANY_LEASE)
    (second,) = uncertain(post)
    assert second.taken == {"SM-1"}
    assert {first.attempt_id, second.attempt_id} == {
        post.attempt(message).public_id for message in messages
    }


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.PROGRAMME], ids=["one index", "both"])
def test_doubts__while_another_flies_to_the_number__waits_until_it_has_landed(post, kind):
    message = lost(post)
    post.clock.advance(FIRST_LOOK)
    post.queue(FARMER, kind=kind)
    flying = post.start()
    assert uncertain(post) == []
    outcome = sent()
    post.finish(flying, outcome)
    (asked,) = uncertain(post)
    assert asked.taken == {outcome.reference}
    post.queue(FARMER, kind=kind)
    post.start()
    post.store.resolve(asked.attempt_id, sent(), post.clock())
    assert post.why(message)[0] == "uncertain", "what was found may be the one that flies"


def test_resolve__found_what_is_anothers__is_no_answer_and_asked_again(post):
    (known,) = post.queue()
    outcome = sent()
    post.send(outcome)
    message = lost(post)
    post.clock.advance(FIRST_LOOK)
    assert look(post, outcome) == 1
    assert (post.why(known)[0], post.why(message)[0]) == ("sent", "uncertain")
    post.clock.advance(FIRST_LOOK)
    assert look(post, sent()) == 1
    assert post.why(message) == ("sent", None)


def test_resolve__two_find_the_same_at_once__it_is_only_ones(post):
    post.queue(*numbers(10))
    post.send(LOST)
    post.clock.advance(FIRST_LOOK)
    asked = iter(uncertain(post))
    for number, pair in enumerate(zip(asked, asked, strict=True), start=1):
        found = Outcome(AttemptState.SENT, f"SM-found-{number}")
        in_threads(
            *[partial(post.store.resolve, one.attempt_id, found, post.clock()) for one in pair]
        )
        assert post.states() == {"sent": number, "uncertain": 10 - number}


@pytest.mark.postgres
def test_resolve__message_is_locked_by_another__waits_without_holding_its_attempt(hurried):
    """Who has the message wants its attempts next: both would wait for ever."""
    post = Post(hurried("postgresql"))
    lost(post)
    post.clock.advance(FIRST_LOOK)
    (doubt,) = uncertain(post)
    with ThreadPoolExecutor(1) as pool:
        with post.database.write() as session:
            session.execute(select(Message.id).with_for_update()).all()
            resolving = pool.submit(post.store.resolve, doubt.attempt_id, sent(), post.clock())
            while not session.scalar(WAITS_FOR_US):
                assert not resolving.done()
            session.execute(select(Attempt.id).with_for_update(nowait=True)).all()
        resolving.result(60)
