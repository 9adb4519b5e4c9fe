"""Statements that a piece of work sends to PostgreSQL or SQLite, counted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Engine, event

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def counted() -> Iterator[list[str]]:
    """Yield the list of the statements that any engine sends meanwhile, pings and COPY too.

    What opens and ends the transaction is not among them.
    """
    sent: list[str] = []

    def on_sqlite(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if connection.dialect.name == "sqlite" and not statement.startswith("BEGIN"):
            sent.append(statement)

    def noting(method: Any) -> Any:
        def note(cursor: object, query: object, *args: object, **kwargs: object) -> object:
            sent.append(str(query))
            return method(cursor, query, *args, **kwargs)

        return note

    cursor = psycopg.Cursor
    kept = {name: getattr(cursor, name) for name in ("execute", "executemany", "copy")}
    event.listen(Engine, "before_cursor_execute", on_sqlite)
    for name, method in kept.items():
        setattr(cursor, name, noting(method))
    try:
        yield sent
    finally:
        for name, method in kept.items():
            setattr(cursor, name, method)
        event.remove(Engine, "before_cursor_execute", on_sqlite)
