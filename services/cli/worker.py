"""`bilum worker` and `bilum celery`, and what they share with the web server: an orderly end."""

import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TextIO

import click

from services.cli.common import ready
from services.core.logs import log_to_stderr
from services.runtime.container import Runtime
from services.runtime.jobs import start_workers

_LOOK = 1.0
"""Seconds."""
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@click.command()
def worker() -> None:
    """Run the recorder and the dispatcher; the web server runs elsewhere."""
    log_to_stderr()
    with ready() as runtime, until_signal(), working(runtime):
        # Not `signal.pause`: a signal that comes just before it would wake nobody.
        while True:
            time.sleep(_LOOK)


@contextmanager
def working(runtime: Runtime, screen: TextIO | None = None) -> Iterator[None]:
    """Keep every worker at work; on leaving, let each finish its step."""
    stop = Event()
    workers: list[Thread] = []
    try:
        workers += start_workers(stop, runtime, screen or sys.stdout)
        logging.getLogger("bilum.worker").info("recorder and dispatcher are at work")
        yield
    finally:
        stop.set()
        for thread in workers:
            thread.join()


def _pass_over(_number: int, _frame: object) -> None:
    """Take a signal and do nothing."""


def _leave(_number: int, _frame: object) -> None:
    # Only raised: a handler that took a lock could wait for the code that it interrupted.
    raise SystemExit


@contextmanager
def until_signal(drain_seconds: float = 0, ending: Event | None = None) -> Iterator[None]:
    """Leave in good order at the first SIGTERM, SIGINT or SIGHUP; further ones change nothing.

    Args:
        drain_seconds: to go on for after the signal.
        ending: set at the signal, if there is anything to drain; the main thread never waits on it.
    """

    def end(number: int, frame: object) -> None:
        for one in _ENDINGS:
            # Not SIG_IGN: a signal that is on its way already would end as an OSError.
            signal.signal(one, _pass_over)
        if not (drain_seconds and ending):
            _leave(number, frame)
        else:
            ending.set()
            signal.setitimer(signal.ITIMER_REAL, drain_seconds)

    signal.signal(signal.SIGALRM, _leave)
    for one in _ENDINGS:
        signal.signal(one, end)
    yield


@click.command()
def celery() -> None:
    """Record and send whenever RabbitMQ notifies; run as many as wanted, on any machine.

    Needs BILUM_BROKER_URL, PostgreSQL and the packages of requirements/celery.lock.
    """
    from services.runtime.celery_worker import run  # noqa: PLC0415 — its packages may be absent

    log_to_stderr()
    with ready() as runtime:
        status = run(runtime, sys.stdout)
    sys.exit(status)
