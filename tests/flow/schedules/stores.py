"""Databases that can be backed up and put back, while nobody works on them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tests.support.copies import let_send
from tests.support.postgres import fresh_database, overwrite_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Store(Protocol):
    """A database of one schedule. Nobody may be connected in either call.

    Attributes:
        url: its address.
    """

    url: str

    def back_up(self) -> None:
        """Keep what it holds now, beside what was kept before."""
        ...

    def restore(self, which: int) -> None:
        """Put a backup in its place; the first was number 0."""
        ...


@dataclass
class SqliteStore:
    """A file, with its backups beside it."""

    file: Path
    backups: list[Path] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def back_up(self) -> None:
        self.backups.append(self.file.with_suffix(f".backup-{len(self.backups)}"))
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute("VACUUM INTO ?", (str(self.backups[-1]),))

    def restore(self, which: int) -> None:
        for end in ("-wal", "-shm"):
            self.file.with_name(self.file.name + end).unlink(missing_ok=True)
        shutil.copyfile(self.backups[which], self.file)


@dataclass
class PostgresStore:
    """A database, with its backups on the same server."""

    server: str
    url: str
    ending: ExitStack
    backups: list[str] = field(default_factory=list)

    def back_up(self) -> None:
        self.backups.append(self.ending.enter_context(_copy(self.server, self.url)))

    def restore(self, which: int) -> None:
        overwrite_database(self.server, self.url, self.backups[which])
        let_send(self.url)


@contextmanager
def postgres_store(server: str, template: str) -> Iterator[PostgresStore]:
    """Make a copy of the database `template`, and drop it afterwards with its backups."""
    with ExitStack() as ending:
        url = ending.enter_context(_copy(server, template))
        let_send(url)
        yield PostgresStore(server, url, ending)


def _copy(server: str, url: str):
    return fresh_database(server, url)
