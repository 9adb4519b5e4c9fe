"""One recorder at a time: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.storage.errors import RecorderBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from services.errors import ServiceError
    from services.storage.database import Database

# The number is this lock's name among PostgreSQL's advisory locks.
_TRY_LOCK = text("SELECT pg_try_advisory_lock(7244022)")
_ANYTHING = text("SELECT 1")
_BUSY = "Another process records on the ledger: there is one recorder for a database"


@contextmanager
def only_recorder(database: Database, folder: Path) -> Iterator[Callable[[], None]]:
    """Hold the right to record, on PostgreSQL in the database, else by a file in `folder`.

    Yields:
        A function that returns while the right is held, and raises where it was lost.

    Raises:
        RecorderBusy: another process holds it, or it was lost.
    """
    if database.is_sqlite:
        with file_lock(folder / "recorder.lock", RecorderBusy(_BUSY)):
            yield lambda: None
    else:
        with _row_lock(database) as confirm:
            yield confirm


@contextmanager
def _row_lock(database: Database) -> Iterator[Callable[[], None]]:
    # AUTOCOMMIT: the lock belongs to the connection, and no transaction stays open under it.
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with connection:
        if not connection.scalar(_TRY_LOCK):
            raise RecorderBusy(_BUSY)
        try:
            yield lambda: _confirm(connection)
        finally:
            connection.invalidate()


def _confirm(connection: Connection) -> None:
    """Ask on the very connection that holds the lock: where it is gone, so is the lock."""
    try:
        connection.scalar(_ANYTHING)
    except DBAPIError as error:
        raise RecorderBusy("The right to record was lost with its connection") from error


@contextmanager
def file_lock(path: Path, busy: ServiceError) -> Iterator[None]:
    """Hold a lock on a file, which is made where there is none.

    Raises:
        busy: another process holds it.
        OSError: the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, busy)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, busy: ServiceError) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise busy from error
