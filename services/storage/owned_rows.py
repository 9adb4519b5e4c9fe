"""Rows inserted with those that name their key: events with leaves, animals with numbers.

PostgreSQL takes a few in one statement, which draws their keys, too.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Dialect
from sqlalchemy.orm import Session

from services.storage.bulk import FEW, converted, draw_keys, insert_rows, table_of
from services.storage.models import Base


class Rows(NamedTuple):
    """Rows of a table: see `bulk.insert_rows`."""

    table: type[Base]
    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    shared: Mapping[str, object] = {}


def insert_with_owned(
    session: Session, owners: Rows, owner: str, owned: Rows, places: Sequence[int]
) -> Sequence[int]:
    """Insert rows and those that name them; return the keys of the first, ascending.

    Args:
        owners: of a table whose key `id` the database gives.
        owner: the column of `owned` that holds an owner's key.
        owned: of any table.
        places: for each row of `owned` the place of its owner among `owners`, from 0.
    """
    if not owners.rows:
        return ()
    connection, most = session.connection(), max(len(owners.rows), len(owned.rows))
    if connection.dialect.name == "sqlite" or most > FEW or not owned.rows:
        keys = draw_keys(session, owners.table, len(owners.rows))
        numbered = [(key, *row) for key, row in zip(keys, owners.rows, strict=True)]
        insert_rows(
            session, owners.table, ("id", *owners.columns), numbered, stored={}, **owners.shared
        )
        told = [(keys[place], *row) for place, row in zip(places, owned.rows, strict=True)]
        insert_rows(session, owned.table, (owner, *owned.columns), told, stored={}, **owned.shared)
        return keys
    dialect = connection.dialect
    statement = _joined(
        dialect,
        (owners.table, owners.columns, tuple(owners.shared), tuple(range(len(owners.rows)))),
        owner,
        (owned.table, owned.columns, tuple(owned.shared), tuple(places)),
    )
    values = (*_values(owners, dialect), *_values(owned, dialect))
    return connection.exec_driver_sql(statement, values).scalars().all()


def _values(given: Rows, dialect: Dialect) -> Sequence[object]:
    """Return the shared values, then those of each row, as the driver takes them."""
    into = table_of(given.table)
    columns = [
        list(converted(into.c[name], column, dialect))
        for name, column in zip(given.columns, zip(*given.rows, strict=True), strict=True)
    ]
    shared = [
        value
        for name, one in given.shared.items()
        for value in converted(into.c[name], [one], dialect)
    ]
    return (*shared, *chain.from_iterable(zip(*columns, strict=True)))


_Shape = tuple[type[Base], tuple[str, ...], tuple[str, ...], tuple[int, ...]]
"""A table, its columns that differ from row to row and those that do not, and owners' places."""


@lru_cache(maxsize=512)
def _joined(dialect: Dialect, owners: _Shape, owner: str, owned: _Shape) -> str:
    name = dialect.identifier_preparer.quote(table_of(owners[0]).name)
    return (
        "WITH drawn AS MATERIALIZED ("  # noqa: S608 — our own names
        f"SELECT place, nextval(pg_get_serial_sequence('{name}', 'id')) AS id "
        f"FROM generate_series(0, {len(owners[3]) - 1}) AS place), "
        f"owner AS ({_inserting(dialect, 'id', owners)}), "
        f"owned AS ({_inserting(dialect, owner, owned)}) "
        "SELECT id FROM drawn ORDER BY id"
    )


def _inserting(dialect: Dialect, key: str, shape: _Shape) -> str:
    """Write an INSERT of rows, in their order, that each get the key of their owner."""
    mapped, columns, shared, places = shape
    into, quote = table_of(mapped), dialect.identifier_preparer.quote

    def parameter(column: str) -> str:
        return f"%s::{into.c[column].type.compile(dialect)}"

    names = ", ".join(map(quote, (key, *columns, *shared)))
    row = ", ".join(map(parameter, columns))
    given = ", ".join(f"({turn}, {place}, {row})" for turn, place in enumerate(places))
    listed = ", ".join(("turn", "place", *map(quote, columns)))
    taken = ("drawn.id", *(f"given.{quote(one)}" for one in columns), *map(parameter, shared))
    return (
        f"INSERT INTO {quote(into.name)} ({names}) SELECT {', '.join(taken)} "  # noqa: S608 — our own names
        f"FROM (VALUES {given}) AS given ({listed}) JOIN drawn USING (place) ORDER BY given.turn"
    )
