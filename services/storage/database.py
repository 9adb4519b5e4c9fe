"""The database: one engine, units of work, and the check that its schema is this program's.

SQLite: every writing unit is `BEGIN IMMEDIATE` (the library's default, a deferred transaction,
loses concurrent updates silently), WAL, synchronous FULL. PostgreSQL: READ COMMITTED for writing,
REPEATABLE READ for reading, so that a long reader sees one state.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.errors import SchemaBehind
from services.storage.errors import DatabaseUnreachable
from services.storage.vault import Vault, load_or_make_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from services.config import Settings

_BUSY_MS = 5_000
# Commitments and subjects are random, so an import touches the whole of their indexes.
_CACHE_KIB = 65_536
_WAL_PAGES = 8_000
_READING = {"bilum_reading": True}


class Database:
    """An engine with its vault. Threads share it; each unit of work has its own connection."""

    def __init__(self, url: str, vault: Vault) -> None:
        self.vault = vault
        self.engine = _engine(url)
        # Sealed columns find their vault through the dialect, the only thing a type is handed.
        self.engine.dialect.bilum_vault = vault  # type: ignore[attr-defined]
        self._reading = self.engine.execution_options(
            **_READING, **({} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"})
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Database:
        """Open the database of `settings`, making the data folder and key where there are none."""
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = settings.data_key or load_or_make_key(settings.data_dir / "data.key")
        return cls(settings.database_url, Vault(key))

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite (else PostgreSQL)."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a writing unit of work: commits on leaving, rolls back on an exception."""
        with _reachable(), Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a reading unit of work: one state of the database, never waits for a writer."""
        with _reachable(), Session(self._reading) as session, session.begin():
            yield session

    def upgrade(self) -> None:
        """Bring the schema to this program's, step by step."""
        from alembic import command  # noqa: PLC0415 — slow to load, needed once

        with _reachable(), self.engine.connect() as connection:
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def revision(self) -> str | None:
        """Return the schema's revision, None for an empty database."""
        with _reachable(), self._reading.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def require_schema(self) -> None:
        """Refuse to go on with a schema that is not this program's.

        Raises:
            SchemaBehind: it tells what to do.
        """
        here, wanted = self.revision(), head_revision()
        if here == wanted:
            return
        state = "empty" if here is None else f"at revision {here}"
        raise SchemaBehind(
            f"The database {self.engine.url.database} is {state}, this program needs {wanted}: run "
            "`bilum db upgrade`, or let BILUM_DATA_DIR or BILUM_DATABASE_URL name the one you mean"
        )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def head_revision() -> str:
    """Return the newest revision that this program knows."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    if head is None:
        raise SchemaBehind("This installation holds no migrations: install it again")
    return head


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True, pool_size=10, hide_parameters=True)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"cache_size=-{_CACHE_KIB}",
        f"wal_autocheckpoint={_WAL_PAGES}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("bilum_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _prepare_postgresql(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET timezone TO 'UTC'")
    cursor.close()
    connection.commit()


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnreachable(
            "The database does not answer, or is locked by another program: check "
            "BILUM_DATABASE_URL and that its server runs"
        ) from error
