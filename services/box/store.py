"""The box's own database, and room on the disk that is kept for its sync.

SQLite: each unit of work is alone, and durable when it is committed.
"""

import errno
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from services.box.tables import METADATA, STATE
from services.core.errors import BoxFull
from services.core.keyring import KeyRing
from services.storage.data_key import load_or_make_key
from services.storage.database import reachable
from services.storage.engine import make_engine
from services.storage.vault import Vault

DATABASE, DATA_KEY = "box.db", "box.key"
_FULL = "The box's disk is full: it takes more when it has synced, or when somebody makes room"
_PRIMARY_CODE = 0xFF
_FULL_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
# A small card: the log is written back soon, and gives its room back.
_PRAGMAS = ("wal_autocheckpoint=100", "journal_size_limit=65536", "cache_size=-2048")

RESERVE_BYTES = 1 << 20
_NAME = "reserve"


class Store:
    """Opens units of work on the box's database. Threads share it; `close` it at the end.

    Folder, database and key are made where there are none.

    Raises:
        BoxFull: there is no room for it.
    """

    def __init__(self, folder: Path, key: KeyRing | None = None) -> None:
        file = folder / DATABASE
        with _room():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.vault = Vault(key or load_or_make_key(folder / DATA_KEY))
            file.touch(mode=0o600)
            self._engine = make_engine(f"sqlite:///{file}")
            self._engine.dialect.bilum_vault = self.vault  # type: ignore[attr-defined]
            event.listen(self._engine, "connect", _prepare_file, insert=True)
            event.listen(self._engine, "connect", _prepare)
            self._reading = self._engine.execution_options(bilum_reading=True)
        with self.write() as unit:
            METADATA.create_all(unit)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing unit of work: commits on leaving, rolls back on an exception.

        Raises:
            BoxFull: the disk took it not, and nothing of it.
        """
        with _usable(), self._engine.begin() as unit:
            yield unit

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a reading unit of work; it never waits for a writer."""
        with _usable(), self._reading.connect() as unit:
            yield unit

    def give_back(self) -> None:
        """Give the disk back what deleted rows took, as far as nobody else writes just now."""
        with _usable():
            raw = self._engine.raw_connection()
            try:
                # `execute` would free one page: it steps once through what gives no rows.
                raw.cursor().executescript(
                    "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);"
                )
            except sqlite3.OperationalError as error:
                if _is_full(error):
                    raise
            finally:
                raw.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def get_state(unit: Connection, name: str) -> Any:  # noqa: ANN401 — what JSON holds
    """Return what was kept under a name, None where nothing was."""
    found = unit.scalar(select(STATE.c.value).where(STATE.c.name == name))
    return None if found is None else json.loads(found)


def set_state(unit: Connection, name: str, value: object) -> None:
    """Keep a value of JSON under a name."""
    written = json.dumps(value)
    unit.execute(
        insert(STATE)
        .values(name=name, value=written)
        .on_conflict_do_update(index_elements=["name"], set_={"value": written})
    )


@contextmanager
def _usable() -> Iterator[None]:
    """Turn the library's errors into ours, a full disk into `BoxFull`."""
    with _room(), reachable():
        try:
            yield
        except DBAPIError as error:
            if _is_full(error.orig):
                raise BoxFull(_FULL) from error
            raise


@contextmanager
def _room() -> Iterator[None]:
    """Tell a full disk, be it met by a file or while a connection is prepared."""
    try:
        yield
    except sqlite3.Error as error:
        if _is_full(error):
            raise BoxFull(_FULL) from error
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BoxFull(_FULL) from error
        raise


def _is_full(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _FULL_CODES


def _prepare_file(connection: DBAPIConnection, _record: object) -> None:
    # Before the first table and the log: later it changes nothing.
    connection.cursor().execute("PRAGMA auto_vacuum=INCREMENTAL")


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Reserve:
    """A file of `RESERVE_BYTES` in the box's folder; whether it is there is its whole state.

    A full box gives its room to the sync, to get rid of things. While it is let go the door is
    shut: what is freed must not be filled again before the reserve is back.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / _NAME

    @property
    def is_kept(self) -> bool:
        """True while the file is there."""
        return self._file.exists()

    @property
    def free_bytes(self) -> int:
        """Free bytes on the disk besides."""
        return shutil.disk_usage(self._folder).free

    def let_go(self) -> bool:
        """Give its room to the sync; False: it was gone already."""
        kept = self.is_kept
        self._file.unlink(missing_ok=True)
        return kept

    def restore(self) -> bool:
        """Take the room again where there is twice as much; return whether it is kept."""
        if self.is_kept:
            return True
        if self.free_bytes < 2 * RESERVE_BYTES:
            return False
        fresh = self._file.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                # Not zeros: a disk that compresses would keep no room.
                file.write(secrets.token_bytes(RESERVE_BYTES))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file)
        except OSError:
            fresh.unlink(missing_ok=True)
            return False
        return True
