"""Workers on many machines: RabbitMQ wakes them by Celery. A composition root beside `worker`.

What a ring leads to is in `services.runtime.jobs`. Tasks run in threads of one process, as those of
`bilum worker` do; run as many processes as there are cores and machines for it.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Mapping
from threading import Thread
from typing import Any, TextIO

from services.core.errors import SettingsError
from services.runtime.container import Runtime
from services.runtime.jobs import Job, RunDeadline, jobs, keep_ringing
from services.runtime.wakeup import make_app
from services.runtime.workers import make_carriers, make_dispatcher

_LOG = logging.getLogger("bilum.broker")

_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# The last tells, at each loss of the broker, that what it lost cannot be acknowledged.
_QUIET = {
    "celery.app.trace": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "celery.worker.request": logging.CRITICAL + 1,
}


def run(runtime: Runtime, screen: TextIO) -> int:
    """Work whenever the broker rings, until SIGTERM, SIGINT or SIGHUP; finish what is begun.

    Args:
        runtime: the program's parts.
        screen: where the console carrier writes.

    Returns:
        The exit status.

    Raises:
        SettingsError: no broker, or no Celery.
    """
    doorbell = runtime.doorbell
    if doorbell is None or runtime.settings.broker_url is None:
        raise SettingsError(["BILUM_BROKER_URL must name a RabbitMQ for `bilum celery`"])
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    shift = RunDeadline()
    dispatcher = make_dispatcher(runtime, make_carriers(runtime, screen), lambda: shift.ended)
    todo = jobs(runtime, dispatcher, shift)
    worker = _make_worker(runtime.settings.broker_url, todo)

    def keep_clock() -> None:
        keep_ringing(doorbell.ring, todo, shift)
        # A signal alone does not wake the worker's loop.
        worker.hub.call_soon(lambda: None)

    _end_on_signals(shift)
    clock = Thread(target=keep_clock, name="clock")
    clock.start()
    try:
        worker.start()
    finally:
        shift.ended = True
        clock.join()
        dispatcher.close()
    return int(worker.exitcode or 0)


def _make_worker(url: str, todo: Mapping[str, Job]) -> Any:  # noqa: ANN401 — Celery has no types
    app = make_app(url)
    for task, job in todo.items():
        app.task(job.run, name=task)
    return app.WorkController(
        app=app,
        pool="threads",
        # One more, for rings of what is being done already.
        concurrency=len(todo) + 1,
        without_gossip=True,
        without_heartbeat=True,
        without_mingle=True,
        ready_callback=lambda _consumer: _LOG.info("waiting for rings of the broker"),
    )


def _end_on_signals(shift: RunDeadline) -> None:
    from celery.worker import state  # noqa: PLC0415 — an optional extra

    def end(_number: int, _frame: object) -> None:
        # Only flags: a handler that took a lock could wait for the code that it interrupted.
        shift.ended = True
        state.should_stop = 0

    for ending in _ENDINGS:
        signal.signal(ending, end)
