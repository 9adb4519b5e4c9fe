"""Leases: in order, to one worker each, until they run out."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import LargeBinary, type_coerce, update

from services.core.errors import WrongDataKey
from services.core.keyring import KeyRing
from services.storage.database import Database
from services.storage.models import Attempt, Message
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault, index_keys
from sms.message import AttemptState, FailureClass, Kind, Outcome
from sms.reconciliation import FIRST_LOOK
from tests.factories import BUYER, FARMER, KEY, STRANGER, in_threads, rows
from tests.fakes.carriers import LOST, refused
from tests.services.messaging.dispatch.post import (
    DAY,
    FIRST,
    MINUTE,
    PAST_ANY_LEASE,
    Post,
    numbers,
    sent,
)

HOUR = timedelta(hours=1)
ANOTHER_KEY = bytes(range(1, 33))
EVERY_KIND = (Kind.PROGRAMME, Kind.SERVICE, Kind.URGENT, Kind.ANSWER)


def queue_of_every_kind(post):
    """Two of each kind, the last to go queued first: ids by kind, the elder first."""
    queued = {kind: post.queue(kind=kind) for kind in EVERY_KIND}
    post.clock.advance(MINUTE)
    for kind in EVERY_KIND:
        queued[kind] += post.queue(kind=kind)
    return queued


def test_claim__every_kind__goes_by_priority_then_by_the_time_it_is_due(post):
    queued = queue_of_every_kind(post)
    wanted = [message for kind in reversed(EVERY_KIND) for message in queued[kind]]
    assert post.claimed(limit=3) + post.claimed(limit=2) + post.claimed() == wanted


def test_claim__answers_only__leaves_the_rest(post):
    queued = queue_of_every_kind(post)
    assert post.claimed(answers_only=True) == queued[Kind.ANSWER]
    assert post.claimed(answers_only=True) == []
    assert len(post.claimed()) == 6


def test_claim__message__carries_all_that_admission_and_carrier_need(post):
    (message,) = post.queue(kind=Kind.PROGRAMME, zone="Pacific/Bougainville", via="second")
    (found,) = post.claim()
    assert (found.id, found.to, found.body) == (message, FARMER, "Pik i orait.")
    assert (found.kind, found.scope, found.zone) == (
        Kind.PROGRAMME,
        "clinic",
        "Pacific/Bougainville",
    )
    assert (found.attempts, found.via, found.refused_by) == (0, "second", frozenset())
    assert found.planned_at == post.clock()


def test_claim__message_of_tomorrow__is_not_due(post):
    post.queue()
    post.clock.advance(-MINUTE)
    assert post.claimed() == []


def test_claim__four_workers_at_once__lease_each_message_to_one(post):
    queued = post.queue(*numbers(60))

    def work(worker):
        return [message for _ in range(8) for message in post.claimed(worker, limit=5)]

    leased = in_threads(*[partial(work, f"worker {number}") for number in range(4)])
    assert sorted(message for some in leased for message in some) == sorted(queued)


def test_claim__lease_that_ran_out__is_anothers(post):
    queued = post.queue(FARMER, BUYER)
    assert post.claimed("one") == queued
    post.clock.advance(PAST_ANY_LEASE - 2 * MINUTE)
    assert post.claimed("two") == []
    post.clock.advance(MINUTE)
    assert post.claimed("two") == queued


def test_claim__clock_was_set_back_since_a_lease__is_anothers_and_the_holder_starts_nothing(post):
    queued = post.queue(FARMER, BUYER)
    post.clock.advance(2 * HOUR)
    leased = post.claim("one")
    post.clock.advance(-HOUR)
    assert post.claimed("two") == queued
    assert post.store.start("one", leased, post.clock()) == []
    assert rows(post.database, Attempt) == 0


def test_claim__clock_was_set_back_while_one_flies__is_in_doubt_and_its_end_still_counts(post):
    (message,) = post.queue(FARMER)
    flying = post.start("one")
    post.clock.advance(-HOUR)
    assert post.claimed("two") == []
    assert post.why(message) == ("uncertain", "uncertain")
    post.finish(flying)
    assert post.why(message) == ("sent", None)


def test_release__worker_that_ends__leaves_its_leases_but_not_what_flies(post):
    (flying,) = post.queue(FARMER)
    post.start("one")
    mine = post.queue(BUYER)
    assert post.claimed("one") == mine
    others = post.queue(STRANGER)
    assert post.claimed("two") == others
    post.store.release("one")
    assert post.claimed("three") == mine
    assert post.message(flying).leased_by == "one"


def test_claim__worker_died_in_the_middle__attempts_are_in_doubt_and_not_repeated(post):
    died, done = post.queue(FARMER, BUYER)
    started = post.start()
    post.finish([one for one in started if one.message.id == done])
    post.clock.advance(PAST_ANY_LEASE)
    assert post.claimed("two") == []
    assert post.why(died) == ("uncertain", "uncertain")
    assert post.why(done) == ("sent", None)
    attempt = post.attempt(died)
    assert (attempt.state, attempt.failure, attempt.code) == ("uncertain", "unknown", "abandoned")
    assert attempt.look_at == post.clock() + FIRST_LOOK
    post.clock.advance(PAST_ANY_LEASE)
    assert post.claimed("two") == []
    assert rows(post.database, Attempt) == 2


@pytest.mark.parametrize(
    ("outcome", "state"), [(sent(), "sent"), (LOST, "uncertain")], ids=["sent", "lost"]
)
def test_finish__by_a_worker_that_was_given_up__is_kept(post, outcome, state):
    (message,) = post.queue()
    started = post.start("one")
    post.clock.advance(PAST_ANY_LEASE)
    post.claim("two")
    post.finish(started, outcome)
    assert post.why(message)[0] == state


def test_claim__older_attempt_is_reported_while_the_newer_flies__a_death_is_still_noticed(post):
    """The report must not take the lease away by which a death is seen."""
    (message,) = post.queue()
    (first,) = post.send(refused(FailureClass.TRANSIENT))
    post.clock.advance(MINUTE)
    post.start("two")
    post.report(first.attempt_id, Outcome(AttemptState.UNDELIVERED))
    post.clock.advance(PAST_ANY_LEASE)
    post.claim("three")
    assert post.why(message) == ("uncertain", "uncertain")
    assert [one.state for one in post.attempts(message)] == ["undelivered", "uncertain"]


def test_claim__message_of_yesterday__is_closed_and_says_why(post):
    (message,) = post.queue(lasts=MINUTE)
    (later,) = post.queue(lasts=2 * MINUTE)
    held = post.claim("one")
    post.clock.advance(MINUTE)
    assert post.claimed("two") == []
    assert post.why(message) == ("expired", "expired")
    started = post.store.start("one", held, post.clock())
    assert [one.message.id for one in started] == [later]


def test_claim__tried_through_a_channel_without_a_route__names_it(post):
    post.queue()
    post.send(refused(FailureClass.ROUTE))
    (found,) = post.claim()
    assert (found.attempts, found.refused_by) == (1, frozenset({FIRST}))


def seal_elsewhere(post, message, column=Message.body):
    """Seal a value of a message under a key that nobody here has."""
    sealed = type_coerce(Vault(ANOTHER_KEY).seal(FARMER.encode()), LargeBinary)
    with post.database.write() as session:
        which = update(Message).where(Message.public_id == message)
        session.execute(which.values({column.key: sealed}))


def under(post, ring):
    """The same database and clock, for a worker with another ring of keys."""
    url = post.database.engine.url.render_as_string(hide_password=False)
    return Post(Database(url, Vault(ring)), post.settings, post.clock)


@pytest.mark.parametrize("column", [Message.body, Message.recipient], ids=["text", "number"])
def test_claim__row_that_was_sealed_elsewhere__waits_with_its_reason_and_the_others_go(
    post, column, caplog
):
    shut, *others = post.queue(*numbers(4))
    seal_elsewhere(post, shut, column)
    assert post.claimed("one") == others
    assert post.why(shut) == ("queued", "unreadable")
    assert str(shut) in caplog.text
    assert FARMER[1:] not in caplog.text
    assert post.claimed("two") == [], "it is looked at again when its lease has run out"
    post.clock.advance(PAST_ANY_LEASE)
    assert post.claimed("two") == others


def test_claim__row_that_was_sealed_elsewhere_alone__answers_after_it_go(post):
    (shut,) = post.queue()
    seal_elsewhere(post, shut)
    assert post.claimed() == []
    answers = post.queue(BUYER, kind=Kind.ANSWER)
    assert [one.message.id for one in post.send()] == answers


def test_claim__row_that_nobody_can_read__expires_like_any_other(post):
    (shut,) = post.queue(lasts=DAY)
    seal_elsewhere(post, shut)
    post.claim()
    post.clock.advance(DAY)
    post.claim("two")
    assert post.why(shut) == ("expired", "expired")


def test_claim__row_of_a_key_that_comes_later__goes_then(post):
    (shut,) = post.queue()
    seal_elsewhere(post, shut)
    post.claim()
    post.clock.advance(PAST_ANY_LEASE)
    ring = KeyRing((ANOTHER_KEY, KEY), index_keys(KeyRing((KEY,))))
    both = under(post, ring)
    assert [one.message.id for one in both.send()] == [shut]
    assert post.why(shut) == ("sent", None)
    both.database.close()


def test_claim__by_a_worker_with_another_key__takes_nothing_and_says_so(post):
    """It would keep from a worker that can read them what all are to get."""
    with post.database.write() as session:
        party_of(Unit(session, post.database.vault), FARMER)
    queued = post.queue(FARMER, BUYER)
    stranger = under(post, KeyRing((ANOTHER_KEY,)))
    with pytest.raises(WrongDataKey):
        stranger.claim("stranger")
    stranger.database.close()
    assert post.why(queued[0]) == ("queued", None)
    assert post.claimed() == queued
