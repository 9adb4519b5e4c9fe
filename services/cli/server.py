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

from services.cli.common import log_to_stderr, ready
from services.core.development import WARNING
from services.core.errors import SettingsError
from services.runtime.app import create_app
from services.runtime.workers import start_workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Thread

    from flask import Flask

    from services.core.settings import Settings
    from services.runtime.container import Runtime

_THREADS = 8
# Waitress takes a hundred, and lets others wait for them to close: an operator keeps more open.
_CONNECTIONS = 1_000
_LOOK = 1.0
"""Seconds."""
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@click.command()
def run() -> None:
    """Run web server, recorder and dispatcher in one process: all that a small server needs."""
    log_to_stderr()
    with ready() as runtime, until_signal(), _working(runtime):
        serve_app(create_app(runtime), runtime.settings)


@click.command()
def serve() -> None:
    """Run the web server alone; `bilum worker` records and sends."""
    log_to_stderr()
    with ready() as runtime, until_signal():
        serve_app(create_app(runtime), runtime.settings)


@click.command()
def worker() -> None:
    """Run the recorder and the dispatcher; the web server runs elsewhere."""
    log_to_stderr()
    with ready() as runtime, until_signal(), _working(runtime):
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
def until_signal() -> Iterator[None]:
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


def serve_app(app: Flask, settings: Settings) -> None:
    """Serve an application until the program ends.

    Raises:
        SettingsError: nothing can listen there.
    """
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=_THREADS,
            ident=None,
            connection_limit=_CONNECTIONS,
            asyncore_use_poll=True,
        )
    except OSError as error:
        fault = f"nothing can listen on {settings.host} port {settings.port}: {error.strerror}; "
        raise SettingsError([fault + "see BILUM_HOST and BILUM_PORT"]) from error
    log = logging.getLogger("bilum.web")
    log.info("listening on %s port %s", settings.host, settings.port)
    if settings.development:
        log.warning("phones: http://%s:%s/simulator (%s)", settings.host, settings.port, WARNING)
    try:
        server.run()
    finally:
        server.close()
