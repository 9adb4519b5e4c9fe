"""What becomes of messages when a worker dies, freezes, or loses its store or its carrier."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.dispatch import LONGEST_PAUSE
from sms.message import AttemptState, DeliveryReport, FailureClass, MessageState
from sms.reconciliation import Reconciler
from tests.fakes.carriers import (
    LOST,
    NEVER_CAME,
    SENT,
    SILENT,
    Clock,
    CountingCarrier,
    Killed,
    Killer,
    refused,
)
from tests.fakes.dispatch_store import LEASE, MemoryDispatchStore
from tests.support.dispatching import NUMBERS, dispatcher, numbers, work_off

ROUND = ["claim", "start", "send", "finish"]
POINTS_OF_THREE = 2 * (1 + 3 * 3 + 1)
IN_FLIGHT = {"after start", "before send", "after send", "before finish"}
OVER = {MessageState.SENT, MessageState.FAILED, MessageState.EXPIRED}
MOMENT = timedelta(microseconds=1)


def die(worker):
    """Work until killed; what flies by then comes to its end without the process."""
    try:
        worker.drain()
    finally:
        if worker._threads:
            worker._threads.shutdown()


def scene(kills=(), script=()):
    killer, clock = Killer(kills), Clock()
    store = MemoryDispatchStore(killer)
    for number in NUMBERS:
        store.add(number, clock())
    return store, clock, killer, CountingCarrier(script=script, at=killer)


class StoreDown(Exception):
    pass


class Faulty:
    """Raises at the named point, as often as told."""

    def __init__(self, point, times=1):
        self.point, self.left = point, times

    def __call__(self, point):
        if point == self.point and self.left:
            self.left -= 1
            raise StoreDown(point)


def test_drain__one_at_a_time__commits_before_and_after_each_call():
    store, clock, killer, carrier = scene()
    dispatcher(store, clock, carrier, width=1).drain()
    committed = [point.split()[1] for point in killer.points if point.startswith("after")]
    assert committed[:4] == ROUND
    assert [name for name in committed if name != "claim"] == ROUND[1:] * 3
    assert len(killer.points) == POINTS_OF_THREE


@pytest.mark.parametrize("point", range(POINTS_OF_THREE))
def test_drain__killed_at_any_point__nobody_gets_two_and_none_is_lost(point):
    store, clock, _, carrier = scene({point})
    with pytest.raises(Killed) as killed:
        die(dispatcher(store, clock, carrier, width=1))
    clock.advance(LEASE)
    store.claim("other", 1, clock())
    in_doubt = store.states().count(MessageState.UNCERTAIN)
    assert in_doubt == (str(killed.value) in IN_FLIGHT)
    work_off(store, clock, carrier)
    assert carrier.received == dict.fromkeys(NUMBERS, 1)
    assert store.states() == [MessageState.SENT] * 3


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ROUND)
def test_drain__killed_with_all_in_the_air__nobody_gets_two_and_none_is_lost(when, what):
    store, clock, _, carrier = scene({f"{when} {what}"})
    with pytest.raises(Killed):
        die(dispatcher(store, clock, carrier))
    work_off(store, clock, carrier)
    assert carrier.received == dict.fromkeys(NUMBERS, 1)
    assert store.states() == [MessageState.SENT] * 3


@given(
    st.sets(st.integers(0, 60), max_size=8),
    st.lists(
        st.sampled_from([SENT, LOST, NEVER_CAME, *map(refused, FailureClass)]),
        max_size=9,
    ),
)
def test_drain__killed_often_by_a_carrier_in_trouble__nobody_gets_two(kills, script):
    store, clock, killer, carrier = scene(kills, script)
    for _ in range(len(kills)):
        try:
            die(dispatcher(store, clock, carrier, width=1))
        except Killed:
            clock.advance(timedelta(hours=2))
    killer.at.clear()
    work_off(store, clock, carrier)
    assert set(carrier.received.values()) <= {1}
    assert set(store.states()) <= OVER
    for row in store.rows.values():
        assert (row.state is MessageState.SENT) == (carrier.received[row.to] == 1)


def test_drain__killed_in_reconciliation__nobody_gets_two():
    for kill in ("before doubts", "after doubts", "before resolve", "after resolve"):
        store, clock, killer, carrier = scene(script=[LOST, NEVER_CAME, LOST])
        dispatcher(store, clock, carrier, width=1).drain()
        clock.advance(timedelta(minutes=20))
        killer.at.add(kill)
        with pytest.raises(Killed):
            Reconciler(store, {carrier.name: carrier}, clock).step()
        work_off(store, clock, carrier)
        assert carrier.received == dict.fromkeys(NUMBERS, 1)


def test_drain__answer_lost__is_not_sent_again_before_two_look_ups(store, clock):
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(script=[NEVER_CAME])
    worker = dispatcher(store, clock, carrier)
    reconciler = Reconciler(store, {carrier.name: carrier}, clock)
    worker.drain()
    lost_at = clock()
    while carrier.calls == 1:
        assert row.state is MessageState.UNCERTAIN
        clock.advance(timedelta(seconds=20))
        reconciler.step()
        worker.drain()
        assert clock() - lost_at < timedelta(minutes=15)
    assert carrier.asked == 2
    assert clock() - lost_at >= timedelta(minutes=10)
    assert row.state is MessageState.SENT


def test_drain__carrier_that_cannot_be_asked__is_never_sent_again(store, clock):
    row = store.add(NUMBERS[0], clock(), lasts=timedelta(days=9))
    carrier = CountingCarrier(script=[NEVER_CAME], memory=[SILENT] * 99)
    work_off(store, clock, carrier)
    assert row.state is MessageState.UNCERTAIN
    assert carrier.calls == 1
    assert 2 < carrier.asked < 30


def test_drain__lease_ran_out_in_our_hands__does_not_send(store, clock):
    store.add(NUMBERS[0], clock())
    slow, fast = CountingCarrier(), CountingCarrier()
    worker = dispatcher(store, clock, slow)
    worker._claim()
    clock.advance(LEASE)
    dispatcher(store, clock, fast, worker="other").drain()
    worker.drain()
    assert (slow.calls, fast.calls) == (0, 1)


def test_drain__lease_ran_out_and_is_ours_again__is_sent_once(store, clock):
    store.add(NUMBERS[0], clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    worker._claim()
    clock.advance(LEASE)
    worker.drain()
    assert carrier.received == {NUMBERS[0]: 1}


@pytest.mark.parametrize(
    ("pause", "calls"), [(LONGEST_PAUSE, 1), (LONGEST_PAUSE + MOMENT, 0), (LEASE, 0)]
)
@pytest.mark.parametrize("point", ["before start", "after start"])
def test_step__frozen_between_start_and_call__does_not_send_what_is_old(clock, pause, calls, point):
    store = MemoryDispatchStore(at=lambda at: clock.advance(pause) if at == point else None)
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    while worker.step() and not row.attempts:
        pass
    worker.close()
    assert carrier.calls == calls
    assert row.state is (MessageState.SENT if calls else MessageState.QUEUED)


def test_step__clock_set_back_during_a_freeze__does_not_send_what_is_old(clock):
    frozen = [0.0]

    def freeze(point):
        if point == "after start":
            clock.advance(LONGEST_PAUSE - timedelta(hours=1))
            frozen[0] += LONGEST_PAUSE.total_seconds() + 1

    store, carrier = MemoryDispatchStore(at=freeze), CountingCarrier()
    row = store.add(NUMBERS[0], clock())
    worker = dispatcher(store, clock, carrier)
    worker.passed = lambda: frozen[0]
    worker.step()
    worker.close()
    assert carrier.calls == 0
    assert row.state is MessageState.QUEUED


def test_step__frozen_until_others_have_settled_it__nobody_gets_two(clock):
    carrier = CountingCarrier()

    def freeze(point):
        if point == "after start" and not carrier.calls:
            clock.advance(LEASE)
            store._at = lambda _point: None
            work_off(store, clock, carrier)

    store = MemoryDispatchStore(at=freeze)
    row = store.add(NUMBERS[0], clock())
    worker = dispatcher(store, clock, carrier)
    worker.step()
    worker.close()
    assert carrier.received == {NUMBERS[0]: 1}
    assert len(row.attempts) == 2
    assert row.state is MessageState.SENT


def test_step__paused__does_not_count_against_the_channel(clock):
    told = []

    class Watched(MemoryDispatchStore):
        def finish(self, finished, now):
            told.extend(one.outcome for one in finished)
            super().finish(finished, now)

    store = Watched(at=lambda at: clock.advance(LEASE) if at == "after start" else None)
    store.add(NUMBERS[0], clock())
    worker = dispatcher(store, clock, CountingCarrier())
    worker.step()
    worker.close()
    assert [(one.failure, one.retry_after) for one in told] == [(FailureClass.TRANSIENT, 0)]


@pytest.mark.parametrize("point", ["before finish", "before start", "before claim"])
def test_step__store_fails__the_next_step_goes_on_and_loses_nothing(clock, point):
    store = MemoryDispatchStore(at=Faulty(point))
    for number in NUMBERS:
        store.add(number, clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    with pytest.raises(StoreDown):
        worker.drain()
    worker.drain()
    assert carrier.received == dict.fromkeys(NUMBERS, 1)
    assert store.states() == [MessageState.SENT] * 3


def test_step__finish_commits_but_its_reply_is_lost__is_finished_again(clock):
    store = MemoryDispatchStore(at=Faulty("after finish"))
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    with pytest.raises(StoreDown):
        worker.drain()
    assert worker.busy
    worker.drain()
    assert (carrier.calls, row.state, worker.busy) == (1, MessageState.SENT, False)


def unheard(clock, *points):
    """A message whose `start` was committed and raised all the same, and its worker."""
    faults = [Faulty(point) for point in ("after start", *points)]
    store = MemoryDispatchStore(at=lambda point: [fault(point) for fault in faults])
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(memory=[SILENT] * 99)
    worker = dispatcher(store, clock, carrier)
    with pytest.raises(StoreDown):
        worker.drain()
    assert (carrier.calls, row.state, worker.busy) == (0, MessageState.ATTEMPTING, True)
    return store, row, carrier, worker


def test_step__start_commits_but_its_reply_is_lost__is_sent_once_by_a_carrier_that_tells_nothing(
    clock,
):
    store, row, carrier, worker = unheard(clock)
    worker.drain()
    assert (carrier.calls, row.state, worker.busy) == (0, MessageState.QUEUED, False)
    assert row.attempts[0].code == "not_called"
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (1, MessageState.SENT)


def test_step__reply_of_the_taking_back_is_lost_too__is_taken_back_again(clock):
    store, row, carrier, worker = unheard(clock, "before not called", "after not called")
    for _ in range(2):
        with pytest.raises(StoreDown):
            worker.step()
        assert worker.busy
    worker.drain()
    assert (row.state, worker.busy) == (MessageState.QUEUED, False)
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (1, MessageState.SENT)


def test_step__reply_lost_and_sent_anew_meanwhile__taking_back_again_changes_nothing(clock):
    store, row, carrier, worker = unheard(clock, "after not called")
    with pytest.raises(StoreDown):
        worker.step()
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (1, MessageState.SENT)
    worker.drain()
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (1, MessageState.SENT)


def test_step__reply_lost_and_counted_as_abandoned_meanwhile__is_sent_once(clock):
    store, row, carrier, worker = unheard(clock)
    clock.advance(LEASE)
    store.claim("other", 1, clock())
    assert row.state is MessageState.UNCERTAIN
    worker.drain()
    assert row.state is MessageState.QUEUED
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (1, MessageState.SENT)


def test_step__reply_lost_and_proven_absent_meanwhile__is_not_sent_a_second_time(clock):
    store, row, carrier, worker = unheard(clock)
    asked = CountingCarrier()
    work_off(store, clock, asked)
    assert (asked.calls, row.state) == (1, MessageState.SENT)
    worker.drain()
    work_off(store, clock, carrier)
    assert (asked.calls, carrier.calls, row.state) == (1, 0, MessageState.SENT)
    assert len(row.attempts) == 2


@pytest.mark.parametrize("state", [AttemptState.SENT, AttemptState.DELIVERED])
def test_step__reply_lost_and_somebody_says_that_it_came__is_not_sent(clock, state):
    """It may be another text of the same words; once too few is better than once too often."""
    store, row, carrier, worker = unheard(clock)
    report = DeliveryReport("counting", row.attempts[0].id, "SM7", state)
    assert store.report(report, clock())
    worker.drain()
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (0, MessageState(state))


def test_step__reply_lost_and_the_worker_killed__is_in_doubt_like_any_other(clock):
    store, row, carrier, _killed = unheard(clock)
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (0, MessageState.UNCERTAIN)


def test_step__start_is_undone_and_raises__is_sent_once(clock):
    store = MemoryDispatchStore(at=Faulty("before start"))
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    with pytest.raises(StoreDown):
        worker.drain()
    worker.drain()
    assert (carrier.calls, row.state, len(row.attempts)) == (1, MessageState.SENT, 1)


@given(st.sets(st.integers(0, 60), max_size=8), st.lists(st.integers(0, 900), max_size=9))
def test_drain__store_fails_often_on_both_sides_of_commits__each_is_sent_once(faults, waits):
    """A worker that lives leaves nothing in doubt, though its carrier cannot be asked."""
    killer, clock = Killer(faults), Clock()

    def fail(point):
        try:
            killer(point)
        except Killed as error:
            raise StoreDown(point) from error

    store = MemoryDispatchStore(fail)
    for number in NUMBERS:
        store.add(number, clock())
    carrier = CountingCarrier(memory=[SILENT] * 999)
    worker, pauses = dispatcher(store, clock, carrier, width=2), iter(waits)
    for _ in range(len(faults) + 3):
        try:
            worker.drain()
        except StoreDown:
            clock.advance(timedelta(seconds=next(pauses, 1)))
        else:
            clock.advance(LEASE)
    killer.at.clear()
    worker.drain()
    work_off(store, clock, carrier)
    assert carrier.received == dict.fromkeys(NUMBERS, 1)
    assert store.states() == [MessageState.SENT] * 3


class NoThreads:
    """A pool that takes what it is to do, then finds no thread for it; `first` comes before that.

    So does Python's own: the work stays in its queue.
    """

    def __init__(self, first=lambda _work: None):
        self.queue, self._first = [], first

    def submit(self, work):
        self.queue.append(work)
        self._first(work)
        raise RuntimeError("can't start new thread")

    def shutdown(self):
        pass


def test_step__no_thread_can_be_had__nobody_is_called_then_or_later(store, clock, caplog):
    rows = [store.add(number, clock()) for number in NUMBERS]
    carrier = CountingCarrier(memory=[SILENT] * 99)
    worker = dispatcher(store, clock, carrier)
    worker._threads = pool = NoThreads()
    with caplog.at_level(logging.ERROR):
        worker.drain()
    assert "no thread calls the carrier of counting: RuntimeError" in caplog.text
    assert [row.state for row in rows] == [MessageState.QUEUED] * 3
    for work in pool.queue:
        work()
    assert carrier.calls == 0, "a thread that comes late finds it called off"
    work_off(store, clock, carrier)
    assert carrier.received == dict.fromkeys(NUMBERS, 1)


def test_step__another_thread_took_it_before_the_pool_raised__counts_as_called(store, clock):
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    worker._threads = NoThreads(lambda work: work())
    worker.drain()
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (1, MessageState.SENT)
    assert len(row.attempts) == 1


def test_step__outcomes_cannot_be_kept__no_more_than_width_are_ever_in_doubt(clock):
    store = MemoryDispatchStore(at=Faulty("before finish", times=9))
    for number in numbers(20):
        store.add(number, clock())
    carrier = CountingCarrier()
    worker = dispatcher(store, clock, carrier)
    for _ in range(9):
        with pytest.raises(StoreDown):
            worker.drain()
        assert carrier.calls <= worker.width
    worker.drain()
    assert carrier.received == dict.fromkeys(numbers(20), 1)


def test_step__carrier_that_raises__is_uncertain_and_logs_no_number(store, clock, caplog):
    row = store.add(NUMBERS[0], clock())

    class Broken(CountingCarrier):
        def send(self, message, attempt_id):
            super().send(message, attempt_id)
            raise ValueError(f"cannot send to {message.to}")

    carrier = Broken()
    with caplog.at_level(logging.ERROR):
        dispatcher(store, clock, carrier).drain()
    assert (row.state, row.attempts[0].code) == (MessageState.UNCERTAIN, "unexpected")
    assert "ValueError" in caplog.text
    assert "counting" in caplog.text
    assert "7570000001" not in caplog.text
    work_off(store, clock, carrier)
    assert carrier.received == {NUMBERS[0]: 1}
