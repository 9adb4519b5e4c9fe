"""A database of each kind, empty and at the newest revision, for each test; and what runs on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from services.storage.database import Database
from services.storage.models import Base
from services.storage.vault import Vault
from tests.factories import KEY, Phones
from tests.services.command import bilum, imported, kept_folders
from tests.services.world import (
    clock,
    open_world,
    scene,
    server_scene,
    server_staged,
    settings,
    staged,
    world,
)
from tests.support import environment
from tests.support.migrated import migrated
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "bilum",
    "clock",
    "imported",
    "kept_folders",
    "open_world",
    "scene",
    "server_scene",
    "server_staged",
    "settings",
    "staged",
    "world",
]

OpenDatabase = Callable[[str], Database]

IMMUTABLE = ("erasure", "journal", "ledger_node", "programme_version")
KINDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url, Vault(KEY))
    try:
        yield database
    finally:
        database.close()


@pytest.fixture(scope="session")
def migrated_folder() -> Path:
    """A data folder with a key and an SQLite file at the newest revision, to copy."""
    return migrated()


@pytest.fixture(scope="session")
def migrated_file(migrated_folder) -> Path:
    """An SQLite file at the newest revision, to copy."""
    return migrated_folder / "bilum.db"


@pytest.fixture(scope="session")
def migrated_server(server_template: str) -> Iterator[Database]:
    """One PostgreSQL database at the newest revision, for all tests in turn."""
    with fresh_database(environment.POSTGRES_URL, server_template) as url:
        with opened(url) as database, database.write() as session:
            # What is tested is not what a power cut leaves: no test waits for the disk.
            name = database.engine.url.database
            session.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit TO off'))
        with opened(url) as database:
            yield database


@pytest.fixture
def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenDatabase]:
    """Opens an empty database of a kind; of PostgreSQL's there is one at a time."""
    numbers = count()
    with ExitStack() as stack:

        def make(kind: str) -> Database:
            if kind == "postgresql":
                server = request.getfixturevalue("migrated_server")
                empty(server)
                return server
            path = tmp_path / f"bilum-{next(numbers)}.db"
            shutil.copy(request.getfixturevalue("migrated_file"), path)
            return stack.enter_context(opened(f"sqlite:///{path}"))

        yield make


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, open_database: OpenDatabase) -> Database:
    """An empty database of each kind."""
    return open_database(request.param)


@pytest.fixture(scope="module")
def set_up_file(request: pytest.FixtureRequest, migrated_file: Path, tmp_path_factory) -> Path:
    """An SQLite file in which the module's `set_scene(database)` has happened, to copy."""
    path = tmp_path_factory.mktemp("scene") / "bilum.db"
    shutil.copy(migrated_file, path)
    with opened(f"sqlite:///{path}") as database:
        request.module.set_scene(database)
    return path


@pytest.fixture
def set_up(set_up_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The module's scene, of which every test has a copy of its own."""
    shutil.copy(set_up_file, tmp_path / "bilum.db")
    with opened(f"sqlite:///{tmp_path}/bilum.db") as database:
        yield database


@pytest.fixture
def phones(database: Database) -> Phones:
    return Phones(database)


def empty(server: Database) -> None:
    """Remove every row; the triggers that forbid it are away for that transaction alone."""
    with server.write() as session:
        session.connection().exec_driver_sql(_remove_every_row())


@cache
def _remove_every_row() -> str:
    """In one piece: the server is asked once, not for each table."""
    statements = [
        *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in IMMUTABLE),
        *(str(table.delete()) for table in reversed(Base.metadata.sorted_tables)),
        *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in IMMUTABLE),
        "INSERT INTO sending_right (kind, mark, at) VALUES ('made', '', now())",
        "INSERT INTO schema_floor (revision) VALUES ('0067')",
    ]
    return "; ".join(statements)
