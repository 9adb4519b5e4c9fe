"""What a worker does when RabbitMQ rings, and when nobody does.

Each job looks into the database and does what `services.runtime.workers` does without a broker, so
a ring can be lost, repeated or heard by several at once. Every machine rings for each task now and
then, and looks by itself where it hears nothing: a broker that is away makes work slower, nothing
else.

Jobs end by themselves after `LONGEST` seconds: a worker that is killed in the middle of a call
leaves that message in doubt, so nothing is ever ended by force.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic, sleep

from chain.errors import ChainError, ChainLocked
from services.core.error_logging import log_fault
from services.core.errors import ServiceError
from services.runtime.container import Runtime
from services.runtime.wakeup import CLOCK, DISPATCH, PLAN, RECONCILE, RECORD, TASKS
from services.runtime.workers import (
    CLOCK_SECONDS,
    IDLE_SECONDS,
    PLAN_SECONDS,
    RECONCILE_SECONDS,
    keep_courses,
    keep_time,
    make_reconciler,
    open_recorder,
)
from services.storage.errors import RecorderBusy
from sms.dispatch import Dispatcher

_LOG = logging.getLogger("bilum.broker")

PERIODS = {
    DISPATCH: 2.0,
    RECORD: 5.0,
    RECONCILE: RECONCILE_SECONDS,
    CLOCK: CLOCK_SECONDS,
    PLAN: PLAN_SECONDS,
}
"""How often every machine rings for a task, in seconds."""

FALLBACK_PERIODS = 2
"""After so many periods without a ring, a machine looks by itself."""

LONGEST = 600.0
"""Seconds after which a task ends; RabbitMQ gives it to another where none came for 30 minutes."""

SHIFT = 60.0
"""How long a machine keeps the right to record, in seconds."""

LINGER = 1.5
"""How long a dispatcher looks on where something went: a channel's rate holds others back."""

_GLANCE = 0.1


@dataclass(slots=True)
class Job:
    """Work that one thread at a time does; a ring that comes meanwhile makes it look once more.

    Attributes:
        name: for the log.
        work: looks for work and does it.
    """

    name: str
    work: Callable[[], None]
    _wanted: Event = field(default_factory=Event, init=False, repr=False)
    _busy: Lock = field(default_factory=Lock, init=False, repr=False)
    _last: str = field(default="", init=False)
    _ended_at: float = field(default_factory=monotonic, init=False, repr=False)

    @property
    def idle(self) -> float:
        """Seconds since it was last done; 0 while somebody is at it."""
        return 0.0 if self._busy.locked() else monotonic() - self._ended_at

    def run(self) -> None:
        """Do the work, or leave it to the thread that is at it."""
        self._wanted.set()
        while self._wanted.is_set() and self._busy.acquire(blocking=False):
            try:
                self._wanted.clear()
                self._once()
            finally:
                self._ended_at = monotonic()
                self._busy.release()

    def _once(self) -> None:
        try:
            self.work()
        except (ServiceError, ChainError) as error:
            if error.code != self._last:
                _LOG.warning("%s waits: %s (%s)", self.name, error.detail, error.code)
            self._last = error.code
        except Exception as error:  # noqa: BLE001 — a worker outlives what it did not expect
            log_fault(_LOG, f"{self.name} failed", error)
        else:
            self._last = ""


@dataclass(slots=True)
class RunDeadline:
    """A worker's time: until it is told to end, or until a task has gone on for long enough."""

    ended: bool = False

    def until(self, seconds: float) -> Callable[[], bool]:
        """Return what tells whether a task that begins now must end."""
        end = monotonic() + seconds
        return lambda: self.ended or monotonic() >= end


def jobs(runtime: Runtime, dispatcher: Dispatcher, shift: RunDeadline) -> Mapping[str, Job]:
    """Return the job of each task."""
    reconciler = make_reconciler(runtime, dispatcher.carriers)

    def reconcile() -> None:
        over = shift.until(LONGEST)
        while not over() and reconciler.step():
            pass

    def plan() -> None:
        over = shift.until(LONGEST)
        while not over() and keep_courses(runtime):
            pass

    work = {
        DISPATCH: lambda: dispatch(dispatcher, shift.until(LONGEST)),
        RECORD: lambda: record(runtime, shift.until(SHIFT)),
        CLOCK: lambda: keep_time(runtime),
        RECONCILE: reconcile,
        PLAN: plan,
    }
    return {task: Job(task, work[task]) for task in TASKS}


def dispatch(dispatcher: Dispatcher, over: Callable[[], bool]) -> None:
    """Send what is due, and a moment longer where something went; end with nothing in the air."""
    moved_at = monotonic() - LINGER
    while not over():
        if dispatcher.step() or dispatcher.busy:
            moved_at = monotonic()
        elif monotonic() - moved_at >= LINGER:
            return
        else:
            sleep(_GLANCE)
    dispatcher.settle()


def record(runtime: Runtime, over: Callable[[], bool]) -> None:
    """Record until it is `over`, unless another machine does."""
    with suppress(RecorderBusy, ChainLocked), open_recorder(runtime) as step:
        while not over():
            if not step().moves:
                sleep(IDLE_SECONDS)


def keep_ringing(ring: Callable[[str], None], todo: Mapping[str, Job], shift: RunDeadline) -> None:
    """Ring for every task at its periods, and do what nobody is heard to ring for."""
    due = dict.fromkeys(todo, monotonic())
    with ThreadPoolExecutor(len(todo), thread_name_prefix="deaf") as threads:
        while not shift.ended:
            for task, at in due.items():
                if at > monotonic():
                    continue
                due[task] = monotonic() + PERIODS[task]
                ring(task)
                if todo[task].idle > FALLBACK_PERIODS * PERIODS[task]:
                    threads.submit(todo[task].run)
            sleep(_GLANCE)
