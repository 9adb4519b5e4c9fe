"""The parts of workers: recorder, carriers, dispatcher, reconciler, and what is due by the clock.

The database row is the truth, so a worker only looks for work again and again; killed anywhere,
the next one goes on. A composition root.
"""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from time import sleep
from typing import TextIO

from sqlalchemy.orm import Session

from chain.errors import ChainLocked
from chain.recorder import Recorder, StepResult
from services.core.clock import SharedClock, seconds_passed
from services.core.error_logging import do_each
from services.core.errors import RecorderBusy, ServiceError
from services.devices.counter_gaps import skip_stale_gaps
from services.devices.old_turns import delete_old_turns
from services.health.care.task_sources import keep_health_tasks
from services.health.indicators.count_requests import ask_for_usual
from services.health.jobs import keep_programmes
from services.ledger.recorder_lease import only_recorder
from services.ledger.recorder_store import DatabaseRecorderStore
from services.livestock.control.alarms import tell_counted
from services.livestock.control.census_asking import keep_censuses
from services.livestock.control.evening_messages import Evening
from services.livestock.control.evidence_escalation import pass_on_evidence
from services.livestock.control.task_keeping import LivestockTasks
from services.livestock.control.zoonosis_tasks import keep_zoonosis_tasks
from services.messaging.answering import delete_old_counts
from services.messaging.codes import drop_old_wrongs
from services.messaging.dispatch.set_back import resume
from services.messaging.dispatch.village_handover import lose_silent
from services.messaging.forget_command import erase_due
from services.messaging.inbox_tasks import keep_message_tasks
from services.messaging.lost_texts import LostTexts
from services.messaging.multipart import settle_parts
from services.messaging.operator_alarms import raise_alarms
from services.messaging.person_erasure import erase_leftovers
from services.messaging.retention import erase_old_texts
from services.messaging.row_retention import delete_old_readings, delete_old_rows
from services.messaging.tasks.escalation import has_anything_to_tell, tell_and_pass_on
from services.messaging.ussd.session_step import expire_sessions
from services.messaging.village_routing import free_mail
from services.runtime.container import Runtime
from services.storage.database import Database
from sms.carriers.africastalking import AfricasTalkingCarrier
from sms.carriers.console import ConsoleCarrier
from sms.carriers.kannel import KannelCarrier
from sms.carriers.twilio import TwilioCarrier
from sms.dispatch import Dispatcher, require_channels
from sms.ports import Carrier
from sms.reconciliation import Reconciler
from sms.settings import HERE

_LOG = logging.getLogger("bilum.worker")

TURN_SECONDS = 20.0
"""How long what programmes have more of keeps their other work waiting."""

_REPEATED_SECONDS, _PAUSE_SECONDS = 5.0, 0.1


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
        passed=seconds_passed,
    )


def make_lost_texts(runtime: Runtime) -> LostTexts:
    """Make what fetches texts that a carrier could not hand over."""
    return LostTexts(runtime.database, runtime.units, runtime.conversation.answer, runtime.clock)


def make_reconciler(runtime: Runtime, carriers: Mapping[str, Carrier]) -> Reconciler:
    """Make what asks carriers about attempts in doubt."""
    return Reconciler(runtime.dispatch_store, carriers, runtime.clock)


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


def keep_time(
    runtime: Runtime, evening: Evening | None = None, tasks: LivestockTasks | None = None
) -> None:
    """Put out what is due by the clock; what has gone out never goes twice.

    `evening` and `tasks`: of this worker, which remember what it has looked for.

    Raises:
        ClocksContradict: the day is not known.
    """
    runtime.require_time()
    database, now = runtime.database, runtime.clock()
    units, answer = runtime.units, runtime.conversation.answer

    def alone(step: Callable[[Session], object]) -> Callable[[], object]:
        return partial(database.run, step, exclusive=False)

    def by_chunks(step: Callable[[Session], int]) -> Callable[[], object]:
        return partial(repeat, database, step)

    _mind_set_back(runtime)

    # Each for itself: a number that cannot be read keeps nothing but its own step.
    do_each(
        (
            lambda: (evening or Evening()).send(database, now),
            lambda: database.run(lambda session: tell_counted(session, now)),
            lambda: pass_on_evidence(database, now),
            lambda: keep_censuses(database, now, runtime.settings.census_chase_days),
            lambda: keep_tasks(runtime, tasks),
            lambda: settle_parts(units, answer, now),
            by_chunks(lambda session: expire_sessions(session, now)),
            lambda: erase_due(database, now),
            alone(lambda session: erase_leftovers(session, database.vault, now)),
            alone(lambda one: raise_alarms(one, runtime.recorder_store, runtime.settings.sms, now)),
            by_chunks(lambda session: erase_old_texts(session, now)),
            by_chunks(lambda session: delete_old_rows(session, now, runtime.settings.row_days)),
            by_chunks(lambda session: delete_old_turns(session, now, runtime.settings.row_days)),
            by_chunks(lambda one: delete_old_readings(one, now, runtime.settings.reading_days)),
            alone(lambda session: delete_old_counts(session, now)),
            alone(lambda session: drop_old_wrongs(session, now)),
            lambda: free_mail(database, now),
            alone(lambda session: lose_silent(session, now)),
            alone(lambda session: ask_for_usual(session, now)),
            lambda: skip_stale_gaps(units, database, runtime.device_calls.answer, now),
        )
    )


def repeat(database: Database, step: Callable[[Session], int]) -> None:
    """Repeat a step by chunks, each in its own transaction, until it finds nothing or time is up.

    The clock's other steps wait meanwhile; what is left is done a minute later.
    """
    end = seconds_passed() + _REPEATED_SECONDS
    while database.run(step, exclusive=False) and seconds_passed() < end:
        # SQLite lets nobody else write but in between, and whoever waits looks now and then.
        sleep(_PAUSE_SECONDS)


def _mind_set_back(runtime: Runtime) -> None:
    clock = runtime.clock
    if not isinstance(clock, SharedClock) or not clock.was_set_back:
        return
    # Before: what is found in between is looked for again.
    clock.was_set_back = False
    try:
        texts = runtime.database.run(partial(resume, now=clock()), exclusive=False)
    except ServiceError:
        clock.was_set_back = True
        raise
    _LOG.warning("the database's clock was set back: %s texts that waited for it go now", texts)


def keep_tasks(runtime: Runtime, livestock: LivestockTasks | None = None) -> None:
    """Open and end the tasks of both services, tell those on duty, and pass on what is late."""
    database, now = runtime.database, runtime.clock()

    def tell() -> None:
        with database.read() as session:
            due = has_anything_to_tell(session, now)
        if due:
            database.run(partial(tell_and_pass_on, now=now))

    # Each for itself, so that no message waits for all of them.
    do_each(
        (
            lambda: (livestock or LivestockTasks()).keep(database, now),
            lambda: keep_zoonosis_tasks(database, now),
            lambda: keep_health_tasks(database, now),
            lambda: keep_message_tasks(database, now),
            tell,
        )
    )


def keep_courses(runtime: Runtime, over: Callable[[], bool] = lambda: False) -> bool:
    """Plan and ask what the health programmes have due, a chunk of each; False: that was all.

    Of what has more, further chunks follow until it is `over` or the others are to have their turn.

    Raises:
        ClocksContradict: the day is not known.
    """
    runtime.require_time()
    keep = partial(keep_programmes, runtime.database, runtime.settings.sms)
    turn = seconds_passed() + TURN_SECONDS
    left = found = keep(runtime.clock())
    while left and seconds_passed() < turn and not over():
        left = keep(runtime.clock(), left)
    return bool(found)
