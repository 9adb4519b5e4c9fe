"""The doors of the program, as attackers and honest people find them: fast, on SQLite."""

from __future__ import annotations

from tests.services.conftest import (
    bilum,
    clock,
    database,
    migrated_file,
    migrated_folder,
    open_database,
    open_world,
    phones,
    scene,
    settings,
    staged,
    world,
)

__all__ = [
    "bilum",
    "clock",
    "database",
    "migrated_file",
    "migrated_folder",
    "open_database",
    "open_world",
    "phones",
    "scene",
    "settings",
    "staged",
    "world",
]
