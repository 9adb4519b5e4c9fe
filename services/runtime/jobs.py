"""The jobs of workers: threads repeat them, or Celery runs each when a machine notifies.

Each job looks into the database, which is the truth, so a notification can be lost, repeated or
taken by several machines. Every machine notifies of each task now and then, and looks by itself
where it gets no notification: a broker that is away makes work slower, nothing else.

A job that Celery runs ends by itself after `LONGEST` seconds: a worker that is killed in the middle
of a call leaves that message in doubt, so nothing is ever ended by force.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import TextIO

from chain.errors import ChainLocked
from services.core.errors import RecorderBusy
from services.health.indicators.count_requests import count_asked
from services.livestock.control.evening_messages import Evening
from services.livestock.control.task_keeping import LivestockTasks
from services.runtime.audit_job import audit_asked
from services.runtime.backoff import RetryLoop
from services.runtime.container import Runtime
from services.runtime.wakeup import AUDIT, CLOCK, COUNT, DISPATCH, PLAN, RECONCILE, RECORD
from services.runtime.workers import (
    keep_courses,
    keep_time,
    make_carriers,
    make_dispatcher,
    make_lost_texts,
    make_reconciler,
    open_recorder,
)
from services.storage.milestones import MilestoneName, reach
from sms.dispatch import Dispatcher

_LOG = logging.getLogger("bilum.worker")

IDLE_SECONDS = 0.5
DISPATCH_SECONDS = 2.0
RECORD_SECONDS = 5.0
RECONCILE_SECONDS = 5.0
CLOCK_SECONDS = 60.0
PLAN_SECONDS = 20.0
AUDIT_SECONDS = 5.0
COUNT_SECONDS = 2.0

FALLBACK_PERIODS = 2
"""After so many periods without a notification, a machine looks by itself."""

LONGEST = 600.0
"""Seconds after which a task ends; RabbitMQ gives it to another where none came for 30 minutes."""

RECORDING_SECONDS = 60.0
"""How long a machine keeps the right to record, where several may."""

NOTE_SECONDS = 60.0
"""How often a task that ends without a fault notes that, for the alert JobSilent."""

LINGER = 1.5
"""How long a dispatcher looks on where something went: a channel's rate holds others back."""

_GLANCE = 0.1

Over = Callable[[], bool]


@dataclass(slots=True)
class RunDeadline:
    """A worker's time: until it must end, or until a task has gone on for long enough."""

    ended: bool = False

    def until(self, seconds: float) -> Over:
        """Return a check of whether a task that begins now must end."""
        end = monotonic() + seconds
        return lambda: self.ended or monotonic() >= end


@dataclass(slots=True)
class Job:
    """Work that one thread at a time does.

    Attributes:
        name: for the log.
        period: seconds between looks for work, or between notifications.
        step: does what there is to do, until it is over.
        deadline: of the worker; a run on notification obeys it.
        longest: seconds of one such run.
        close: ends a loop of `repeat`.
        loop: keeps the errors.
    """

    name: str
    period: float
    step: Callable[[Over], object]
    deadline: RunDeadline = field(default_factory=RunDeadline)
    longest: float = LONGEST
    close: Callable[[], None] = lambda: None
    loop: RetryLoop = field(init=False, repr=False)
    _wanted: Event = field(default_factory=Event, init=False, repr=False)
    _busy: Lock = field(default_factory=Lock, init=False, repr=False)
    _ended_at: float = field(default_factory=monotonic, init=False, repr=False)

    def __post_init__(self) -> None:
        self.loop = RetryLoop(self.name, lasting=logging.WARNING)

    @property
    def idle(self) -> float:
        """Seconds since it was last done; 0 while a thread is at it."""
        return 0.0 if self._busy.locked() else monotonic() - self._ended_at

    def repeat(self, stop: Event) -> None:
        """Work until `stop`; on an error wait, longer each time, and go on."""
        self.loop.remark, self.loop.lasting = "; field events are still accepted", logging.ERROR
        self.loop.repeat(partial(self._work, stop.is_set), stop)
        self.close()

    def run(self) -> None:
        """Work once, or let the thread that is at it look once more."""
        self._wanted.set()
        while self._wanted.is_set() and self._busy.acquire(blocking=False):
            try:
                self._wanted.clear()
                self.loop.attempt(partial(self._work, self.deadline.until(self.longest)))
            finally:
                self._ended_at = monotonic()
                self._busy.release()

    def _work(self, over: Over) -> float:
        self.step(over)
        return self.period


def make_jobs(
    runtime: Runtime, dispatcher: Dispatcher, deadline: RunDeadline | None = None
) -> Mapping[str, Job]:
    """Return the job of each task.

    Args:
        runtime: the program's parts.
        dispatcher: sends; a job that is repeated closes it in the end.
        deadline: of a worker that is notified; None: threads repeat the jobs.
    """
    reconciler = make_reconciler(runtime, dispatcher.carriers)
    lost = make_lost_texts(runtime)
    notified, end = deadline is not None, deadline or RunDeadline()
    dispatching = DISPATCH_SECONDS if notified else IDLE_SECONDS
    send = partial(dispatch, dispatcher)
    keep_clock = partial(keep_time, runtime, Evening(), LivestockTasks())
    noted = partial(_noted, runtime)

    def ask(_over: Over) -> int:
        return reconciler.step() + lost.fetch(dispatcher.carriers)

    def count(_over: Over) -> object:
        return count_asked(runtime.database, runtime.clock)

    return {
        DISPATCH: Job("dispatcher", dispatching, send, end, close=dispatcher.close),
        RECORD: recorder_job(runtime, deadline),
        CLOCK: Job(
            "clock", CLOCK_SECONDS, noted(MilestoneName.CLOCK, lambda _over: keep_clock()), end
        ),
        RECONCILE: Job(
            "reconciler", RECONCILE_SECONDS, _drain(noted(MilestoneName.RECONCILER, ask)), end
        ),
        AUDIT: Job("auditor", AUDIT_SECONDS, partial(audit_asked, runtime), end),
        COUNT: Job("counter", COUNT_SECONDS, _drain(count), end),
        PLAN: Job(
            "planner",
            PLAN_SECONDS,
            _drain(noted(MilestoneName.PLANNER, partial(keep_courses, runtime))),
            end,
        ),
    }


def recorder_job(runtime: Runtime, deadline: RunDeadline | None = None) -> Job:
    """Return the recorder's job; with a deadline other machines may record in turn."""
    if deadline is not None:
        step = partial(record, runtime)
        return Job("recorder", RECORD_SECONDS, step, deadline, RECORDING_SECONDS)

    def record_on(over: Over) -> None:
        _record(runtime, over, job.loop.reset)

    job = Job("recorder", IDLE_SECONDS, record_on)
    return job


def _noted(
    runtime: Runtime, name: MilestoneName, turn: Callable[[Over], object]
) -> Callable[[Over], object]:
    """Return a turn that notes in the database, now and then, that it ended without a fault.

    Of a backlog each turn counts: after an outage, the whole of it may take hours.
    """
    noted_at = -NOTE_SECONDS

    def work(over: Over) -> object:
        nonlocal noted_at
        found = turn(over)
        if monotonic() - noted_at >= NOTE_SECONDS:
            now = runtime.clock()
            runtime.database.run(lambda session: reach(session, name, now), exclusive=False)
            noted_at = monotonic()
        return found

    return work


def _drain(turn: Callable[[Over], object]) -> Callable[[Over], None]:
    """Return a step that takes turns until one finds nothing or it is over."""

    def work(over: Over) -> None:
        while not over() and turn(over):
            pass

    return work


def dispatch(dispatcher: Dispatcher, over: Over) -> None:
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


def record(runtime: Runtime, over: Over) -> None:
    """Record until it is `over`, unless another machine does."""
    with suppress(RecorderBusy, ChainLocked):
        _record(runtime, over)


def _record(runtime: Runtime, over: Over, moved: Callable[[], None] = lambda: None) -> None:
    with open_recorder(runtime) as step:
        while not over():
            moves = step().moves
            if moves:
                _LOG.info("ledger: %s", ", ".join(f"{n} {state}" for state, n in moves.items()))
                moved()
            else:
                sleep(IDLE_SECONDS)


def start_workers(stop: Event, runtime: Runtime, screen: TextIO) -> list[Thread]:
    """Start all jobs in threads; they end soon after `stop`."""
    dispatcher = make_dispatcher(runtime, make_carriers(runtime, screen), stop.is_set)
    todo = make_jobs(runtime, dispatcher).values()
    threads = [Thread(target=job.repeat, args=(stop,), name=job.name) for job in todo]
    for thread in threads:
        thread.start()
    return threads


def keep_notifying(
    notify: Callable[[str], None], todo: Mapping[str, Job], deadline: RunDeadline
) -> None:
    """Notify of every task at its periods; do what no notification comes for."""
    due = dict.fromkeys(todo, monotonic())
    with ThreadPoolExecutor(len(todo), thread_name_prefix="fallback") as threads:
        while not deadline.ended:
            for task, at in due.items():
                if at > monotonic():
                    continue
                job = todo[task]
                due[task] = monotonic() + job.period
                notify(task)
                if job.idle > FALLBACK_PERIODS * job.period:
                    threads.submit(job.run)
            sleep(_GLANCE)
