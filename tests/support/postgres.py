"""Databases of their own for tests, on the server that BILUM_TEST_POSTGRES_URL names."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, make_url, text

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def fresh_database(server_url: str, source: str | None = None) -> Iterator[str]:
    """Create a database, give its URL, and drop it afterwards with whoever still uses it.

    Args:
        server_url: of any database on the server.
        source: URL of the database whose content it gets, to which nobody is connected.
    """
    template = make_url(source).database if source else "template0"
    name = f"bilum_test_{secrets.token_hex(6)}"
    _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def overwrite_database(server_url: str, url: str, source: str) -> None:
    """Drop a database and put a copy of another in its place; nobody is connected to either."""
    name, template = make_url(url).database, make_url(source).database
    _execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')
    _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _execute(server_url: str, statement: str) -> None:
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
