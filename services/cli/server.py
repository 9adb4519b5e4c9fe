"""`bilum run`, `bilum serve` and `bilum worker`."""

from __future__ import annotations

import logging
import signal
import sys
import time
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import click
from waitress.server import create_server

from services.app import create_app
from services.cli.common import log_to_stderr, ready
from services.errors import SettingsError
from services.worker import start_workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Thread

    from services.runtime import Runtime

_THREADS = 8
_LOOK = 1.0
"""Seconds."""
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@click.command()
def run() -> None:
    """Run web server, recorder and dispatcher in one process: all that a small server needs."""
    log_to_stderr()
    with ready() as runtime, _until_signal(), _working(runtime):
        _serve(runtime)


@click.command()
def serve() -> None:
    """Run the web server alone; `bilum worker` records and sends."""
    log_to_stderr()
    with ready() as runtime, _until_signal():
        _serve(runtime)


@click.command()
def worker() -> None:
    """Run the recorder and the dispatcher; the web server runs elsewhere."""
    log_to_stderr()
    with ready() as runtime, _until_signal(), _working(runtime):
        # Not `signal.pause`: what comes just before it would wake nobody.
        while True:
            time.sleep(_LOOK)


@contextmanager
def _working(runtime: Runtime) -> Iterator[None]:
    """Keep both workers at work; let them finish what they are at."""
    stop = Event()
    workers: list[Thread] = []
    try:
        workers += start_workers(stop, runtime, sys.stdout)
        logging.getLogger("bilum.worker").info("recorder and dispatcher are at work")
        yield
    finally:
        stop.set()
        for thread in workers:
            thread.join()


def _pass_over(_number: int, _frame: object) -> None:
    """Take a signal and do nothing."""


@contextmanager
def _until_signal() -> Iterator[None]:
    """Leave in good order at the first SIGTERM, SIGINT or SIGHUP; further ones change nothing."""

    def end(_number: int, _frame: object) -> None:
        for ending in _ENDINGS:
            # Not SIG_IGN: one that is on its way already would end as an OSError.
            signal.signal(ending, _pass_over)
        # Only raised: a handler that took a lock could wait for the code that it interrupted.
        raise SystemExit

    for ending in _ENDINGS:
        signal.signal(ending, end)
    yield


def _serve(runtime: Runtime) -> None:
    settings = runtime.settings
    app = create_app(runtime)
    try:
        server = create_server(
            app, host=settings.host, port=settings.port, threads=_THREADS, ident=None
        )
    except OSError as error:
        fault = f"nothing can listen on {settings.host} port {settings.port}: {error.strerror}; "
        raise SettingsError([fault + "see BILUM_HOST and BILUM_PORT"]) from error
    logging.getLogger("bilum.web").info("listening on %s port %s", settings.host, settings.port)
    try:
        server.run()
    finally:
        server.close()
