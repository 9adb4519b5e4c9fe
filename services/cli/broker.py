"""`bilum celery`."""

from __future__ import annotations

import sys

import click

from services.cli.common import log_to_stderr, ready
from services.runtime.celery_worker import run


@click.command()
def celery() -> None:
    """Record and send whenever RabbitMQ notifies; run as many as wanted, on any machine.

    Needs BILUM_BROKER_URL, PostgreSQL and the packages of requirements/celery.lock.
    """
    log_to_stderr()
    with ready() as runtime:
        status = run(runtime, sys.stdout)
    sys.exit(status)
