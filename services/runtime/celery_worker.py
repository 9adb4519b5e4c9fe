"""Workers on many machines: RabbitMQ wakes them by Celery. A composition root beside `worker`.

A notification runs a job of `services.runtime.jobs`. Tasks run in threads of one process, as those
of `bilum worker` do; run as many processes as there are cores and machines for it.
"""

import logging
import signal
from collections.abc import Mapping
from threading import Thread
from typing import Any, TextIO

from services.core.errors import SettingsError
from services.runtime.container import Runtime
from services.runtime.jobs import Job, RunDeadline, keep_notifying, make_jobs
from services.runtime.wakeup import make_app
from services.runtime.workers import make_carriers, make_dispatcher

_LOG = logging.getLogger("bilum.broker")

_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# celery.worker.request logs an error for each unacknowledged task when the broker connection drops.
_QUIET = {
    "celery.app.trace": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "celery.worker.request": logging.CRITICAL + 1,
}


def run(runtime: Runtime, screen: TextIO) -> int:
    """Work whenever the broker notifies, until SIGTERM, SIGINT or SIGHUP; finish what is begun.

    Returns:
        The exit status.

    Raises:
        SettingsError: no broker, or no Celery.
    """
    wakeup = runtime.wakeup
    if wakeup is None or runtime.settings.broker_url is None:
        raise SettingsError(["BILUM_BROKER_URL must name a RabbitMQ for `bilum celery`"])
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    deadline = RunDeadline()
    dispatcher = make_dispatcher(runtime, make_carriers(runtime, screen), lambda: deadline.ended)
    todo = make_jobs(runtime, dispatcher, deadline)
    worker = _make_worker(runtime.settings.broker_url, todo)

    def keep_clock() -> None:
        keep_notifying(wakeup.notify, todo, deadline)
        # A signal alone does not wake the worker's loop.
        worker.hub.call_soon(lambda: None)

    _end_on_signals(deadline)
    clock = Thread(target=keep_clock, name="clock")
    clock.start()
    try:
        worker.start()
    finally:
        deadline.ended = True
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
        # One spare thread, so that a duplicate wake-up returns without blocking a job.
        concurrency=len(todo) + 1,
        without_gossip=True,
        without_heartbeat=True,
        without_mingle=True,
        ready_callback=lambda _consumer: _LOG.info("waiting for notifications of the broker"),
    )


def _end_on_signals(deadline: RunDeadline) -> None:
    from celery.worker import state  # noqa: PLC0415 — an optional extra

    def end(_number: int, _frame: object) -> None:
        # Only flags: a handler that took a lock could wait for the code that it interrupted.
        deadline.ended = True
        state.should_stop = 0

    for ending in _ENDINGS:
        signal.signal(ending, end)
