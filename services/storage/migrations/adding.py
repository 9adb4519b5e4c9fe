"""Operations of steps that programs go on beside."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import by_time

WAIT_SHORTLY = "SET lock_timeout TO '2s'"
"""Whoever comes after a step that waits for a lock waits behind it."""


def create_index(
    name: str, table: str, columns: Sequence[str], where: str | None = None, *, timed: bool = False
) -> None:
    """Create an index, for rows of a condition alone if there is one; writers go on meanwhile.

    On PostgreSQL what the step did before is committed first. Broken off, it begins anew. See
    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY

    Args:
        timed: see `services.storage.models.base.by_time`.
    """
    condition = None if where is None else sa.text(where)
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, columns, sqlite_where=condition)
        return
    manner = by_time(*columns) if timed else {}
    with op.get_context().autocommit_block():
        # It lets writers pass while it waits for those who began before it.
        op.execute("SET lock_timeout TO 0")
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            table,
            columns,
            postgresql_where=condition,
            postgresql_concurrently=True,
            **manner,
        )
        op.execute(WAIT_SHORTLY)


def drop_index(name: str, table: str) -> None:
    """Drop an index, once another serves its statements; readers and writers go on meanwhile."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(name, table)
        return
    with op.get_context().autocommit_block():
        # It waits for those who began before it.
        op.execute("SET lock_timeout TO 0")
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.execute(WAIT_SHORTLY)
