"""`bilum run` and `bilum serve`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import click
from flask import Flask

from services.cli.common import ready
from services.cli.worker import until_signal, working
from services.core.errors import RestoredCopy, SettingsError
from services.core.logs import log_to_stderr
from services.core.settings import DEVELOPMENT_WARNING, Settings
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.runtime.web_server import make_server
from services.storage.sending_right import is_of_copy, may_send, refusal


@click.command()
def run() -> None:
    """Run web server, recorder and dispatcher in one process: all that a small server needs.

    That process holds the signing key. On the internet, run `bilum serve` and `bilum worker`.
    """
    log_to_stderr()
    with ready() as runtime, _until_drained(runtime) as ending, working(runtime):
        serve_app(create_app(runtime, ending), runtime.settings)


@click.command()
def serve() -> None:
    """Run the web server alone; `bilum worker` records and sends.

    It holds no signing key, and refuses an environment that has one.
    """
    log_to_stderr()
    with ready(signs=False) as runtime, _until_drained(runtime) as ending:
        _look_at_right(runtime)
        serve_app(create_app(runtime, ending), runtime.settings)


@contextmanager
def _until_drained(runtime: Runtime) -> Iterator[Event]:
    """Leave some seconds after a signal, and let `/ready` send others elsewhere until then."""
    ending = Event()
    with until_signal(runtime.settings.drain_seconds, ending):
        yield ending


def _look_at_right(runtime: Runtime) -> None:
    """Note from when on a restored copy takes texts in, and say that it sends none."""
    with runtime.database.write(exclusive=False) as session:
        if may_send(session, runtime.clock()) or not is_of_copy(refusal(session)):
            return
    logging.getLogger("bilum.web").error("%s (%s)", RestoredCopy.detail, RestoredCopy.code)


def serve_app(app: Flask, settings: Settings) -> None:
    """Serve an application until the program ends.

    Raises:
        SettingsError: nothing can listen there.
    """
    try:
        server = make_server(app, settings.host, settings.port, settings.proxy)
    except OSError as error:
        fault = f"nothing can listen on {settings.host} port {settings.port}: {error.strerror}; "
        raise SettingsError([fault + "see BILUM_HOST and BILUM_PORT"]) from error
    log = logging.getLogger("bilum.web")
    log.info("listening on %s port %s", settings.host, settings.port)
    if settings.development:
        log.warning(
            "phones: http://%s:%s/simulator (%s)", settings.host, settings.port, DEVELOPMENT_WARNING
        )
    try:
        server.run()
    finally:
        server.close()
