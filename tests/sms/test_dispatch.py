from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.dispatch import CHANNEL_WAIT, Dispatcher, may_become, message_state, retry_at
from sms.errors import RouteError
from sms.message import AttemptState, DeliveryReport, FailureClass, MessageState, Outcome
from sms.routing import Route
from tests.fakes.carriers import LOST, SENT, Clock, CountingCarrier, Killed, Killer, refused
from tests.fakes.dispatch_store import LEASE, MemoryDispatchStore

NUMBERS = ("+67570000001", "+67570000002", "+67570000003")
POINTS_OF_THREE = 2 + 3 * (2 + 2 + 2)
OVER = {MessageState.SENT, MessageState.UNCERTAIN, MessageState.FAILED, MessageState.EXPIRED}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryDispatchStore()


def dispatcher(store, clock, *carriers, routes=None):
    return Dispatcher(
        store=store,
        carriers={carrier.name: carrier for carrier in carriers},
        routes=routes or tuple(Route(carrier.name) for carrier in carriers),
        clock=clock,
        worker="one",
    )


def drain(store, clock, carrier):
    """Work on as a new process, until nothing can happen any more."""
    for _ in range(60):
        while dispatcher(store, clock, carrier).step():
            pass
        clock.advance(timedelta(hours=2))


def scene(kills=(), script=()):
    killer, clock = Killer(kills), Clock()
    store = MemoryDispatchStore(killer)
    for number in NUMBERS:
        store.add(number, clock())
    return store, clock, killer, CountingCarrier(script=script, at=killer)


def test_step__three_messages__each_is_sent_once():
    store, clock, killer, carrier = scene()
    assert dispatcher(store, clock, carrier).step() == 3
    assert dispatcher(store, clock, carrier).step() == 0
    assert carrier.received == dict.fromkeys(NUMBERS, 1)
    assert store.states() == [MessageState.SENT] * 3
    assert len(killer.points) == POINTS_OF_THREE + 2


@pytest.mark.parametrize("point", range(POINTS_OF_THREE))
def test_step__killed_at_any_point__nobody_gets_two_and_none_is_lost(point):
    store, clock, _, carrier = scene({point})
    with pytest.raises(Killed) as killed:
        dispatcher(store, clock, carrier).step()
    drain(store, clock, carrier)
    assert set(carrier.received.values()) <= {1}
    unsure = [row for row in store.rows.values() if row.state is MessageState.UNCERTAIN]
    in_flight = str(killed.value) in {
        "after start", "before send", "after send", "before finish"
    }  # fmt: skip
    assert len(unsure) == in_flight
    for row in store.rows.values():
        assert row in unsure or (row.state, carrier.received[row.to]) == (MessageState.SENT, 1)


@given(
    st.sets(st.integers(0, 60), max_size=8),
    st.lists(
        st.sampled_from([SENT, LOST, *(refused(failure) for failure in FailureClass)]), max_size=9
    ),
)
def test_step__killed_often_by_a_carrier_in_trouble__nobody_gets_two(kills, script):
    store, clock, killer, carrier = scene(kills, script)
    for _ in range(len(kills)):
        try:
            dispatcher(store, clock, carrier).step()
        except Killed:
            clock.advance(timedelta(hours=2))
    killer.at.clear()
    drain(store, clock, carrier)
    assert set(carrier.received.values()) <= {1}
    assert set(store.states()) <= OVER
    for row in store.rows.values():
        if row.state is MessageState.SENT:
            assert carrier.received[row.to] == 1


def test_step__lease_lost_to_another_worker__does_not_send(store, clock):
    store.add(NUMBERS[0], clock())
    slow, fast = CountingCarrier(), CountingCarrier()

    class SlowStore:
        start_attempt, finish_attempt = store.start_attempt, store.finish_attempt

        def claim(self, *arguments):
            leases = store.claim(*arguments)
            clock.advance(LEASE + timedelta(seconds=1))
            assert dispatcher(store, clock, fast).step() == 1
            return leases

    assert dispatcher(SlowStore(), clock, slow).step() == 0
    assert (slow.calls, fast.calls) == (0, 1)


def test_step__batch__is_claimed_no_larger(store, clock):
    for number in NUMBERS:
        store.add(number, clock())
    worker = dispatcher(store, clock, CountingCarrier())
    worker.batch = 2
    assert [worker.step(), worker.step()] == [2, 1]


def test_step__answer_lost__is_uncertain_and_never_repeated(store, clock):
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(script=[LOST])
    drain(store, clock, carrier)
    assert row.state is MessageState.UNCERTAIN
    assert carrier.calls == 1


def test_step__transient_failure__is_repeated_after_the_wait_the_carrier_asked_for(store, clock):
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(script=[refused(FailureClass.TRANSIENT, retry_after=90)])
    worker = dispatcher(store, clock, carrier)
    assert worker.step() == 1
    assert row.state is MessageState.QUEUED
    clock.advance(timedelta(seconds=89))
    assert worker.step() == 0
    clock.advance(timedelta(seconds=1))
    assert worker.step() == 1
    assert row.state is MessageState.SENT


def test_step__transient_failures_until_expiry__expires(store, clock):
    row = store.add(NUMBERS[0], clock(), lasts=timedelta(hours=9))
    carrier = CountingCarrier(script=[refused(FailureClass.TRANSIENT)] * 99)
    drain(store, clock, carrier)
    assert row.state is MessageState.EXPIRED
    assert 1 < carrier.calls < 20


def test_step__route_problem__takes_the_next_channel_at_once(store, clock):
    row = store.add(NUMBERS[0], clock())
    first = CountingCarrier("first", script=[refused(FailureClass.ROUTE)] * 9)
    second = CountingCarrier("second")
    worker = dispatcher(store, clock, first, second)
    assert [worker.step(), worker.step(), worker.step()] == [1, 1, 0]
    assert (first.calls, second.calls) == (1, 1)
    assert row.state is MessageState.SENT


def test_step__route_problem_on_the_last_channel__fails(store, clock):
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(script=[refused(FailureClass.ROUTE)])
    drain(store, clock, carrier)
    assert row.state is MessageState.FAILED
    assert carrier.calls == 1


def test_step__no_route_for_the_number__fails_and_says_so(store, clock):
    row = store.add("+61491570006", clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier, routes=[Route(carrier.name, "+675")])
    assert worker.step() == 1
    assert row.state is MessageState.FAILED
    assert (row.attempts[0].channel, carrier.calls) == ("none", 0)


def test_step__channel_down__the_rest_waits_until_it_is_tried_again(store, clock, caplog):
    for number in NUMBERS:
        store.add(number, clock())
    carrier = CountingCarrier(script=[refused(FailureClass.CHANNEL_DOWN)])
    worker = dispatcher(store, clock, carrier)
    with caplog.at_level(logging.ERROR):
        assert worker.step() == 1
    assert "counting" in caplog.text
    assert "+675" not in caplog.text
    assert worker.step() == 0
    assert store.states() == [MessageState.QUEUED] * 3
    clock.advance(max(CHANNEL_WAIT, LEASE))
    assert worker.step() == 3
    assert carrier.received == dict.fromkeys(NUMBERS, 1)


def test_dispatcher__route_without_a_carrier__is_refused(store, clock):
    with pytest.raises(RouteError, match="kannel"):
        dispatcher(store, clock, CountingCarrier(), routes=[Route("kannel")])


@pytest.mark.parametrize(
    ("failure", "attempts", "asked", "seconds"),
    [
        (FailureClass.TRANSIENT, 1, None, 30),
        (FailureClass.TRANSIENT, 2, None, 60),
        (FailureClass.TRANSIENT, 3, None, 120),
        (FailureClass.TRANSIENT, 10**6, None, 3600),
        (FailureClass.TRANSIENT, 1, 5.0, 30),
        (FailureClass.TRANSIENT, 1, 400.0, 400),
        (FailureClass.TRANSIENT, 1, 1e300, 86400),
        (FailureClass.CHANNEL_DOWN, 7, None, 300),
        (FailureClass.CHANNEL_DOWN, 7, 900.0, 900),
        (FailureClass.UNREACHABLE, 1, None, 86400),
        (FailureClass.UNREACHABLE, 2, None, 86400),
        (FailureClass.UNREACHABLE, 3, None, None),
        (FailureClass.ROUTE, 1, None, 0),
        (FailureClass.OPTED_OUT, 1, 9.0, None),
        (FailureClass.DEAD_NUMBER, 1, 9.0, None),
        (FailureClass.NEVER, 1, 9.0, None),
        (FailureClass.UNKNOWN, 1, 9.0, None),
    ],
)
def test_retry_at__each_failure_class__waits_as_the_table_says(
    clock, failure, attempts, asked, seconds
):
    due = retry_at(refused(failure, asked), attempts, clock())
    assert due == (None if seconds is None else clock() + timedelta(seconds=seconds))


@pytest.mark.parametrize("state", [s for s in AttemptState if s is not AttemptState.FAILED])
@pytest.mark.parametrize("failure", FailureClass)
def test_retry_at__any_state_but_failed__is_never_repeated(clock, state, failure):
    assert retry_at(Outcome(state, failure=failure), 1, clock()) is None


@pytest.mark.parametrize(
    ("attempts", "retry", "state"),
    [
        ([], False, MessageState.QUEUED),
        ([AttemptState.ATTEMPTING], False, MessageState.ATTEMPTING),
        ([AttemptState.FAILED], False, MessageState.FAILED),
        ([AttemptState.FAILED], True, MessageState.QUEUED),
        ([AttemptState.UNDELIVERED], True, MessageState.QUEUED),
        ([AttemptState.FAILED, AttemptState.UNDELIVERED], False, MessageState.UNDELIVERED),
        ([AttemptState.UNCERTAIN, AttemptState.FAILED], True, MessageState.UNCERTAIN),
        ([AttemptState.UNDELIVERED, AttemptState.SENT], False, MessageState.SENT),
        ([AttemptState.DELIVERED, AttemptState.FAILED], True, MessageState.DELIVERED),
    ],
)
def test_message_state__attempts__derive_it(attempts, retry, state):
    assert message_state(attempts, retry=retry) is state


@pytest.mark.parametrize("state", AttemptState)
def test_may_become__same_state__does_not_rise(state):
    assert not may_become(state, state)


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (AttemptState.ATTEMPTING, AttemptState.SENT, True),
        (AttemptState.UNCERTAIN, AttemptState.SENT, True),
        (AttemptState.UNCERTAIN, AttemptState.FAILED, True),
        (AttemptState.SENT, AttemptState.FAILED, True),
        (AttemptState.SENT, AttemptState.UNCERTAIN, False),
        (AttemptState.UNDELIVERED, AttemptState.DELIVERED, True),
        (AttemptState.DELIVERED, AttemptState.UNDELIVERED, False),
        (AttemptState.DELIVERED, AttemptState.SENT, False),
    ],
)
def test_may_become__pair__only_rises(old, new, allowed):
    assert may_become(old, new) is allowed


REPORTS = st.builds(
    DeliveryReport,
    channel=st.just("counting"),
    attempt_id=st.none(),
    reference=st.sampled_from(["SM1", "SM2", None]),
    state=st.sampled_from(
        [
            AttemptState.SENT,
            AttemptState.DELIVERED,
            AttemptState.UNDELIVERED,
            AttemptState.FAILED,
        ]
    ),
    failure=st.sampled_from([None, FailureClass.NEVER, FailureClass.OPTED_OUT]),
)


@given(st.lists(REPORTS, max_size=12))
def test_report__any_sequence__never_lowers_a_state(reports):
    clock, store = Clock(), MemoryDispatchStore()
    row = store.add(NUMBERS[0], clock())
    dispatcher(store, clock, CountingCarrier()).step()
    ranks = [AttemptState.SENT, AttemptState.FAILED]
    ranks += [AttemptState.UNDELIVERED, AttemptState.DELIVERED]
    for report in reports:
        before = ranks.index(row.attempts[0].state)
        assert store.report(report, clock()) is (report.reference == "SM1")
        after = ranks.index(row.attempts[0].state)
        assert after >= before
        if report.reference == "SM1":
            assert after == max(before, ranks.index(report.state))


def test_report__overtakes_the_answer__the_answer_does_not_lower_it(store, clock):
    row = store.add(NUMBERS[0], clock())

    class Overtaken(CountingCarrier):
        def send(self, message, attempt_id):
            outcome = super().send(message, attempt_id)
            report = DeliveryReport(self.name, attempt_id, "SM1", AttemptState.DELIVERED)
            assert store.report(report, clock())
            return outcome

    dispatcher(store, clock, Overtaken(script=[LOST])).step()
    assert row.state is MessageState.DELIVERED


def test_report__handset_unreachable__is_repeated_tomorrow_twice(store, clock):
    row = store.add(NUMBERS[0], clock(), lasts=timedelta(days=9))
    carrier = CountingCarrier()
    for _ in range(5):
        if dispatcher(store, clock, carrier).step():
            attempt = row.attempts[-1].id
            store.report(
                DeliveryReport(
                    "counting",
                    attempt,
                    None,
                    AttemptState.UNDELIVERED,
                    FailureClass.UNREACHABLE,
                ),
                clock(),
            )
        clock.advance(timedelta(days=1))
    assert carrier.calls == 3
    assert row.state is MessageState.UNDELIVERED


def test_step__stopped_meanwhile__leaves_the_rest_to_others():
    store, carrier, clock = MemoryDispatchStore(), CountingCarrier(), Clock()
    for number in range(5):
        store.add(f"+6757000000{number}", clock())
    dispatcher = Dispatcher(
        store,
        {carrier.name: carrier},
        [Route(carrier.name)],
        clock,
        "worker",
        stopped=lambda: carrier.calls >= 2,
    )
    assert dispatcher.step() == 2
    assert store.states().count(MessageState.QUEUED) == 3
