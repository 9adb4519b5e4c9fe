from __future__ import annotations

from datetime import timedelta
from threading import BoundedSemaphore, Event, Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.admission import Close, Go, Wait
from sms.dispatch import ANSWERS_WAIT, require_channels
from sms.errors import RouteError
from sms.message import AttemptState, DeliveryReport, FailureClass, Kind, MessageState, Outcome
from sms.reasons import Reason
from sms.states import may_become
from tests.fakes.carriers import LOST, SENT, Clock, CountingCarrier, refused
from tests.fakes.dispatch_store import MemoryDispatchStore
from tests.support.dispatching import NUMBERS, dispatcher, numbers, work_off

MOMENT = timedelta(microseconds=1)


class Held(CountingCarrier):
    """A carrier whose calls end when `gate` is set; `peak`: most of them at once."""

    def __init__(self, width):
        super().__init__()
        self.gate, self.peak, self._now, self._count = Event(), 0, 0, Lock()
        self._most = BoundedSemaphore(width)

    def send(self, message, attempt_id):
        assert self._most.acquire(blocking=False), "one call too many at once"
        with self._count:
            self._now += 1
            self.peak = max(self.peak, self._now)
        assert self.gate.wait(60)
        with self._count:
            self._now -= 1
        self._most.release()
        return super().send(message, attempt_id)


def test_drain__three_messages__each_is_sent_once(store, clock):
    for number in NUMBERS:
        store.add(number, clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    worker.drain()
    assert (worker.step(), worker.busy) == (0, False)
    assert carrier.received == dict.fromkeys(NUMBERS, 1)
    assert store.states() == [MessageState.SENT] * 3
    assert len({row.attempts[0].reference for row in store.rows.values()}) == 3


def test_close__messages_in_hand_and_in_the_air__lands_these_and_releases_those(store, clock):
    for number in numbers(9):
        store.add(number, clock())
    carrier = Held(width=2)
    worker = dispatcher(store, clock, carrier, width=2)
    worker.step()
    assert worker.busy
    carrier.gate.set()
    threads = worker._threads
    worker.close()
    assert (worker.busy, worker._leased, worker._threads) == (False, [], None)
    assert threads._shutdown
    assert carrier.calls == 2
    assert store.states().count(MessageState.SENT) == 2
    other = CountingCarrier()
    dispatcher(store, clock, other, worker="other").drain()
    assert carrier.received + other.received == dict.fromkeys(numbers(9), 1)


def test_close__twice__does_nothing_more(store, clock):
    worker = dispatcher(store, clock, CountingCarrier())
    worker.close()
    worker.close()
    assert worker.step() == 0


def test_step__stopped__lands_what_flies_and_begins_nothing(store, clock):
    for number in numbers(5):
        store.add(number, clock())
    carrier = Held(width=2)
    worker = dispatcher(store, clock, carrier, width=2)
    worker.step()
    worker.stopped = lambda: True
    carrier.gate.set()
    while worker.busy:
        worker.step()
    assert (worker.step(), carrier.calls) == (0, 2)
    assert store.states().count(MessageState.SENT) == 2


def test_step__what_begins_and_ends_in_it__is_work_done(store, clock):
    store.add(NUMBERS[0], clock())
    worker = dispatcher(store, clock, CountingCarrier())
    assert worker.step() > 0
    worker.close()
    assert worker.step() == 0


def test_step__slow_carrier__width_bounds_the_calls_at_once(store, clock):
    for number in numbers(12):
        store.add(number, clock())
    carrier = Held(width=4)
    worker = dispatcher(store, clock, carrier, width=4)
    worker.step()
    worker.step()
    assert store.states().count(MessageState.ATTEMPTING) == 4
    carrier.gate.set()
    worker.drain()
    assert carrier.peak == 4
    assert carrier.received == dict.fromkeys(numbers(12), 1)


def test_step__batch__is_leased_no_larger_than_that(store, clock):
    for number in numbers(9):
        store.add(number, clock())
    worker = dispatcher(store, clock, CountingCarrier(), batch=4)
    worker.step()
    assert sum(row.leased_by is not None for row in store.rows.values()) <= 4
    worker.close()


def test_step__answer_among_mailings_in_hand__overtakes_them(store, clock, monkeypatch):
    monkeypatch.setattr("sms.dispatch._LOOK_AGAIN", 60)
    for number in numbers(50):
        store.add(number, clock(), kind=Kind.PROGRAMME)
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier, width=1)
    worker.step()
    store.add(NUMBERS[0], clock(), kind=Kind.URGENT)
    store.add(NUMBERS[1], clock(), kind=Kind.ANSWER)
    worker.step()
    assert NUMBERS[1] not in carrier.order, "it looks for answers now and then"
    clock.advance(ANSWERS_WAIT)
    worker.drain()
    assert carrier.order.index(NUMBERS[1]) == 2
    assert sorted(carrier.order) == sorted([*numbers(50), *NUMBERS[:2]])


def test_claim__kinds_due_at_once__go_by_priority(store, clock):
    kinds = [Kind.PROGRAMME, Kind.SERVICE, Kind.URGENT, Kind.ANSWER]
    for number, kind in zip(numbers(4), kinds, strict=True):
        store.add(number, clock(), kind=kind)
    carrier = CountingCarrier()
    dispatcher(store, clock, carrier, width=1).drain()
    assert carrier.order == numbers(4)[::-1]


def test_drain__whole_windows_are_refused__goes_on_to_what_may_go(store, clock):
    for number in numbers(30):
        store.add(number, clock())
    late, last = clock() + timedelta(hours=1), numbers(30)[-1]

    def admit(message, _now):
        if message.to == last:
            return Go(("counting",), 1)
        if message.to < numbers(30)[9]:
            return Wait(late, Reason.QUIET_HOURS)
        return Close(MessageState.SUPPRESSED, Reason.STOPPED)

    store.admit = admit
    carrier = CountingCarrier()
    dispatcher(store, clock, carrier, width=2, batch=4).drain()
    assert carrier.order == [last]
    assert store.states().count(MessageState.SUPPRESSED) == 20
    assert store.states().count(MessageState.QUEUED) == 9


def test_drain__transient_failure__is_repeated_after_the_wait_the_carrier_asked_for(store, clock):
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(script=[refused(FailureClass.TRANSIENT, retry_after=90)])
    worker = dispatcher(store, clock, carrier)
    worker.drain()
    clock.advance(timedelta(seconds=90) - MOMENT)
    worker.drain()
    assert (carrier.calls, row.state) == (1, MessageState.QUEUED)
    clock.advance(MOMENT)
    worker.drain()
    assert (carrier.calls, row.state) == (2, MessageState.SENT)


def test_drain__transient_failures_until_expiry__expires(store, clock):
    row = store.add(NUMBERS[0], clock(), lasts=timedelta(hours=9))
    carrier = CountingCarrier(script=[refused(FailureClass.TRANSIENT)] * 99)
    work_off(store, clock, carrier)
    assert row.state is MessageState.EXPIRED
    assert 1 < carrier.calls < 20


def test_drain__route_problem__takes_the_next_channel_at_once(clock):
    store = MemoryDispatchStore(channels=("first", "second"))
    row = store.add(NUMBERS[0], clock())
    first = CountingCarrier("first", script=[refused(FailureClass.ROUTE)] * 9)
    second = CountingCarrier("second")
    dispatcher(store, clock, first, second).drain()
    assert (first.calls, second.calls) == (1, 1)
    assert row.state is MessageState.SENT


def test_drain__route_problem_on_the_last_channel__fails(store, clock):
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(script=[refused(FailureClass.ROUTE)])
    dispatcher(store, clock, carrier).drain()
    assert (row.state, carrier.calls) == (MessageState.FAILED, 1)


def test_require_channels__route_without_a_carrier__is_refused():
    require_channels(["twilio"], {"twilio": None, "kannel": None})
    with pytest.raises(RouteError, match=r"\['africastalking', 'kannel'\]"):
        require_channels(["twilio", "kannel", "africastalking"], ["twilio"])


STATES = [AttemptState.SENT, AttemptState.DELIVERED, AttemptState.UNDELIVERED, AttemptState.FAILED]
REPORTS = st.builds(
    DeliveryReport,
    channel=st.just("counting"),
    attempt_id=st.none(),
    reference=st.sampled_from(["SM1", "SM2", None]),
    state=st.sampled_from(STATES),
    failure=st.sampled_from([None, *FailureClass]),
)


@given(st.lists(REPORTS, max_size=12), st.sampled_from([SENT, Outcome(LOST.state, "SM1")]))
def test_report__any_sequence__never_lowers_a_state(reports, first):
    clock, store = Clock(), MemoryDispatchStore()
    row = store.add(NUMBERS[0], clock())
    dispatcher(store, clock, CountingCarrier(script=[first])).drain()
    (attempt,) = row.attempts
    for report in reports:
        before = attempt.state
        assert store.report(report, clock()) is (report.reference == "SM1")
        rises = report.reference == "SM1" and may_become(before, report.state)
        assert attempt.state is (report.state if rises else before)
        if attempt.state is AttemptState.DELIVERED:
            assert row.state is MessageState.DELIVERED


def test_report__overtakes_the_answer__the_answer_does_not_lower_it(store, clock):
    row = store.add(NUMBERS[0], clock())

    class Overtaken(CountingCarrier):
        def send(self, message, attempt_id):
            outcome = super().send(message, attempt_id)
            report = DeliveryReport(self.name, attempt_id, "SM1", AttemptState.DELIVERED)
            assert store.report(report, clock())
            return outcome

    dispatcher(store, clock, Overtaken(script=[LOST])).drain()
    assert row.state is MessageState.DELIVERED


def test_report__handset_unreachable__is_repeated_tomorrow_twice(store, clock):
    row = store.add(NUMBERS[0], clock(), lasts=timedelta(days=9))
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    for _ in range(5):
        before = carrier.calls
        worker.drain()
        if carrier.calls > before:
            store.report(
                DeliveryReport(
                    "counting",
                    row.attempts[-1].id,
                    None,
                    AttemptState.UNDELIVERED,
                    FailureClass.UNREACHABLE,
                ),
                clock(),
            )
        clock.advance(timedelta(days=1))
    assert carrier.calls == 3
    assert row.state is MessageState.UNDELIVERED
