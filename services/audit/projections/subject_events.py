"""The events of one type that are about some secret subjects, as records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import EventType
from services.storage.models import Journal, LedgerLeaf


class SubjectEvent(NamedTuple):
    """An event: its key in the journal, and its record."""

    journal_id: int
    record: Mapping[str, Any]

    @property
    def details(self) -> Mapping[str, Any]:
        """Details of its type."""
        details: Mapping[str, Any] = self.record["details"]
        return details

    @property
    def at(self) -> datetime:
        """Time of recording, UTC."""
        return datetime.fromisoformat(self.record["recorded"])

    def place(self, role: str) -> UUID:
        """Return the public id of the premises in a role."""
        return UUID(self.record[role]["premises"])

    def date(self, name: str) -> date | None:
        """Return a day of its details, None where it tells none."""
        text = self.details.get(name)
        return date.fromisoformat(text) if text is not None else None


class _Row(NamedTuple):
    """An event as the journal has it; `content` is None once it is erased."""

    subject: bytes
    journal_id: int
    content: bytes | None


def day_of(event: SubjectEvent) -> date:
    """Return the local day that an event claims."""
    return date.fromisoformat(event.record["occurred"]["at"][:10])


def read_subject_events(
    session: Session, rows: Sequence[Any], kind: EventType
) -> Mapping[bytes, Sequence[SubjectEvent] | None]:
    """Read the events of a type about some rows, by `subject_key`, in the journal's order.

    None where the content of one is erased.
    """
    found: dict[bytes, list[SubjectEvent] | None] = {row.subject_key: [] for row in rows}
    events = session.execute(
        select(LedgerLeaf.subject, Journal.id, Journal.content)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.subject.in_(found), Journal.type == kind)
        .order_by(Journal.id)
    )
    for event in map(_Row._make, events):
        known = found[event.subject]
        if event.content is None:
            found[event.subject] = None
        elif known is not None:
            known.append(SubjectEvent(event.journal_id, json.loads(event.content)))
    return found
