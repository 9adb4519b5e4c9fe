"""What an operator can do to an SQLite file, whatever its triggers forbid."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def unguarded(path: Path | str) -> Iterator[sqlite3.Connection]:
    """Open a file and take its triggers away; what is done then is committed at the end."""
    with closing(sqlite3.connect(path)) as connection, connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in found.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
