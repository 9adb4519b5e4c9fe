"""Checks of officers' acts: done once, on a day that has come."""

from __future__ import annotations

from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.core.errors import Conflict, Invalid
from services.storage.locks import require_one_writer
from services.storage.models import Journal

Row = TypeVar("Row")


def recorded_key(session: Session, event: UUID) -> int | None:
    """Wait for other writers; return the journal key of an event that is recorded already."""
    require_one_writer(session)
    return session.scalar(select(Journal.id).where(Journal.event_id == event))


def row_made_by(session: Session, table: type[Row], which: ColumnElement[bool]) -> Row:
    """Return the row that an event made which is recorded already.

    Raises:
        Conflict: the event made something else.
    """
    row = session.scalars(select(table).where(which)).first()
    if row is None:
        raise Conflict("The same event id was used for something else: choose another key")
    return row


def require_not_after(name: str, day: date, last: date) -> None:
    """Refuse a day that comes too late.

    Raises:
        Invalid: it is after `last`.
    """
    if day > last:
        raise Invalid(f"{name} is too late", {name: [f"must be {last} or before"]})
