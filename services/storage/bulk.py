"""Inserts: of many rows without work for each single one, and of rows that may be there already.

PostgreSQL takes many new rows by COPY while the next ones are made, SQLite and PostgreSQL few by
one statement made once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, repeat
from typing import Any, cast

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    Executable,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.storage.models import Base, Counter

FEW = 20
"""Most rows that PostgreSQL takes as parameters: of more, COPY takes less time."""
# By table and names: PostgreSQL's numbers of its own types, the same in every database.
_TYPES: dict[tuple[str, str], Sequence[int]] = {}


def draw_keys(session: Session, table: type[Base], count: int) -> Sequence[int]:
    """Draw primary keys, ascending, for rows of `table` that this transaction inserts next.

    Args:
        table: one whose key `id` the database would give.
    """
    key = table_of(table).c.id
    if session.get_bind().dialect.name == "sqlite":
        # As SQLite itself does; nobody else writes until the transaction ends.
        last = session.scalar(select(func.max(key))) or 0
        return range(last + 1, last + count + 1)
    drawn = func.nextval(func.pg_get_serial_sequence(key.table.name, key.name))
    return session.scalars(select(drawn).select_from(func.generate_series(1, count))).all()


def insert_rows(
    session: Session,
    table: type[Base],
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    stored: Mapping[str, Callable[[Any], object] | None] = {},
    **shared: object,
) -> None:
    """Insert rows as the database's driver takes them; no default of the program is filled in.

    The library's own work on each row would take a third of an import's time.

    Args:
        columns: names of the columns that differ from row to row.
        rows: a value for each of `columns`.
        stored: how the values of some columns become what the database holds, such as sealed text,
            one by one while the rows go; None: they are that already.
        shared: what all rows have in the columns named so.
    """
    if not rows:
        return
    into, connection = table_of(table), session.connection()
    given = dict(zip(columns, zip(*rows, strict=True), strict=True))
    ready: dict[str, Iterable[object]] = {}
    for name, values in given.items():
        if name in stored:
            convert = stored[name]
            ready[name] = map(convert, values) if convert else values
        else:
            ready[name] = converted(into.c[name], values, connection.dialect)
    for name, value in shared.items():
        (same,) = converted(into.c[name], [value], connection.dialect)
        ready[name] = repeat(same, len(rows))
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(map(quote, ready))
    ordered = zip(*ready.values(), strict=True)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(ready))
        # The library would put defaults in.
        statement = f"INSERT INTO {quote(into.name)} ({names}) VALUES ({places})"  # noqa: S608 — our own names
        connection.exec_driver_sql(statement, list(ordered))
    elif len(rows) <= FEW:
        statement = _inserting(quote(into.name), names, len(ready), len(rows))
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(ordered)))
    else:
        _copy(connection, quote(into.name), names, ordered)


@lru_cache(maxsize=512)
def _inserting(into: str, names: str, columns: int, rows: int) -> str:
    row = ", ".join(["%s"] * columns)
    return f"INSERT INTO {into} ({names}) VALUES {', '.join([f'({row})'] * rows)}"  # noqa: S608 — our own names


def update_rows(
    session: Session, table: type[Base], columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Set columns in many rows as the database's driver takes them: see `insert_rows`.

    Args:
        table: one whose key is `id`.
        columns: names of the columns.
        rows: the key of each row, then a value for each of `columns`.
    """
    if not rows:
        return
    into, connection = table_of(table), session.connection()
    dialect, names = connection.dialect, ("id", *columns)
    given = zip(names, zip(*rows, strict=True), strict=True)
    values = [list(converted(into.c[name], told, dialect)) for name, told in given]
    if dialect.name == "sqlite":
        ordered = list(zip(*values[1:], values[0], strict=True))
        connection.exec_driver_sql(_updating_one(into, tuple(columns)), ordered)
    elif len(rows) <= FEW:
        statement = _updating(dialect, into, tuple(columns), len(rows))
        told = chain.from_iterable(zip(*values, strict=True))
        connection.exec_driver_sql(statement, tuple(told))
    else:
        # A list costs the driver more than its values do, if there are few.
        statement = _updating(dialect, into, tuple(columns), None)
        connection.exec_driver_sql(statement, tuple(values))


@lru_cache(maxsize=128)
def _updating_one(into: Table, columns: tuple[str, ...]) -> str:
    targets = ", ".join(f'"{one}" = ?' for one in columns)
    return f'UPDATE "{into.name}" SET {targets} WHERE id = ?'  # noqa: S608 — our own names


@lru_cache(maxsize=512)
def _updating(dialect: Dialect, into: Table, columns: tuple[str, ...], count: int | None) -> str:
    """Write an UPDATE of so many rows, or of any number that come as a list for each column."""
    quote = dialect.identifier_preparer.quote
    name, names = quote(into.name), ("id", *columns)
    targets = ", ".join(f"{quote(one)} = given.{quote(one)}" for one in columns)
    types = [into.c[one].type.compile(dialect) for one in names]
    if count is None:
        given = f"unnest({', '.join(f'%s::{one}[]' for one in types)})"
    else:
        row = ", ".join(f"%s::{one}" for one in types)
        given = f"(VALUES {', '.join([f'({row})'] * count)})"
    return (
        f"UPDATE {name} SET {targets} FROM {given} "  # noqa: S608 — our own names
        f"AS given ({', '.join(map(quote, names))}) WHERE {name}.id = given.id"
    )


def _copy(connection: Connection, into: str, names: str, rows: Iterable[Sequence[object]]) -> None:
    """Copy rows in PostgreSQL's binary format, in the connection's transaction."""
    statement = f"COPY {into} ({names}) FROM STDIN (FORMAT BINARY)"
    # The library has no COPY, so the driver's errors come as its own would.
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with cast("Any", connection.connection.driver_connection).cursor() as cursor:
            types = _types_of(cursor, into, names)
            with cursor.copy(statement) as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
    except errors as error:
        _TYPES.pop((into, names), None)
        raise DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from error


def _types_of(cursor: Any, into: str, names: str) -> Sequence[int]:  # noqa: ANN401 — a driver's
    """Return the types of columns, asked for once: another schema comes with another program."""
    if (into, names) not in _TYPES:
        cursor.execute(f"SELECT {names} FROM {into} LIMIT 0")  # noqa: S608 — our own names
        _TYPES[into, names] = [column.type_code for column in cursor.description]
    return _TYPES[into, names]


def converted(
    column: Column[object], values: Iterable[object], dialect: Dialect
) -> Iterable[object]:
    """Return the values of a column as the database's driver takes them."""
    convert = _converter(column, dialect)
    return map(convert, values) if convert else values


@lru_cache(maxsize=512)
def _converter(column: Column[object], dialect: Dialect) -> Callable[[object], object] | None:
    """Return what makes a column's values the driver's; the library keeps it for a statement."""
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def table_of(mapped: type[Base]) -> Table:
    """Return the table of a mapped class."""
    return cast("Table", mapped.__table__)


def upsert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that may say `on_conflict_…`, for the session's database."""
    return upsert_on(session.get_bind().dialect.name, table)


def upsert_on(dialect: str, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT as `upsert` does, for a dialect, where the statement is kept."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def add_new(session: Session, table: type[Base], values: Mapping[str, object]) -> bool:
    """Insert a row unless one of its key is there; tell whether it was inserted.

    Where another transaction inserts the same at once, the database waits for its end.
    """
    statement = _unless_there(session.get_bind().dialect.name, table)
    return session.connection().execute(statement, values).first() is not None


def add_new_of(
    session: Session, table: type[Base], key: str, rows: Sequence[Mapping[str, object]]
) -> set[Any]:
    """Insert many rows as `add_new` does; return what the inserted ones have in the column `key`.

    Args:
        rows: in one order of `key` everywhere, so that no two wait for each other.
    """
    if not rows:
        return set()
    statement = _unless_there(session.get_bind().dialect.name, table, key)
    return set(session.connection().execute(statement, rows).scalars())


@cache
def _unless_there(dialect: str, table: type[Base], key: str | None = None) -> Executable:
    # Made once for a table: every message inserts by it.
    made, into = upsert_on(dialect, table), table_of(table)
    told = into.primary_key if key is None else [into.c[key]]
    return made.on_conflict_do_nothing().returning(*told)


def advance_counter(session: Session, name: str, count: int = 1, *, since: int = 0) -> int:
    """Advance a counter and return its value; a new one begins after `since`."""
    connection = session.connection()
    values = {"name": name, "value": since + count, "count": count}
    drawn: int | None = connection.scalar(_advancing(connection.dialect.name), values)
    return drawn or 0


@cache
def _advancing(dialect: str) -> Executable:
    # Made once: every number that is issued advances one.
    return (
        upsert_on(dialect, Counter)
        .values(name=bindparam("name"), value=bindparam("value"))
        .on_conflict_do_update(
            index_elements=["name"], set_={"value": Counter.value + bindparam("count")}
        )
        .returning(Counter.value)
    )
