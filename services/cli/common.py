"""Helpers of the commands: opening the program, progress on the screen, the log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.core.settings import Settings
from services.runtime.container import Runtime

# Progress goes to standard error, so that standard output is the result alone.
screen = Console(stderr=True, soft_wrap=True)


@contextmanager
def opened() -> Iterator[Runtime]:
    """Open the program on the environment's settings, its schema checked.

    Raises:
        SettingsError, SchemaBehind, DatabaseUnreachable.
    """
    runtime = Runtime.open(Settings.from_env())
    try:
        runtime.database.require_schema()
        yield runtime
    finally:
        runtime.close()


@contextmanager
def ready() -> Iterator[Runtime]:
    """Open the program, with the key without which no message could be kept."""
    with opened() as runtime:
        runtime.database.vault.require_key()
        yield runtime


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show progress on a terminal; elsewhere nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=screen) as bar:
        yield bar


def log_to_stderr() -> None:
    """Log from INFO to standard error."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # It tells of each look at the schema's revision, which /ready takes.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def plain(text: str) -> str:
    """Keep what a terminal prints: a stranger or a carrier wrote it."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
