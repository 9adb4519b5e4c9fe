"""The one lock of PostgreSQL's that makes it write as SQLite does: one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# The number is this lock's name among PostgreSQL's advisory locks.
_LOCK = text("SELECT pg_advisory_xact_lock(7244021)")


def one_writer(session: Session) -> None:
    """Wait until no other transaction writes events, parties, premises or numbers.

    The journal's order is then the order of commits, and what is looked up next cannot be made
    twice. Held until the transaction ends. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK)
