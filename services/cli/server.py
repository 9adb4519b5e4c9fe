"""`bilum run`, `bilum serve` and `bilum worker`."""

from __future__ import annotations

import logging
import signal
import sys
from threading import Event
from typing import TYPE_CHECKING

import click
from waitress.server import create_server

from services.app import create_app
from services.cli.common import opened
from services.worker import start_workers

if TYPE_CHECKING:
    from services.runtime import Runtime

_THREADS = 8


@click.command()
def run() -> None:
    """Run web server, recorder and dispatcher in one process: all that a small server needs."""
    _log_to_stderr()
    stop = _stop_on_signals()
    with opened() as runtime:
        workers = start_workers(stop, runtime, sys.stdout)
        try:
            _serve(runtime, stop)
        finally:
            stop.set()
            for thread in workers:
                thread.join()


@click.command()
def serve() -> None:
    """Run the web server alone; `bilum worker` records and sends."""
    _log_to_stderr()
    stop = _stop_on_signals()
    with opened() as runtime:
        _serve(runtime, stop)


@click.command()
def worker() -> None:
    """Run the recorder and the dispatcher; the web server runs elsewhere."""
    _log_to_stderr()
    stop = _stop_on_signals()
    with opened() as runtime:
        for thread in start_workers(stop, runtime, sys.stdout):
            thread.join()


def _serve(runtime: Runtime, stop: Event) -> None:
    settings = runtime.settings
    server = create_server(
        create_app(runtime), host=settings.host, port=settings.port, threads=_THREADS, ident=None
    )
    logging.getLogger("bilum.web").info("listening on %s port %s", settings.host, settings.port)
    try:
        # Waitress ends its loop when this is raised in the main thread.
        _interrupt_on(stop)
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()


def _stop_on_signals() -> Event:
    stop = Event()

    def end(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


def _interrupt_on(stop: Event) -> None:
    def end(_number: int, _frame: object) -> None:
        stop.set()
        raise SystemExit

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _log_to_stderr() -> None:
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # It tells of each look at the schema's revision, which /ready takes.
    logging.getLogger("alembic").setLevel(logging.WARNING)
