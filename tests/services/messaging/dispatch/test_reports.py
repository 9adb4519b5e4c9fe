"""What carriers tell, in any order and as often as they like: ranks only rise."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from services.storage.models import EarlyReport
from sms.message import ABSENT, AttemptState, DeliveryReport, FailureClass, MessageState, Outcome
from sms.reasons import Reason
from sms.states import may_become, message_state
from tests.factories import FARMER
from tests.fakes.carriers import LOST, refused
from tests.services.messaging.dispatch.post import DAY, FIRST, MINUTE, PAST_ANY_LEASE, Post, sent
from tests.support.environment import EXAMPLES

DELIVERED = Outcome(AttemptState.DELIVERED)
CLOSED = (MessageState.EXPIRED, MessageState.SUPPRESSED)
MAY_HAVE_COME = {"attempting", "uncertain", "sent", "delivered"}


def test_report__each_state_after_sent__changes_the_message_by_rank_alone(post):
    (message,) = post.queue()
    (started,) = post.send()
    for told, state in [
        (AttemptState.SENT, "sent"),
        (AttemptState.FAILED, "failed"),
        (AttemptState.SENT, "failed"),
        (AttemptState.UNDELIVERED, "undelivered"),
        (AttemptState.DELIVERED, "delivered"),
        (AttemptState.UNDELIVERED, "delivered"),
        (AttemptState.SENT, "delivered"),
    ]:
        assert post.report(started.attempt_id, Outcome(told))
        assert post.why(message)[0] == state, told


@pytest.mark.parametrize("answer", [sent(), LOST, refused(FailureClass.TRANSIENT)])
def test_report__quicker_than_the_answer__stays_and_the_answers_reference_is_kept(post, answer):
    (message,) = post.queue()
    started = post.start()
    assert post.report(started[0].attempt_id, DELIVERED)
    assert post.why(message) == ("delivered", None)
    post.finish(started, answer)
    assert post.why(message) == ("delivered", None)
    attempt = post.attempt(message)
    assert (attempt.state, attempt.reference) == ("delivered", answer.reference)
    assert (attempt.failure, attempt.look_at) == (None, None)
    post.clock.advance(PAST_ANY_LEASE)
    assert post.claimed() == []


def test_report__quicker_than_the_answer_and_lower__lets_the_answer_count(post):
    (message,) = post.queue()
    started = post.start()
    post.report(started[0].attempt_id, Outcome(AttemptState.SENT, "SM-told"))
    post.finish(started, refused(FailureClass.NEVER))
    assert post.why(message) == ("failed", "refused")
    assert post.attempt(message).reference == "SM-told"


def test_report__by_the_carriers_reference__finds_its_attempt_at_that_carrier_alone(post):
    (message,) = post.queue()
    outcome = sent()
    post.send(outcome)
    elsewhere, here = (
        DeliveryReport(channel, None, outcome.reference, AttemptState.DELIVERED)
        for channel in ("second", FIRST)
    )
    assert not post.store.report(elsewhere, post.clock())
    assert post.why(message)[0] == "sent"
    assert post.store.report(here, post.clock())
    assert post.why(message)[0] == "delivered"


@pytest.mark.parametrize("attempt", [None, uuid4()])
def test_report__of_something_unknown__is_refused_and_changes_nothing(post, attempt):
    (message,) = post.queue()
    post.start()
    for reference in ("SM-unknown", None):
        report = DeliveryReport(FIRST, attempt, reference, AttemptState.DELIVERED)
        assert not post.store.report(report, post.clock())
    assert post.why(message)[0] == "attempting"


def test_report__of_a_message_that_expired__keeps_its_reason_unless_it_came(post):
    (message,) = post.queue(lasts=MINUTE)
    (started,) = post.send(refused(FailureClass.TRANSIENT))
    post.clock.advance(MINUTE)
    post.claim()
    assert post.why(message) == ("expired", "expired")
    post.report(started.attempt_id, Outcome(AttemptState.UNDELIVERED))
    assert post.why(message) == ("expired", "expired")
    post.report(started.attempt_id, DELIVERED)
    assert post.why(message) == ("delivered", None)


def test_report__older_attempt_came_while_the_newer_waits__the_newer_is_not_made(post):
    (message,) = post.queue()
    (started,) = post.send(refused(FailureClass.TRANSIENT))
    post.clock.advance(MINUTE)
    leased = post.claim()
    post.report(started.attempt_id, DELIVERED)
    assert post.store.start("one", leased, post.clock()) == []
    assert post.why(message) == ("delivered", None)


FAILURES = st.sampled_from([None, *FailureClass])
TOLD = st.builds(
    Outcome,
    state=st.sampled_from([state for state in AttemptState if state != "attempting"]),
    reference=st.sampled_from([None, "SM1", "SM2"]),
    failure=FAILURES,
    code=st.sampled_from([None, "1", ABSENT]),
    retry_after=st.sampled_from([None, 1.0, 100.0]),
)
WHICH = st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), TOLD),
        st.tuples(st.just("start")),
        st.tuples(st.just("finish"), WHICH, TOLD),
        st.tuples(st.just("report"), WHICH, TOLD),
        st.tuples(st.just("look"), TOLD),
        st.tuples(
            st.just("wait"), st.sampled_from([MINUTE, timedelta(hours=1), timedelta(days=1)])
        ),
    ),
    min_size=3,
    max_size=10,
)


class Told:
    """One message, what is told of it, and what must hold after each word."""

    def __init__(self, post):
        self.post = post
        (self.message,) = post.queue(FARMER, lasts=timedelta(days=5))
        self.started = []
        self.before = {}

    def send(self, outcome):
        for one in self.start():
            self.post.finish([one], outcome)

    def start(self):
        states = [one.state for one in self.post.attempts(self.message)]
        started = list(self.post.start())
        assert not (started and MAY_HAVE_COME & set(states)), "sent although it may have come"
        self.started += started
        return started

    def finish(self, which, outcome):
        self.post.finish(self.started[which : which + 1], outcome)

    def report(self, which, outcome):
        for one in self.started[which : which + 1]:
            assert self.post.report(one.attempt_id, outcome)

    def look(self, outcome):
        for asked in self.post.store.uncertain(10, self.post.clock()):
            self.post.store.resolve(asked.attempt.attempt_id, outcome, self.post.clock())

    def wait(self, time):
        self.post.clock.advance(time)

    def check(self):
        attempts = self.post.attempts(self.message)
        now = {one.id: AttemptState(one.state) for one in attempts}
        for key, state in self.before.items():
            assert now[key] == state or may_become(state, now[key]), "a rank fell"
        self.before = now
        row = self.post.message(self.message)
        derived = message_state(now.values(), retry=row.state == "queued")
        # Where no channel is left for it, a message fails, however its attempts ended.
        ended = row.state in CLOSED or row.reason == Reason.NO_ROUTE
        closed = ended and derived in {"queued", "failed", "undelivered"}
        assert row.state == derived or closed
        assert row.tries == len(attempts)
        assert (row.leased_until is None) == (row.state != "attempting"), "a death goes unnoticed"
        if row.state not in {"attempting", "sent", "delivered", "queued"}:
            assert row.reason, "nobody knows why"


def tell(database, steps):
    with database.write() as session:
        for table in ("attempt", "message", "channel", "consent", "spending"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 — from this list
    told = Told(Post(database))
    told.check()
    for name, *what in steps:
        getattr(told, name)(*what)
        told.check()


def fuzz(examples):
    return settings(
        max_examples=examples, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )


@pytest.fixture
def on_sqlite(hurried):
    return hurried("sqlite")


@pytest.fixture
def on_postgresql(hurried):
    return hurried("postgresql")


@pytest.mark.slow
@fuzz(EXAMPLES)
@given(steps=STEPS)
def test_reports__any_order_and_repeated__ranks_only_rise(on_sqlite, steps):
    tell(on_sqlite, steps)


@pytest.mark.postgres
@fuzz(15)
@given(steps=STEPS)
def test_reports__any_order_on_postgresql__ranks_only_rise(on_postgresql, steps):
    tell(on_postgresql, steps)


def early(channel=FIRST, state=AttemptState.DELIVERED, reference="AT-1"):
    return DeliveryReport(channel, None, reference, state)


def test_report__before_its_attempt_s_reference_is_kept__takes_effect_once_it_is(post):
    """A phone may confirm a text before the carrier's answer is committed."""
    (message,) = post.queue()
    started = post.start()
    for _ in range(2):
        assert not post.store.report(early(), post.clock())
    assert not post.store.report(early(state=AttemptState.SENT), post.clock())
    assert not post.store.report(early("second"), post.clock())
    post.store.match_early(post.clock())
    assert post.why(message)[0] == "attempting"
    post.finish(started, Outcome(AttemptState.SENT, "AT-1"))
    post.store.match_early(post.clock())
    assert post.why(message)[0] == "delivered"
    assert early_reports(post) == ["second"]


def test_report__of_a_reference_that_never_comes__is_forgotten_after_a_day(post):
    post.store.report(early(), post.clock())
    post.clock.advance(DAY)
    post.store.match_early(post.clock())
    assert early_reports(post) == [FIRST]
    post.clock.advance(MINUTE)
    post.store.match_early(post.clock())
    assert early_reports(post) == []


def early_reports(post):
    with post.database.read() as session:
        return list(session.scalars(select(EarlyReport.channel)))
