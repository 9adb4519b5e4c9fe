"""Many rows at once: their keys drawn beforehand, and inserts without work for each single row."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, insert, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, Dialect, Table
    from sqlalchemy.orm import Session

    from services.storage.models import Base


def draw_keys(session: Session, table: type[Base], count: int) -> Sequence[int]:
    """Draw primary keys, ascending, for rows of `table` that this transaction inserts next.

    Args:
        session: an open writing session.
        table: one whose key `id` the database would give.
        count: how many.
    """
    key = _table(table).c.id
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
    **shared: object,
) -> None:
    """Insert rows as the database's driver takes them; no default is filled in.

    The library's own work on each row would take a third of an import's time.

    Args:
        session: an open writing session.
        table: where to.
        columns: names of the columns that differ from row to row.
        rows: a value for each of `columns`.
        shared: what all rows have in the columns named so.
    """
    if not rows:
        return
    into, connection = _table(table), session.connection()
    given = dict(zip(columns, zip(*rows, strict=True), strict=True))
    ready = {name: _converted(into.c[name], given[name], connection.dialect) for name in given}
    for name, value in shared.items():
        (same,) = _converted(into.c[name], [value], connection.dialect)
        ready[name] = repeat(same, len(rows))
    statement = insert(into).compile(dialect=connection.dialect, column_keys=list(ready))
    order = statement.positiontup or list(ready)
    values = zip(*(ready[name] for name in order), strict=True)
    connection.exec_driver_sql(
        str(statement),
        list(values)
        if statement.positional
        else [dict(zip(order, row, strict=True)) for row in values],
    )


def _converted(
    column: Column[object], values: Iterable[object], dialect: Dialect
) -> Iterable[object]:
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    return map(convert, values) if convert else values


def _table(mapped: type[Base]) -> Table:
    return cast("Table", mapped.__table__)
