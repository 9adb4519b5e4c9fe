"""Engines of both kinds of database: settings of each connection, and errors.

Nothing here makes an SQLite file: `Database.upgrade` alone does.
"""

from functools import partial
from pathlib import Path
from time import monotonic
from weakref import WeakKeyDictionary

from sqlalchemy import (
    URL,
    Connection,
    Dialect,
    Engine,
    Transaction,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from services.core.errors import SchemaBehind, SettingsError
from services.storage.schema import PROGRAM, RUN_UPGRADE, head_revision

_BUSY_MS = 5_000
# Commitments and subjects are random, so an import touches the whole of their indexes.
_CACHE_KIB = 65_536
_WAL_PAGES = 8_000
_KINDS = ("sqlite", "postgresql")
_NO_URL = (
    "BILUM_DATABASE_URL must be sqlite:///path or postgresql+psycopg://user@host/name, or be absent"
)
# Notice within half a minute that the network swallows every packet: the server counts as gone.
_ALIVE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# And let the server notice the same of a client, so that the client's locks go.
_NOTICE_DEATH = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    # Keepalives are silent while an answer is on its way. After a batch, the driver leaves the
    # server waiting for more, where the limit of idle transactions does not count.
    "tcp_user_timeout": "'15s'",
    "idle_in_transaction_session_timeout": "'2min'",
}
STANDBY = "25006"
"""SQLSTATE of a write at a server that follows another: nothing of ours is read-only."""
_USED = "bilum_used"
_BELIEVED_SECONDS = 1.0


def read_url(text: str) -> URL:
    """Read a database's address.

    Raises:
        SettingsError: it is none, or names a kind that this program does not work with.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SettingsError([_NO_URL]) from error
    if url.get_backend_name() not in _KINDS:
        raise SettingsError([_NO_URL])
    return url


def sqlite_file(url: URL) -> Path | None:
    """Return the file of an SQLite database; None in memory, and for PostgreSQL."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(str(url.database))


def make_engine(text: str) -> Engine:
    """Make an engine; it connects when it is first used.

    Raises:
        SettingsError: see `read_url`.
    """
    url = read_url(text)
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url)
        named = {"application_name": f"{PROGRAM} {head_revision()}"}
        engine = create_engine(url, pool_size=10, hide_parameters=True, connect_args=_ALIVE | named)
    except (ArgumentError, ImportError) as error:
        raise SettingsError([_NO_URL]) from error
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "handle_error", _leave_standby)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_require_alive, engine))
    _keep_last_savepoint(engine.dialect)
    return engine


def may_idle(connection: Connection) -> None:
    """Let the transaction wait for what is no database, as long as that takes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "do_connect", _refuse_missing)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _refuse_missing(
    _dialect: object, _record: object, arguments: list[str], _options: object
) -> None:
    # The driver would make an empty file, which a restore then refuses to overwrite.
    path = arguments[0]
    if path != ":memory:" and not Path(path).exists():
        raise SchemaBehind(f"The database {path} is empty: {RUN_UPGRADE}")


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


def _leave_standby(context: ExceptionContext) -> None:
    """Let all connections be made anew where the server has become a standby: another one leads."""
    if getattr(context.original_exception, "sqlstate", None) == STANDBY:
        context.is_disconnect = True


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = monotonic()


def _require_alive(
    engine: Engine, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Ask the server whether a connection that was idle is still there; else have all made anew.

    One that was used a moment ago is believed: it could as well break right after the question.
    """
    used = record.info.get(_USED)
    if used is None or monotonic() - used < _BELIEVED_SECONDS:
        return
    try:
        alive = engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        alive = False
    if not alive:
        raise InvalidatePoolError


def _keep_last_savepoint(dialect: Dialect) -> None:
    """Release a savepoint only where another begins: the commit releases the last one, too.

    So a text, which has one, costs a statement less, and many of them do not pile up.
    """
    begin, undo = dialect.do_savepoint, dialect.do_rollback_to_savepoint
    release = dialect.do_release_savepoint
    # The savepoint of a transaction that is over and not released.
    over: WeakKeyDictionary[Transaction | None, str] = WeakKeyDictionary()

    def do_savepoint(connection: Connection, name: str) -> None:
        ended = over.pop(connection.get_transaction(), None)
        if ended is not None:
            release(connection, ended)
        begin(connection, name)

    def do_release_savepoint(connection: Connection, name: str) -> None:
        over[connection.get_transaction()] = name

    def do_rollback_to_savepoint(connection: Connection, name: str) -> None:
        # The one that is over began later: it goes, too.
        over.pop(connection.get_transaction(), None)
        undo(connection, name)

    dialect.do_savepoint = do_savepoint  # type: ignore[method-assign]
    dialect.do_release_savepoint = do_release_savepoint  # type: ignore[method-assign]
    dialect.do_rollback_to_savepoint = do_rollback_to_savepoint  # type: ignore[method-assign]


def _prepare_postgresql(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET timezone TO 'UTC'")
    # The driver parses dates in this style only; a server may be set to another.
    cursor.execute("SET datestyle TO ISO")
    for name, value in _NOTICE_DEATH.items():
        cursor.execute(f"SET {name} TO {value}")
    cursor.close()
    connection.commit()
