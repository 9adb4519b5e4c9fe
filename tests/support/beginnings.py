"""What many tests begin with, done to one database in a process, and copied to the others."""

from __future__ import annotations

import atexit
import filecmp
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from services.storage.engine import sqlite_file
from tests.support.migrated import migrated

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.storage.database import Database

Told = TypeVar("Told")
_kept: dict[tuple[object, ...], tuple[Path, Any]] = {}
_is_copy_of: dict[Path, Path] = {}


def begin(database: Database, what: tuple[object, ...], act: Callable[[Database], Told]) -> Told:
    """Act on a database; another one that is the same becomes a copy of what came of it.

    Args:
        database: of SQLite, and as `migrated` or an act before made it, else nothing is copied.
        what: all that the act goes by, but for the database.
        act: does the same each time, and tells what never changes, such as a key.
    """
    file = _known_file(database)
    if file is None:
        return act(database)
    key = (*what, _source_of(file), database.vault.header)
    if key not in _kept:
        told = act(database)
        # Closed, so that all is in the file.
        database.engine.dispose()
        _kept[key] = _folder() / str(len(_kept)), told
        shutil.copyfile(file, _kept[key][0])
    else:
        shutil.copyfile(_kept[key][0], file)
    _is_copy_of[file], told = _kept[key]
    return told


def _known_file(database: Database) -> Path | None:
    """Return the database's file, if nothing else was written to it and nobody has it open."""
    file = sqlite_file(database.engine.url)
    if file is None:
        return None
    database.engine.dispose()
    opened = file.with_name(f"{file.name}-wal").exists()
    same = not opened and filecmp.cmp(file, _source_of(file), shallow=False)
    return file if same else None


def _source_of(file: Path) -> Path:
    return _is_copy_of.get(file) or migrated() / "bilum.db"


@cache
def _folder() -> Path:
    made = tempfile.TemporaryDirectory(prefix="bilum-beginnings-")
    atexit.register(made.cleanup)
    return Path(made.name)
