"""Rows that the program hands to a statement to join with, on both databases.

Any number of rows is one parameter of one statement, whose plan the database keeps.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    LargeBinary,
    Select,
    String,
    Uuid,
    cast,
    column,
    func,
    select,
    true,
)
from sqlalchemy import literal as bound
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

_FEW = 4
_TYPES: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "first": Date(),
    "last": Date(),
    "one": String(),
    "other": String(),
}


def spans(session: Session, rows: Sequence[tuple[int, date, date]]) -> FromClause:
    """Return rows of `id`, `first`, `last`: a database key and a span of days."""
    return _rows(session, ("id", "first", "last"), rows)


def keys(session: Session, ids: Iterable[int | None]) -> Select[Any] | list[int | None]:
    """Return database keys for `in_`: a few as they are, more as a subquery."""
    wanted = list(ids)
    # Making the subquery takes longer than a text's few rows take to be found.
    if len(wanted) <= _FEW:
        return wanted
    table = _rows(session, ("id",), [(one,) for one in wanted])
    return select(table.c.id)


def texts(session: Session, wanted: Iterable[str]) -> Select[Any] | list[str]:
    """Return texts for `in_`: a few as they are, more as a subquery."""
    found = list(wanted)
    if len(found) <= _FEW:
        return found
    table = _rows(session, ("one",), [(one,) for one in found])
    return select(table.c.one)


def public_ids(session: Session, ids: Iterable[UUID]) -> Select[Any] | list[UUID]:
    """Return some thousand public ids for `in_`: as they are on SQLite, else as a subquery."""
    found = list(ids)
    if len(found) <= _FEW or _is_sqlite(session):
        return found
    return select(cast(_split(one.hex for one in found), Uuid))


def digests(session: Session, wanted: Iterable[bytes]) -> Select[Any] | list[bytes]:
    """Return some thousand links or indexes for `in_`: see `public_ids`."""
    found = list(wanted)
    if len(found) <= _FEW or _is_sqlite(session):
        return found
    return select(func.decode(_split(one.hex() for one in found), "hex", type_=LargeBinary))


def pairs(session: Session, rows: Iterable[tuple[str, str]]) -> Select[Any] | list[tuple[str, str]]:
    """Return pairs of texts for `tuple_(…).in_`: a few as they are, more as a subquery."""
    # The driver takes lists of one type alone, and a scheme may be an enumeration's member.
    wanted = [(str(one), str(other)) for one, other in rows]
    if len(wanted) <= _FEW:
        return wanted
    table = _rows(session, ("one", "other"), wanted)
    return select(table.c.one, table.c.other)


def for_each(session: Session, table: FromClause, found: Select[Any]) -> Select[Any]:
    """Return what a statement finds for each row of a rowset that its conditions name.

    PostgreSQL cannot know how few rows that is, and might read a whole table to join them; a
    lateral query with OFFSET is carried out row by row, along its index. SQLite does so anyway.
    """
    if _is_sqlite(session):
        return found
    each = found.offset(0).lateral()
    return select(*each.c).select_from(table.join(each, true()))


def for_each_row(
    session: Session, table: FromClause, found: Iterable[Select[Any]]
) -> list[Select[Any]]:
    """Return what several statements find for each row of a rowset: see `for_each`."""
    return [for_each(session, table, one) for one in found]


def _rows(session: Session, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> FromClause:
    if _is_sqlite(session):
        return _from_json(names, rows)
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    arrays = [
        bound(list(values), ARRAY(_TYPES[name]))
        for name, values in zip(names, columns, strict=True)
    ]
    typed = [column(name, _TYPES[name]) for name in names]
    return func.unnest(*arrays).table_valued(*typed).render_derived()


def _split(values: Iterable[str]) -> ColumnElement[str]:
    """Return texts without commas, a row each: as one text, because the driver's lists are slow."""
    return func.unnest(func.string_to_array(bound(",".join(values)), ","), type_=String)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _from_json(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> FromClause:
    table = func.json_each(json.dumps(rows, default=str)).table_valued("value")
    fields: list[ColumnElement[Any]] = [
        func.json_extract(table.c.value, f"$[{place}]", type_=_TYPES[name]).label(name)
        for place, name in enumerate(names)
    ]
    # As a subquery it would be read out of the JSON anew for each row that it is compared with.
    return select(*fields).select_from(table).cte().prefix_with("MATERIALIZED")
