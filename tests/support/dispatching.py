"""A dispatcher on the fakes, and what works on after the death of one."""

from __future__ import annotations

from datetime import timedelta

from sms.dispatch import Dispatcher
from sms.reconciliation import Reconciler

NUMBERS = ("+67570000001", "+67570000002", "+67570000003")


def dispatcher(store, clock, *carriers, worker="one", width=3, batch=100):
    by_name = {carrier.name: carrier for carrier in carriers}
    return Dispatcher(store, by_name, clock, worker, width, batch)


def work_off(store, clock, carrier):
    """Work on as a new process, with look-ups, until nothing can happen any more."""
    worker = dispatcher(store, clock, carrier, worker="next")
    reconciler = Reconciler(store, {carrier.name: carrier}, clock)
    for _ in range(50):
        worker.drain()
        reconciler.step()
        clock.advance(timedelta(hours=2))
    worker.close()


def numbers(many):
    return [f"+6757000{n:04}" for n in range(many)]
