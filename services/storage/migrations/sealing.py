"""Columns that an upgrade seals, with the rows that are there.

All of it happens in the upgrade's one transaction: broken off, it has not begun.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from alembic import op

from services.storage.vault import SealedValue, Vault

CHUNK_ROWS = 2_000


def upgrading_vault() -> Vault:
    """Return the vault of the database that is upgraded."""
    return cast("Vault", op.get_bind().dialect.bilum_vault)  # type: ignore[attr-defined]


def seal_columns(table: str, types: Mapping[str, SealedValue[Any]]) -> None:
    """Make columns in clear sealed ones, by name; a table's key is `id`."""
    with op.batch_alter_table(table) as batch:
        for name in types:
            as_bytes = f"convert_to({name}::text, 'UTF8')"
            batch.alter_column(name, type_=sa.LargeBinary(), postgresql_using=as_bytes)
    vault = upgrading_vault()

    def sealed(row: Sequence[Any]) -> Sequence[Any]:
        return [
            None if value is None else vault.seal(kind.filled(bytes(value)))
            for kind, value in zip(types.values(), row, strict=True)
        ]

    rewrite_rows(table, list(types), sealed)
    write_anew(table, next(iter(types)), "bytea")


def seal_new_column(
    table: str, name: str, kind: SealedValue[Any], taken_from: str, which: str
) -> None:
    """Move texts in clear from one column to a new sealed one, in the rows of an SQL condition."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    as_bytes = f"convert_to({taken_from}, 'UTF8')" if postgresql else f"CAST({taken_from} AS BLOB)"
    moved = f"{name} = {as_bytes}, {taken_from} = NULL"
    op.execute(f"UPDATE {table} SET {moved} WHERE {which}")  # noqa: S608 — our own names
    vault = upgrading_vault()

    def sealed(row: Sequence[Any]) -> Sequence[Any]:
        return [vault.seal(kind.filled(bytes(value))) for value in row]

    rewrite_rows(table, [name], sealed)
    write_anew(table, name, "bytea")


def write_anew(table: str, name: str, kind: str) -> None:
    """Write a table's file anew by one of its columns: what was overwritten would lie in it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ALTER {name} TYPE {kind} USING {name} || ''::{kind}")


def rewrite_rows(
    table: str, columns: Sequence[str], change: Callable[[Sequence[Any]], Sequence[Any]]
) -> None:
    """Change columns of binary values in every row that has any, a few thousand at a time."""
    connection = op.get_bind()
    key: sa.ColumnClause[int] = sa.column("id")
    stored = sa.table(table, key, *(sa.column(name, sa.LargeBinary()) for name in columns))
    any_value = sa.or_(*(stored.c[name].is_not(None) for name in columns))
    wanted = sa.select(stored).where(any_value).order_by(key).limit(CHUNK_ROWS)
    statement = (
        sa.update(stored)
        .where(key == sa.bindparam("key"))
        .values({name: sa.bindparam(f"new_{name}", type_=sa.LargeBinary()) for name in columns})
    )
    last: int | None = None
    while True:
        some = wanted if last is None else wanted.where(key > last)
        rows = connection.execute(some).all()
        if not rows:
            return
        changed = [
            {"key": row[0]}
            | {f"new_{name}": value for name, value in zip(columns, change(row[1:]), strict=True)}
            for row in rows
        ]
        connection.execute(statement, changed)
        last = rows[-1][0]
