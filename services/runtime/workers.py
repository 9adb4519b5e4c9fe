"""The workers: recorder, dispatcher, reconciler, planner, and a clock for what is due.

The database row is the truth, so a worker only looks for work again and again; killed anywhere,
the next one goes on. A composition root.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import TextIO

from chain.errors import ChainLocked
from chain.recorder import Recorder, StepResult
from services.devices.counter_gaps import skip_stale_gaps
from services.health.jobs import keep_programmes
from services.ledger.recorder_lease import only_recorder
from services.ledger.recorder_store import DatabaseRecorderStore
from services.livestock.control.evening_messages import send_evening
from services.messaging.multipart import settle_parts
from services.messaging.operator_alarms import raise_alarms
from services.messaging.person_erasure import erase_leftovers
from services.messaging.retention import erase_old_payloads
from services.messaging.ussd.sessions import expire_sessions
from services.messaging.village_routing import free_mail
from services.runtime.backoff import RetryLoop
from services.runtime.container import Runtime
from services.storage.errors import RecorderBusy
from sms.carriers.africastalking import AfricasTalkingCarrier
from sms.carriers.console import ConsoleCarrier
from sms.carriers.kannel import KannelCarrier
from sms.carriers.twilio import TwilioCarrier
from sms.dispatch import Dispatcher, require_channels
from sms.ports import Carrier
from sms.reconciliation import Reconciler
from sms.settings import HERE

_LOG = logging.getLogger("bilum.worker")

IDLE_SECONDS = 0.5
RECONCILE_SECONDS = 5.0
CLOCK_SECONDS = 60.0
PLAN_SECONDS = 20.0


@contextmanager
def open_recorder(runtime: Runtime) -> Iterator[Callable[..., StepResult]]:
    """Open the one recorder of this database; yield its `step`.

    Raises:
        RecorderBusy, ChainLocked: another process has it.
        LedgerError: the chain does not answer, or is not the right one.
    """
    from chain.connection import connect  # noqa: PLC0415 — its libraries load for a second

    chain = runtime.settings.chain
    with only_recorder(runtime.database) as lease, connect(chain, write=True) as connection:
        store = DatabaseRecorderStore(runtime.database, runtime.clock, lease.guard)
        recorder = Recorder(store, connection.ledger, connection.logs, chain, runtime.clock)

        def step(*, flush: bool = False) -> StepResult:
            lease.renew()
            return recorder.step(flush=flush)

        yield step


def make_carriers(runtime: Runtime, screen: TextIO) -> dict[str, Carrier]:
    """Make the carriers of the routing table; the console carrier writes to `screen`.

    Raises:
        RouteError: it names a channel that there is not.
    """
    settings, clock = runtime.settings.sms, runtime.clock
    makers: dict[str, Callable[[], Carrier]] = {
        HERE: lambda: ConsoleCarrier(screen),
        "twilio": lambda: TwilioCarrier(settings, clock),
        "kannel": lambda: KannelCarrier(settings, clock),
        "africastalking": lambda: AfricasTalkingCarrier(settings, clock),
    }
    require_channels(settings.channels, makers)
    return {channel: makers[channel]() for channel in settings.channels}


def make_dispatcher(
    runtime: Runtime,
    carriers: Mapping[str, Carrier],
    stopped: Callable[[], bool] = lambda: False,
) -> Dispatcher:
    """Make a dispatcher on the carriers of the routing table."""
    return Dispatcher(
        store=runtime.dispatch_store,
        carriers=carriers,
        clock=runtime.clock,
        worker=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}",
        width=runtime.settings.sms.width,
        stopped=stopped,
    )


def make_reconciler(runtime: Runtime, carriers: Mapping[str, Carrier]) -> Reconciler:
    """Make what asks carriers about attempts in doubt."""
    return Reconciler(runtime.dispatch_store, carriers, runtime.clock)


def record_until(stop: Event, runtime: Runtime) -> None:
    """Record until `stop`; on an error wait, longer each time, and begin again."""

    def work() -> None:
        with open_recorder(runtime) as step:
            while not stop.is_set():
                moved = step().moves
                if not moved:
                    stop.wait(IDLE_SECONDS)
                    continue
                _LOG.info("ledger: %s", ", ".join(f"{n} {state}" for state, n in moved.items()))
                retry.reset()

    retry = RetryLoop(stop, "recorder")
    retry.run(work)


def dispatch_until(stop: Event, runtime: Runtime, carriers: Mapping[str, Carrier]) -> None:
    """Send messages until `stop`; on an error wait, longer each time, and go on.

    The dispatcher outlives the error: what it has sent is not forgotten before it is committed.
    """
    dispatcher = make_dispatcher(runtime, carriers, stop.is_set)
    _repeat(stop, "dispatcher", lambda: bool(dispatcher.step() or dispatcher.busy), IDLE_SECONDS)
    dispatcher.close()


def reconcile_until(stop: Event, runtime: Runtime, carriers: Mapping[str, Carrier]) -> None:
    """Ask carriers about attempts in doubt until `stop`; through errors, as the dispatcher."""
    reconciler = make_reconciler(runtime, carriers)
    _repeat(stop, "reconciler", lambda: bool(reconciler.step()), RECONCILE_SECONDS)


def plan_until(stop: Event, runtime: Runtime) -> None:
    """Plan courses and campaigns until `stop`; through errors, as the dispatcher."""
    _repeat(stop, "planner", lambda: keep_courses(runtime), PLAN_SECONDS)


def keep_time_until(stop: Event, runtime: Runtime) -> None:
    """Keep time until `stop`; through errors, as the dispatcher."""
    _repeat(stop, "clock", partial(_once, runtime), CLOCK_SECONDS)


def _once(runtime: Runtime) -> bool:
    keep_time(runtime)
    return False


def _repeat(stop: Event, name: str, work: Callable[[], bool], seconds: float) -> None:
    """Work again and again until `stop`, with a rest of some seconds whenever nothing moved."""
    retry = RetryLoop(stop, name)

    def go_on() -> None:
        while not stop.is_set():
            moved = work()
            retry.reset()
            if not moved:
                stop.wait(seconds)

    retry.run(go_on)


def start_workers(stop: Event, runtime: Runtime, screen: TextIO) -> list[Thread]:
    """Start all workers as threads; they end soon after `stop`."""
    carriers = make_carriers(runtime, screen)
    threads = [
        Thread(target=record_until, args=(stop, runtime), name="recorder"),
        Thread(target=dispatch_until, args=(stop, runtime, carriers), name="dispatcher"),
        Thread(target=reconcile_until, args=(stop, runtime, carriers), name="reconciler"),
        Thread(target=plan_until, args=(stop, runtime), name="planner"),
        Thread(target=keep_time_until, args=(stop, runtime), name="clock"),
    ]
    for thread in threads:
        thread.start()
    return threads


def record_everything(
    runtime: Runtime, wait: Callable[[], None], progress: Callable[[int], None]
) -> None:
    """Return when nothing waits for the ledger: record here, or watch who does.

    Args:
        runtime: the program's parts.
        wait: called when nothing moved; it sleeps.
        progress: told how many leaves have an index by now.

    Raises:
        LedgerError: the chain does not answer, or is not the right one.
    """
    store = runtime.recorder_store
    while True:
        try:
            with open_recorder(runtime) as step:
                _drain(step, wait, lambda: progress(store.size()))
                return
        except (RecorderBusy, ChainLocked):
            # Who records may die before it is done: the right is tried for again and again.
            progress(store.size())
            if store.all_recorded():
                return
            wait()


def _drain(
    step: Callable[..., StepResult], wait: Callable[[], None], progress: Callable[[], None]
) -> None:
    while True:
        result = step(flush=True)
        progress()
        if not result.pending and not result.on_the_way:
            return
        if not result.moves:
            wait()


def keep_time(runtime: Runtime) -> None:
    """Put out what is due by the clock; what has gone out never goes twice."""
    with runtime.database.write() as session:
        send_evening(session, runtime.clock())
    settle_parts(runtime.units, runtime.conversation.answer, runtime.clock())
    with runtime.database.write() as session:
        expire_sessions(session, runtime.clock())
    with runtime.database.write() as session:
        erase_leftovers(session, runtime.database.vault, runtime.clock())
        raise_alarms(session, runtime.recorder_store, runtime.clock())
        erase_old_payloads(session, runtime.clock())
        free_mail(session, runtime.clock())
    skip_stale_gaps(runtime.units, runtime.database, runtime.device_calls.answer, runtime.clock())


def keep_courses(runtime: Runtime) -> bool:
    """Plan and ask what the health programmes have due, a chunk of each; False: nothing was."""
    return keep_programmes(runtime.database, runtime.settings.sms, runtime.clock())
