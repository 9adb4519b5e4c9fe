"""Copies of databases that may send: scenes that were made once, and then belong to one test each.

A copy refuses to send (docs/adr/0077); these are let off, as if nothing had been sent before.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from pathlib import Path

UNBIND = "DELETE FROM sending_right WHERE kind <> 'made'"


def copy_folder(source: Path, target: Path) -> Path:
    """Copy a data folder, and let its database send."""
    shutil.copytree(source, target)
    settle(target / "bilum.db")
    return target


def settle(file: Path) -> None:
    """Let the database of a copied file send."""
    with closing(sqlite3.connect(file)) as connection, connection:
        # Most scenes are made without sending anything.
        if connection.execute("SELECT count(*) FROM sending_right").fetchone() != (1,):
            connection.execute(UNBIND)


def let_send(url: str) -> None:
    """Let a copied database send."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(UNBIND))
    engine.dispose()
