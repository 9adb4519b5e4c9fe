"""INSERT with ON CONFLICT: both databases have it, SQLAlchemy one construct for each."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.storage.models import Base, Counter


def upsert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that may say `on_conflict_…`, for the session's database."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if on_sqlite else postgresql.insert(table)


def advance_counter(session: Session, name: str, count: int = 1, *, since: int = 0) -> int:
    """Advance a counter and return its value; a new one begins after `since`."""
    drawn = session.scalar(
        upsert(session, Counter)
        .values(name=name, value=since + count)
        .on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + count})
        .returning(Counter.value)
    )
    return drawn or 0
