"""Officers' acts: each an event, done once, on a day that has come."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.core.errors import Conflict, Invalid
from services.livestock.domain.details import read_details
from services.livestock.domain.model import Act, EventType, Key, Occurred, Report, SecretSubject
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


def act_report(
    kind: EventType,
    act: Act,
    details: Mapping[str, Any],
    subject: SecretSubject,
    premises: Key | None = None,
) -> Report:
    """Make the event of an officer's act.

    Raises:
        Invalid: see `services.livestock.domain.details.read_details`.
    """
    occurred, told = Occurred.on(act.day), read_details(kind, details)
    return Report(act.event_id, kind, (), premises, None, occurred, told, (subject,))


def require_not_after(name: str, day: date, last: date) -> None:
    """Refuse a day that comes too late.

    Raises:
        Invalid: it is after `last`.
    """
    if day > last:
        raise Invalid(f"{name} is too late", {name: [f"must be {last} or before"]})
