"""The embedded chain's disk: keys and values in one SQLite file, one SQL transaction a block.

Knows nothing of chains. Writes gather in memory and reach the file together at `commit`, so a
process killed at any point leaves the last whole block. One process writes, by a lock on a file
beside it; any number of others read meanwhile (SQLite's write-ahead log).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from chain.errors import ChainLocked, NodeUnreachable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS node (key BLOB PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Disk:
    """A mapping of bytes to bytes, as py-evm's `AtomicDB` wraps it, with a few named facts.

    Safe to read from several threads; only one may write.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._unsaved: dict[bytes, bytes | None] = {}

    def __getitem__(self, key: bytes) -> bytes:
        if key in self._unsaved:
            value = self._unsaved[key]
        else:
            row = self._connection.execute(
                "SELECT value FROM node WHERE key = ?", (key,)
            ).fetchone()
            value = row[0] if row else None
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._unsaved[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._unsaved[key] = None

    def commit(self, **facts: str) -> None:
        """Write everything since the last commit, and `facts`, in one durable transaction."""
        written = [(key, value) for key, value in self._unsaved.items() if value is not None]
        deleted = [(key,) for key, value in self._unsaved.items() if value is None]
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("REPLACE INTO node VALUES (?, ?)", written)
            connection.executemany("DELETE FROM node WHERE key = ?", deleted)
            connection.executemany("REPLACE INTO fact VALUES (?, ?)", facts.items())
        self._unsaved.clear()

    def discard(self) -> None:
        """Forget everything since the last commit."""
        self._unsaved.clear()

    def fact(self, name: str) -> str | None:
        """Return a committed fact, None where there is none yet."""
        query = "SELECT value FROM fact WHERE name = ?"
        try:
            row = self._connection.execute(query, (name,)).fetchone()
        except sqlite3.DatabaseError as error:
            raise NodeUnreachable(
                "The file of the embedded chain is empty, damaged or not a chain: restore a backup."
            ) from error
        return str(row[0]) if row else None


@contextmanager
def open_disk(path: Path, *, write: bool) -> Iterator[Disk]:
    """Open the file, making it when `write`.

    Raises:
        ChainLocked: another process has it open for writing.
        NodeUnreachable: nothing to read there yet.
    """
    with _writer_lock(path) if write else _existing(path):
        connection = _connect(path, write=write)
        try:
            yield Disk(connection)
        finally:
            connection.close()


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'rwc' if write else 'ro'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    if write:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
    return connection


@contextmanager
def _writer_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path = path.with_name(path.name + ".lock")
    # A soft lock, for file systems without flock, would outlive a holder that is killed.
    lock = FileLock(path, mode=0o600, thread_local=False, blocking=False, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout as error:
        raise ChainLocked(
            f"Another process writes to the embedded chain: it holds the lock {path}."
        ) from error
    with held:
        yield


@contextmanager
def _existing(path: Path) -> Iterator[None]:
    if not path.exists():
        raise NodeUnreachable(
            f"No embedded chain at {path} yet: the recording process makes it at its first start."
        )
    yield
