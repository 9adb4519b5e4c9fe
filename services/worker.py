"""The workers: a recorder for the ledger, a dispatcher for messages, a clock for what is due.

The database row is the truth, so a worker only looks for work again and again; killed anywhere,
the next one goes on. A composition root.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from chain.connection import connect
from chain.errors import ChainError, ChainLocked, LedgerError
from chain.recorder import Recorder
from services.errors import ServiceError, Unavailable
from services.storage.errors import RecorderBusy
from services.storage.exclusive import only_recorder
from services.traceability.control.evening import send_evening
from sms.carriers.console import ConsoleCarrier
from sms.carriers.twilio import TwilioCarrier
from sms.dispatch import Dispatcher
from sms.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from chain.recorder import StepResult
    from services.runtime import Runtime
    from sms.ports import Carrier

_LOG = logging.getLogger("bilum.worker")

IDLE_SECONDS = 0.5
LONGEST_WAIT = 30.0
CLOCK_SECONDS = 300.0


@contextmanager
def open_recorder(runtime: Runtime) -> Iterator[Callable[..., StepResult]]:
    """Open the one recorder of this database; yield its `step`.

    Raises:
        RecorderBusy, ChainLocked: another process has it.
        LedgerError: the chain does not answer, or is not the right one.
    """
    chain = runtime.settings.chain
    with (
        only_recorder(runtime.database, runtime.settings.data_dir) as confirm,
        connect(chain, write=True) as connection,
    ):
        recorder = Recorder(
            runtime.recorder_store, connection.ledger, connection.logs, chain, runtime.clock
        )

        def step(*, flush: bool = False) -> StepResult:
            confirm()
            return recorder.step(flush=flush)

        yield step


def make_dispatcher(
    runtime: Runtime, screen: TextIO, stopped: Callable[[], bool] = lambda: False
) -> Dispatcher:
    """Make a dispatcher on the configured carrier; the console carrier writes to `screen`."""
    settings = runtime.settings.sms
    carrier: Carrier = (
        ConsoleCarrier(screen)
        if settings.carrier == "console"
        else TwilioCarrier(settings, runtime.clock)
    )
    return Dispatcher(
        store=runtime.dispatch_store,
        carriers={carrier.name: carrier},
        routes=[Route(carrier.name)],
        clock=runtime.clock,
        worker=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}",
        stopped=stopped,
    )


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

    retry = _Retry(stop, "recorder")
    retry.run(work)


def dispatch_until(stop: Event, runtime: Runtime, screen: TextIO) -> None:
    """Send messages until `stop`; on an error wait, longer each time, and begin again."""

    def work() -> None:
        dispatcher = make_dispatcher(runtime, screen, stop.is_set)
        while not stop.is_set():
            if dispatcher.step():
                retry.reset()
            else:
                stop.wait(IDLE_SECONDS)

    retry = _Retry(stop, "dispatcher")
    retry.run(work)


def keep_time_until(stop: Event, runtime: Runtime) -> None:
    """Put out what is due by the clock until `stop`; what has gone out never goes twice."""

    def work() -> None:
        while not stop.is_set():
            with runtime.database.write() as session:
                send_evening(session, runtime.clock())
            retry.reset()
            stop.wait(CLOCK_SECONDS)

    retry = _Retry(stop, "clock")
    retry.run(work)


def start_workers(stop: Event, runtime: Runtime, screen: TextIO) -> list[Thread]:
    """Start all workers as threads; they end soon after `stop`."""
    threads = [
        Thread(target=record_until, args=(stop, runtime), name="recorder"),
        Thread(target=dispatch_until, args=(stop, runtime, screen), name="dispatcher"),
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


class _Retry:
    """Runs work until `stop`, through errors: each is logged once by its code, then waited for."""

    def __init__(self, stop: Event, name: str) -> None:
        self._stop = stop
        self._name = name
        self._wait = IDLE_SECONDS
        self._last = ""

    def reset(self) -> None:
        """Forget past errors: the work goes on well."""
        self._wait, self._last = IDLE_SECONDS, ""

    def run(self, work: Callable[[], None]) -> None:
        """Run `work` until it returns; it returns on `stop` alone."""
        while not self._stop.is_set():
            try:
                work()
            except (ServiceError, ChainError) as error:
                self._report(error.code, error.detail, waits=_may_pass(error))
            except Exception:  # noqa: BLE001 — a worker outlives what it did not expect
                _LOG.exception("%s failed", self._name)
            else:
                return
            self._stop.wait(self._wait)
            self._wait = min(2 * self._wait, LONGEST_WAIT)

    def _report(self, code: str, detail: str, *, waits: bool) -> None:
        if code == self._last:
            return
        self._last = code
        level = logging.WARNING if waits else logging.ERROR
        _LOG.log(
            level, "%s waits: %s (%s); field events are still accepted", self._name, detail, code
        )


def _may_pass(error: ServiceError | ChainError) -> bool:
    return isinstance(error, Unavailable) or (isinstance(error, LedgerError) and error.retryable)
