"""The databases of the services' tests."""

from __future__ import annotations

from tests.services.conftest import (
    database,
    migrated_file,
    migrated_folder,
    migrated_server,
    open_database,
)

__all__ = ["database", "migrated_file", "migrated_folder", "migrated_server", "open_database"]
