"""A data folder with a key and the schema, made once in a process, to copy."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from services.core.settings import Settings
from services.storage.database import Database


@cache
def migrated() -> Path:
    """Return the folder, whose SQLite file is at the newest revision."""
    made = tempfile.TemporaryDirectory(prefix="bilum-migrated-")
    atexit.register(made.cleanup)
    folder = Path(made.name) / "data"
    database = Database.from_settings(Settings.from_env({"BILUM_DATA_DIR": str(folder)}))
    database.upgrade()
    database.close()
    return folder


def with_schema(folder: Path) -> Path:
    """Return the folder, with a copy of that content if it has no database."""
    if not (folder / "bilum.db").exists():
        shutil.copytree(migrated(), folder, dirs_exist_ok=True)
    return folder
