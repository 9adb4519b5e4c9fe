"""The log of an outbreak: its states, orders, notices, samples and results, the newest first."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.case_counts import CaseEvent
from services.livestock.recording.journal import HAS_CONTENT
from services.storage.models import ControlOrder, Journal, LedgerLeaf, Outbreak, Party
from services.storage.rowsets import keys


class LogEntry(NamedTuple):
    """An event of an outbreak.

    Attributes:
        at: when it was recorded, UTC.
        name, role: of whom it came from; None: the program.
    """

    at: datetime
    type: str
    details: Mapping[str, Any]
    name: str | None
    role: str | None


def log_of(
    session: Session, outbreak: Outbreak, samples: Sequence[CaseEvent], most: int
) -> list[LogEntry]:
    """Return the last events of an outbreak, among them its samples and results."""
    orders = select(ControlOrder.subject_key).where(ControlOrder.outbreak_id == outbreak.id)
    subjects = [outbreak.subject_key, *session.scalars(orders)]
    of_places = [one.journal_id for one in samples[-most:]]
    # Two statements: one of both would read the journal from its end.
    named = session.scalars(
        select(LedgerLeaf.journal_id).where(LedgerLeaf.subject.in_(subjects))
    ).all()
    rows = session.execute(
        select(Journal.type, Journal.recorded_at, Journal.content)
        .where(Journal.id.in_(keys(session, {*named, *of_places} - {None})), HAS_CONTENT)
        .order_by(Journal.id.desc())
        .limit(most)
    ).all()
    records = [json.loads(row.content or b"{}") for row in rows]
    people = _people(session, {one["reporter"] for one in records if "reporter" in one})
    return [
        LogEntry(row.recorded_at, row.type, one.get("details", {}), *_by(people, one))
        for row, one in zip(rows, records, strict=True)
    ]


def _people(session: Session, named: set[str]) -> dict[str, tuple[str | None, str]]:
    rows = session.execute(
        select(Party.public_id, Party.name, Party.role).where(
            Party.public_id.in_([UUID(one) for one in named])
        )
    )
    return {str(row.public_id): (row.name, row.role) for row in rows}


def _by(
    people: Mapping[str, tuple[str | None, str]], record: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    return people.get(record.get("reporter", ""), (None, None))
