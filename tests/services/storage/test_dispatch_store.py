"""One contract for the dispatcher's store: the database's on both kinds, the fake in memory."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from services.storage.messages import DatabaseDispatchStore, queue_message
from services.storage.models import Attempt, Message
from services.storage.unit import Unit
from sms.message import AttemptState, DeliveryReport, FailureClass, MessageState, Outcome
from tests.factories import BUYER, FARMER, STRANGER, rows
from tests.fakes.carriers import LOST, SENT, Clock, refused
from tests.fakes.dispatch_store import MemoryDispatchStore
from tests.services.conftest import KINDS

PAST_ANY_LEASE = timedelta(minutes=6)
MINUTE = timedelta(minutes=1)


class MemoryStore(MemoryDispatchStore):
    """The fake, asked in the words of this contract."""

    def queue(self, to, now, lasts=timedelta(days=1)):
        return self.add(to, now, lasts).id

    def state(self, message_id):
        return self.rows[message_id].state


class DatabaseStore(DatabaseDispatchStore):
    """The database's store, asked in the words of this contract."""

    def queue(self, to, now, lasts=timedelta(days=1)):
        with self._database.write() as session:
            unit = Unit(session, self._database.vault)
            message_id = queue_message(
                unit, to=to, body="Pik i orait.", dedupe=str(uuid4()), now=now
            )
            session.execute(
                update(Message)
                .where(Message.public_id == message_id)
                .values(expires_at=now + lasts)
            )
            return message_id

    def state(self, message_id):
        with self._database.read() as session:
            return session.scalar(select(Message.state).where(Message.public_id == message_id))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", *KINDS])
def store(request, clock, open_database):
    if request.param == "memory":
        return MemoryStore()
    return DatabaseStore(open_database(request.param), clock)


def claimed(store, clock, limit=10):
    return [message.id for message in store.claim("one", limit, clock())]


@pytest.fixture
def started(store, clock):
    """A message whose only attempt is on its way: ids of both."""
    message = store.queue(FARMER, clock())
    store.claim("one", 10, clock())
    return message, store.start_attempt(message, "twilio", clock())


def reported(attempt, state, failure=None, reference=None):
    return DeliveryReport("twilio", attempt, reference, state, failure)


def test_claim__due_messages__are_leased_oldest_first_and_to_one_worker(store, clock):
    first = store.queue(FARMER, clock())
    clock.advance(MINUTE)
    others = [store.queue(BUYER, clock()), store.queue(STRANGER, clock())]
    assert claimed(store, clock, limit=1) == [first]
    (second,) = claimed(store, clock, limit=1)
    assert {second, *claimed(store, clock)} == set(others)
    assert claimed(store, clock) == []
    clock.advance(PAST_ANY_LEASE)
    assert len(claimed(store, clock)) == 3, "nobody started: the leases ran out"


def test_claim__message__is_all_that_a_carrier_needs(store, clock):
    message = store.queue(FARMER, clock())
    (outgoing,) = store.claim("one", 10, clock())
    assert (outgoing.id, outgoing.to, outgoing.body) == (message, FARMER, "Pik i orait.")
    assert (outgoing.attempts, outgoing.refused_by) == (0, frozenset())
    assert outgoing.expires_at == clock() + timedelta(days=1)


def test_claim__message_of_yesterday__is_closed_and_never_sent(store, clock):
    message = store.queue(FARMER, clock(), lasts=MINUTE)
    clock.advance(MINUTE)
    assert claimed(store, clock) == []
    assert store.state(message) == MessageState.EXPIRED
    assert store.start_attempt(message, "twilio", clock()) is None


def test_start_attempt__without_lease_or_twice__is_refused(store, clock):
    message = store.queue(FARMER, clock())
    assert store.start_attempt(message, "twilio", clock()) is None
    store.claim("one", 10, clock())
    assert store.start_attempt(message, "twilio", clock()) is not None
    assert store.start_attempt(message, "twilio", clock()) is None
    assert store.state(message) == MessageState.ATTEMPTING


def test_start_attempt__lease_that_ran_out__is_refused(store, clock):
    message = store.queue(FARMER, clock())
    store.claim("one", 10, clock())
    clock.advance(PAST_ANY_LEASE)
    assert store.start_attempt(message, "twilio", clock()) is None


def test_claim__worker_died_in_the_middle__attempt_is_uncertain_and_not_repeated(
    store, clock, started
):
    message, attempt = started
    clock.advance(PAST_ANY_LEASE)
    assert claimed(store, clock) == []
    assert store.state(message) == MessageState.UNCERTAIN
    clock.advance(PAST_ANY_LEASE)
    assert claimed(store, clock) == []
    assert store.report(reported(attempt, AttemptState.DELIVERED), clock())
    assert store.state(message) == MessageState.DELIVERED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (SENT, MessageState.SENT),
        (LOST, MessageState.UNCERTAIN),
        (refused(FailureClass.DEAD_NUMBER), MessageState.FAILED),
    ],
)
def test_finish_attempt__without_another_try__closes_the_message(
    store, clock, started, outcome, state
):
    message, attempt = started
    store.finish_attempt(attempt, outcome, None)
    assert store.state(message) == state
    clock.advance(timedelta(hours=1))
    assert claimed(store, clock) == []


def test_finish_attempt__to_be_tried_again__waits_until_then_and_counts(store, clock, started):
    message, attempt = started
    store.finish_attempt(attempt, refused(FailureClass.TRANSIENT), clock() + MINUTE)
    assert store.state(message) == MessageState.QUEUED
    assert claimed(store, clock) == []
    clock.advance(MINUTE)
    (outgoing,) = store.claim("two", 10, clock())
    assert (outgoing.id, outgoing.attempts, outgoing.refused_by) == (message, 1, frozenset())


def test_finish_attempt__refused_by_its_channel__the_next_claim_names_that_channel(
    store, clock, started
):
    _, attempt = started
    store.finish_attempt(attempt, refused(FailureClass.ROUTE), clock())
    (outgoing,) = store.claim("two", 10, clock())
    assert outgoing.refused_by == frozenset({"twilio"})


def test_finish_attempt__after_it_was_given_up__the_truth_wins(store, clock, started):
    message, attempt = started
    clock.advance(PAST_ANY_LEASE)
    claimed(store, clock)
    store.finish_attempt(attempt, SENT, None)
    assert store.state(message) == MessageState.SENT


def test_report__each_state_after_sent__changes_the_message_by_rank_alone(store, clock, started):
    message, attempt = started
    store.finish_attempt(attempt, SENT, None)
    ranks = [
        (AttemptState.SENT, MessageState.SENT),
        (AttemptState.FAILED, MessageState.FAILED),
        (AttemptState.SENT, MessageState.FAILED),
        (AttemptState.UNDELIVERED, MessageState.UNDELIVERED),
        (AttemptState.DELIVERED, MessageState.DELIVERED),
        (AttemptState.UNDELIVERED, MessageState.DELIVERED),
        (AttemptState.SENT, MessageState.DELIVERED),
    ]
    for told, state in ranks:
        assert store.report(reported(attempt, told), clock())
        assert store.state(message) == state, told


def test_report__before_the_carriers_answer__is_not_undone_by_it(store, clock, started):
    message, attempt = started
    assert store.report(reported(attempt, AttemptState.DELIVERED), clock())
    store.finish_attempt(attempt, SENT, None)
    assert store.state(message) == MessageState.DELIVERED


def test_report__by_the_carriers_reference__finds_its_attempt(store, clock, started):
    message, attempt = started
    store.finish_attempt(attempt, SENT, None)
    by_reference = reported(None, AttemptState.DELIVERED, reference=SENT.reference)
    assert store.report(by_reference, clock())
    assert store.state(message) == MessageState.DELIVERED


@pytest.mark.parametrize("attempt", [None, uuid4()])
def test_report__of_something_unknown__is_refused_and_changes_nothing(
    store, clock, started, attempt
):
    message, _ = started
    unknown = reported(attempt, AttemptState.DELIVERED, reference="SM-unknown")
    assert not store.report(unknown, clock())
    assert store.state(message) == MessageState.ATTEMPTING


@pytest.mark.parametrize(
    ("state", "failure", "wait"),
    [
        (AttemptState.FAILED, FailureClass.TRANSIENT, timedelta(seconds=30)),
        (AttemptState.UNDELIVERED, FailureClass.UNREACHABLE, timedelta(days=1)),
    ],
)
def test_report__failure_that_may_pass__is_tried_again_later(store, clock, state, failure, wait):
    message = store.queue(FARMER, clock(), lasts=timedelta(days=3))
    store.claim("one", 10, clock())
    attempt = store.start_attempt(message, "twilio", clock())
    store.finish_attempt(attempt, SENT, None)
    assert store.report(reported(attempt, state, failure), clock())
    assert store.state(message) == MessageState.QUEUED
    clock.advance(wait - timedelta(seconds=1))
    assert claimed(store, clock) == []
    clock.advance(timedelta(seconds=1))
    assert claimed(store, clock) == [message]


def test_report__opted_out__is_never_tried_again(store, clock, started):
    message, attempt = started
    store.finish_attempt(attempt, SENT, None)
    failed = reported(attempt, AttemptState.UNDELIVERED, FailureClass.OPTED_OUT)
    assert store.report(failed, clock())
    assert store.state(message) == MessageState.UNDELIVERED


def test_queue_message__same_dedupe__is_refused(database, clock):
    def queue():
        with database.write() as session:
            unit = Unit(session, database.vault)
            queue_message(unit, to=FARMER, body="x", dedupe="reply 1", now=clock())

    queue()
    with pytest.raises(IntegrityError):
        queue()
    assert rows(database, Message) == 1


def test_attempts__tried_twice__are_separate_rows(database, clock):
    store = DatabaseStore(database, clock)
    message = store.queue(FARMER, clock())
    for outcome in (refused(FailureClass.TRANSIENT), Outcome(AttemptState.SENT, "SM2")):
        store.claim("one", 1, clock())
        attempt = store.start_attempt(message, "twilio", clock())
        store.finish_attempt(attempt, outcome, clock())
    with database.read() as session:
        found = session.execute(
            select(Attempt.state, Attempt.failure, Attempt.reference).order_by(Attempt.id)
        ).all()
    assert found == [("failed", "transient", None), ("sent", None, "SM2")]
