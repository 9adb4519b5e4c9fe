"""The end of a worker: what it knows alone is kept, while its store is away, too."""

from __future__ import annotations

import pytest

from sms.dispatch import CLOSING
from sms.message import MessageState
from tests.fakes.carriers import SILENT, CountingCarrier
from tests.fakes.dispatch_store import MemoryDispatchStore
from tests.sms.test_dispatch_faults import Faulty, StoreDown, unheard
from tests.support.dispatching import NUMBERS, dispatcher, work_off


@pytest.fixture
def slept(monkeypatch):
    """The seconds that were slept, which pass at once."""
    passed = [0.0]

    def sleep(seconds):
        passed[0] += seconds

    monkeypatch.setattr("sms.dispatch.sleep", sleep)
    return passed


@pytest.mark.parametrize("point", ["before finish", "after finish"])
def test_close__store_is_away_for_a_while__keeps_the_outcome(clock, slept, point):
    store = MemoryDispatchStore(at=Faulty(point, times=5))
    row = store.add(NUMBERS[0], clock())
    carrier = CountingCarrier(memory=[SILENT] * 99)
    worker = dispatcher(store, clock, carrier)
    worker.passed = lambda: slept[0]
    with pytest.raises(StoreDown):
        worker.drain()
    worker.close()
    assert slept[0] > 0
    assert (carrier.calls, row.state, worker.busy) == (1, MessageState.SENT, False)


def test_close__start_was_not_heard_of__takes_it_back(clock, slept):
    store, row, carrier, worker = unheard(clock, "before not called")
    worker.passed = lambda: slept[0]
    worker.close()
    assert row.state is MessageState.QUEUED
    work_off(store, clock, carrier)
    assert (carrier.calls, row.state) == (1, MessageState.SENT)


def test_close__store_stays_away__gives_up_before_it_is_killed(clock, slept):
    store = MemoryDispatchStore(at=Faulty("before finish", times=9_999))
    store.add(NUMBERS[0], clock())
    worker = dispatcher(store, clock, CountingCarrier())
    worker.passed = lambda: slept[0]
    with pytest.raises(StoreDown):
        worker.drain()
    with pytest.raises(StoreDown):
        worker.close()
    assert CLOSING <= slept[0] < CLOSING + 1
    assert worker.busy
