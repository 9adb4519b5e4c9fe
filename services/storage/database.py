"""The database: one engine, units of work, and the check that its schema is this program's.

SQLite: every writing unit is `BEGIN IMMEDIATE` (the library's default, a deferred transaction,
loses concurrent updates silently), WAL, synchronous FULL. PostgreSQL: READ COMMITTED for writing,
REPEATABLE READ for reading, so that a long reader sees one state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError, OperationalError, PendingRollbackError
from sqlalchemy.orm import Session

from services.core.errors import DatabaseUnreachable, SchemaBehind, WrongDataKey
from services.core.keyring import KeyRing
from services.core.settings import Settings
from services.storage.committed_lines import write_lines
from services.storage.data_key import load_or_make_key, read_key
from services.storage.engine import STANDBY, make_engine, may_idle, read_url, sqlite_file
from services.storage.locks import one_writer
from services.storage.schema import head_revision, knows, migrate, read_floor, runs_on, way_on
from services.storage.vault import Vault

DATA_KEY = "data.key"
QUEUED = "queued"
"""Mark in a session's `info`: the transaction put messages into the outbox."""
UNFINISHED = (
    "The upgrade is not finished: once no machine needs the way back to the older program, run "
    "`bilum db upgrade --finish`"
)
_UNREACHABLE = (
    "The database does not answer, or is locked by another program: check BILUM_DATABASE_URL and "
    "that its server runs"
)
_SAID = {
    "certificate verify failed": (
        "The database's certificate is refused: it has ended, or is another's. Renew it and have "
        "the database's server read it (docs/three-machines.md), or mend sslrootcert of "
        "BILUM_DATABASE_URL"
    ),
    "failed to resolve host": (
        "The database's name is not found: see to this machine's resolver (/etc/resolv.conf), or "
        "mend BILUM_DATABASE_URL"
    ),
}
"""What psycopg says of a connection that was not made, and what an operator does about it."""
_READING = {"bilum_reading": True}
# PostgreSQL's codes of a transaction that it ended for another's sake: deadlock, serialization.
_LOST_TO_ANOTHER = frozenset({"40P01", "40001"})

Result = TypeVar("Result")


class Database:
    """An engine with its vault. Threads share it; each unit of work has its own connection.

    Args:
        vault: opens what is sealed.
        prepare: makes what must be there before a schema is.

    Attributes:
        on_queued: called after each commit that put messages into the outbox; must not raise.
        session_info: what each session's `info` begins with, such as a country's policy.
    """

    on_queued: Callable[[], None]
    session_info: dict[str, object]

    def __init__(self, url: str, vault: Vault, prepare: Callable[[], None] = lambda: None) -> None:
        self.vault = vault
        self.engine = make_engine(url)
        self._prepare = prepare
        self.on_queued = lambda: None
        self.session_info = {}
        # A column type is handed only the dialect, so sealed columns find their vault there.
        self.engine.dialect.bilum_vault = vault  # type: ignore[attr-defined]
        self._reading = self.engine.execution_options(
            **_READING, **({} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"})
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> "Database":
        """Open the database of `settings`; nothing is made before `upgrade`.

        The data key is read when a sealed value is: an auditor with a copy needs none.

        Raises:
            SettingsError: no database that this program works with.
        """
        path = settings.data_dir / DATA_KEY
        key = settings.data_key or (lambda: _read_key(path))
        return cls(settings.database_url, Vault(key), lambda: _prepare(settings, path))

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, false for PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, *, exclusive: bool = True) -> Iterator[Session]:
        """Open a writing unit of work: commits on leaving, rolls back on an exception.

        Args:
            exclusive: take the writers' lock first; see `services.storage.locks`. Not if the unit
                changes a device: a device's request locks its row first, then waits for the lock.
        """
        with reachable(), Session(self.engine, info=self.session_info) as session, session.begin():
            if exclusive:
                one_writer(session)
            yield session
        write_lines(session)
        if QUEUED in session.info:
            self.on_queued()

    def run(self, work: Callable[[Session], Result], *, exclusive: bool = True) -> Result:
        """Do work in a writing unit, and once more where it lost to another transaction.

        Locks have one order (docs/adr/0078), which leaves few deadlocks; the server ends one of the
        two, and nothing of it is there. Whatever `work` does beyond the session, it may do twice.

        Args:
            work: takes the open session; its result is returned after the commit.
            exclusive: see `write`.
        """
        try:
            with self.write(exclusive=exclusive) as session:
                return work(session)
        except DatabaseUnreachable as error:
            if not _lost_to_another(error):
                raise
        with self.write(exclusive=exclusive) as session:
            return work(session)

    @contextmanager
    def read(self, *, idles: bool = False) -> Iterator[Session]:
        """Open a reading unit of work: one state of the database, never waits for a writer.

        Args:
            idles: it also waits for something else, such as a node, that may take minutes.
        """
        with (
            reachable(),
            Session(self._reading, info=self.session_info) as session,
            session.begin(),
        ):
            if idles:
                may_idle(session.connection())
            yield session

    def upgrade(self, *, finish: bool = False) -> None:
        """Bring the schema to this program's, step by step; make folder, key and file first.

        Programs may keep running on PostgreSQL: see `services.storage.schema`.

        Args:
            finish: also take away what older programs need; at an empty database this is nothing.

        Raises:
            SchemaBehind: the schema is of another version of Bilum, from which no step leads here.
            OlderProgramRuns: a step takes away what a connected program needs.
        """
        here = self.revision()
        if not knows(here):
            self.require_schema()
            return
        self._prepare()
        if file := sqlite_file(self.engine.url):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
        with reachable(), self.engine.connect() as connection:
            migrate(connection, finish=finish)

    def revision(self) -> str | None:
        """Return the schema's revision, None for an empty database or none at all."""
        return self._schema()[0]

    def require_schema(self) -> None:
        """Refuse to go on with a schema on which this program does not run.

        Raises:
            SchemaBehind: it tells what to do.
        """
        here, floor = self._schema()
        if not runs_on(here, floor):
            needed = f"this program needs {head_revision()}{way_on(here)}"
            raise SchemaBehind(f"{self._state(here)}, {needed}")

    @property
    def is_finished(self) -> bool:
        """False while an upgrade has left what older programs need: see `upgrade`."""
        here = self.revision()
        return not knows(here) or here in {None, head_revision()}

    def _schema(self) -> tuple[str | None, str | None]:
        """Return the revision, and the floor where this program does not know the revision."""
        file = sqlite_file(self.engine.url)
        if file and not file.exists():
            return None, None
        with reachable(), self._reading.connect() as connection:
            here = MigrationContext.configure(connection).get_current_revision()
            return here, None if knows(here) else read_floor(connection)

    def _state(self, here: str | None) -> str:
        state = "empty" if here is None else f"at revision {here}"
        return f"The database {self.engine.url.database} is {state}"

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _read_key(path: Path) -> KeyRing:
    if not path.exists():
        raise WrongDataKey(
            f"The data key {path} is missing, and what is here was sealed with it: put the file "
            "back from where you keep its copy, or give BILUM_DATA_KEY"
        )
    return read_key(path)


def _prepare(settings: Settings, path: Path) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.data_key:
        return
    chain = settings.chain
    # A fresh key would open no value in the database, and hide that the old key is missing.
    if holds_anything(settings.database_url) or (chain.url is None and chain.embedded.exists()):
        _read_key(path)
    else:
        load_or_make_key(path)


def holds_anything(text: str) -> bool:
    """Return whether there is an SQLite file, or a table in the PostgreSQL database.

    Raises:
        SettingsError, DatabaseUnreachable.
    """
    if file := sqlite_file(read_url(text)):
        return file.exists()
    engine = make_engine(text)
    try:
        with reachable(), engine.connect() as connection:
            return bool(inspect(connection).get_table_names())
    finally:
        engine.dispose()


def _lost_to_another(error: DatabaseUnreachable) -> bool:
    cause = error.__cause__
    return isinstance(cause, DatabaseError) and _code_of(cause) in _LOST_TO_ANOTHER


def _code_of(error: DatabaseError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _advice(error: DatabaseError) -> str:
    said = str(error.orig)
    return next((advice for words, advice in _SAID.items() if words in said), _UNREACHABLE)


@contextmanager
def reachable() -> Iterator[None]:
    """Turn the library's errors of a database that cannot be used into ours."""
    try:
        yield
    except PendingRollbackError as error:
        # The connection broke, and whoever cleared up after that used it once more.
        raise DatabaseUnreachable(_UNREACHABLE) from error
    except DatabaseError as error:
        gone = isinstance(error, OperationalError) or error.connection_invalidated
        if gone or _code_of(error) == STANDBY:
            raise DatabaseUnreachable(_advice(error)) from error
        # A subclass is an error of a statement; the class itself is SQLite's "malformed".
        if type(error) is not DatabaseError:
            raise
        raise DatabaseUnreachable(
            "The database file is not a database or is damaged: restore a backup"
        ) from error
