"""Scratch: folders and databases for a while, which outlive no program, not even a killed one.

A copy of the database in clear lies in them. Each belongs to the program that made it by a lock
that the system or the server gives back when the program dies; the next program removes what
nobody holds.
"""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from services.core.errors import NotInPlace, ServiceError
from services.storage.database import reachable
from services.storage.engine import make_engine, read_url

_PREFIX = ".bilum-scratch-"
_TRIES = 100
# One of PostgreSQL's advisory locks for each scratch database, by the number in its name.
_LOCK = 7244031
_DATABASE = re.compile(r"bilum_scratch_([0-9a-f]{7})")


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder that its owner alone enters, and remove it at the end.

    `parent`: where; None: where the system keeps such folders (`TMPDIR`).
    """
    where = parent or Path(tempfile.gettempdir())
    _sweep(where)
    folder, descriptor = _make(where)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


@contextmanager
def locked_folder(folder: Path, busy: ServiceError) -> Iterator[None]:
    """Be the one program that works in a folder; nothing is left of the lock.

    Raises:
        busy: another one does.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not _lock(descriptor):
            raise busy
        yield
    finally:
        os.close(descriptor)


def _make(parent: Path) -> tuple[Path, int]:
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        # Another program may sweep it away before it is locked.
        with suppress(FileNotFoundError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            if _lock(descriptor) and folder.exists():
                return folder, descriptor
            os.close(descriptor)
    raise OSError(None, "a scratch folder is removed again and again", str(parent))


def _lock(descriptor: int) -> bool:
    """Take the lock of an open folder; return whether no other program has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without such locks: there nobody sweeps either, see `_abandoned`.
        return True
    return True


def _sweep(parent: Path) -> None:
    """Remove the folders that killed programs of this user left."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if not folder.is_symlink() and folder.stat().st_uid == os.geteuid():
                _remove_abandoned(folder)


def _remove_abandoned(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """Make an empty database on a server, give its address, and drop it at the end.

    Args:
        server_url: of any database on the server, in which nothing changes.

    Raises:
        NotInPlace: the role may not make a database.
        DatabaseUnreachable: the server does not answer.
    """
    number = secrets.randbits(28)
    name = f"bilum_scratch_{number:07x}"
    engine = make_engine(server_url)
    try:
        with reachable(), engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            _drop_abandoned(connection)
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK}, {number})"))
            _create(connection, name)
            try:
                yield read_url(server_url).set(database=name).render_as_string(hide_password=False)
            finally:
                _drop(engine.url.render_as_string(hide_password=False), name)
                # A proxy may have cut it meanwhile; the lock goes with it.
                connection.invalidate()
    finally:
        engine.dispose()


def _create(connection: Connection, name: str) -> None:
    try:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    except ProgrammingError as error:
        raise NotInPlace(
            "A backup of PostgreSQL is tried in a database of its own, and the role of "
            "BILUM_DATABASE_URL may make none: let a superuser say ALTER ROLE … CREATEDB, or let "
            "BILUM_DATABASE_URL name a server on another machine, with --metrics"
        ) from error


def _drop(server_url: str, name: str) -> None:
    engine = make_engine(server_url)
    try:
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        engine.dispose()


def _drop_abandoned(connection: Connection) -> None:
    """Drop the databases that killed programs left: nobody has their lock, nobody uses them."""
    names = connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'bilum%'"))
    for name in names.all():
        found = _DATABASE.fullmatch(name)
        if found is None:
            continue
        lock = f"({_LOCK}, {int(found[1], 16)})"
        if connection.scalar(text(f"SELECT pg_try_advisory_lock{lock}")):
            with suppress(DBAPIError):
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
            connection.execute(text(f"SELECT pg_advisory_unlock{lock}"))
