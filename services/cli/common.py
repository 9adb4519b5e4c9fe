"""What the commands share: opening the program, and progress on the screen."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.config import Settings
from services.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

# Progress goes to standard error, so that standard output is the result alone.
screen = Console(stderr=True)


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
def progress_bar() -> Iterator[Progress]:
    """Show progress on a terminal; elsewhere nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=screen) as bar:
        yield bar
