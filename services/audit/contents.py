"""What the database says by itself: content against commitment, journal against leaves, flags."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, cast, func, select

from chain.canonical import HASH_BYTES, commitment
from chain.verification import subject_of
from services.audit.findings import AuditReport, Difference, Flagged
from services.storage.models import Animal, Flag, Journal, LedgerLeaf
from services.storage.records import instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

_PARSED = 8_192
_AT_ONCE = 2_000


class StoredLeaf(NamedTuple):
    """A leaf as the database has it, with its content. `place` is its index, if it has one."""

    place: int | None
    position: int | None
    subject: bytes
    salt: bytes | None
    commitment: bytes
    content: bytes | None


def read_leaves(session: Session, which: ColumnElement[bool]) -> Iterator[StoredLeaf]:
    """Read leaves with their content, a few thousand at a time."""
    rows = session.execute(
        select(
            LedgerLeaf.index.label("place"),
            LedgerLeaf.position,
            LedgerLeaf.subject,
            LedgerLeaf.salt,
            LedgerLeaf.commitment,
            Journal.content,
        )
        .outerjoin(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(which),
        execution_options={"yield_per": _AT_ONCE},
    )
    return map(StoredLeaf._make, rows)


def compare_content(stored: StoredLeaf, report: AuditReport) -> None:
    """Compare a leaf's content and salt with its commitment, and its subject with the content's."""
    index = stored.place
    if stored.content is None:
        lost = stored.salt is None and stored.position is None
        report.add(
            Difference.CONTENT_LOST if lost else Difference.MISSING_IN_DATABASE,
            index,
            "its content is not in this database",
        )
        return
    salt, position = stored.salt or b"", stored.position
    if len(salt) != HASH_BYTES or commitment(salt, stored.content) != stored.commitment:
        report.add(Difference.ALTERED, index, "content or salt does not give the commitment")
    elif not isinstance(position, int) or not subject_of(
        _parsed(stored.content), position, salt, stored.subject
    ):
        report.add(Difference.ALTERED, index, "the content names another subject")


def compare_waiting(session: Session, which: ColumnElement[bool], report: AuditReport) -> None:
    """Compare and count the leaves that are not on the chain yet."""
    for stored in read_leaves(session, which):
        report.waiting += 1
        compare_content(stored, report)


def compare_journal(session: Session, report: AuditReport) -> None:
    """Check that every event has a leaf for each subject, and columns that its content gives."""
    leaves = (
        select(
            LedgerLeaf.journal_id,
            func.count().label("leaves"),
            func.count(LedgerLeaf.position.distinct()).label("positions"),
            func.min(LedgerLeaf.position).label("lowest"),
            func.max(LedgerLeaf.position).label("highest"),
        )
        .group_by(LedgerLeaf.journal_id)
        .subquery()
    )
    rows = session.execute(
        select(
            # As text, so that a value of another shape is compared, not stumbled over.
            cast(Journal.event_id, String).label("event_id"),
            Journal.type,
            cast(Journal.occurred_on, String).label("occurred_on"),
            cast(Journal.recorded_at, String).label("recorded_at"),
            Journal.content,
            leaves.c.leaves,
            leaves.c.positions,
            leaves.c.lowest,
            leaves.c.highest,
        )
        .outerjoin(leaves, leaves.c.journal_id == Journal.id)
        .order_by(Journal.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    for row in rows:
        record = _parsed(row.content)
        named = max(_count_subjects(record), 1)
        found = (row.leaves, row.positions, row.lowest, row.highest)
        if found != (named, named, 0, named - 1):
            lacks = (row.leaves or 0) < named
            report.add(
                Difference.MISSING_ON_CHAIN if lacks else Difference.ALTERED,
                None,
                f"event {row.event_id} has not one leaf for each of its {named} subjects",
            )
        columns = (_hex(row.event_id), row.type, row.occurred_on, _instant(row.recorded_at))
        if columns != _columns_of(record):
            report.add(
                Difference.ALTERED,
                None,
                f"event {row.event_id} is filed as its content does not say",
            )


def read_flags(session: Session, subject: bytes | None = None) -> list[Flagged]:
    """Read what a person should look at, of one subject or of all."""
    query = (
        select(Flag.code, cast(Journal.event_id, String), Animal.scheme, Animal.value)
        .join(Journal, Journal.id == Flag.journal_id)
        .join(Animal, Animal.id == Flag.animal_id)
        .order_by(Flag.journal_id)
    )
    if subject is not None:
        events = select(LedgerLeaf.journal_id).where(LedgerLeaf.subject == subject)
        query = query.where(Flag.journal_id.in_(events))
    return [
        Flagged(code, event, f"{scheme}:{value}")
        for code, event, scheme, value in session.execute(query)
    ]


def _columns_of(record: dict[str, Any]) -> tuple[object, ...]:
    try:
        occurred = record["occurred"]["at"][:10]
        return _hex(record["event"]), record["type"], occurred, record["recorded"]
    except (AttributeError, KeyError, TypeError):
        return ()


def _instant(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _hex(event_id: str) -> str:
    return event_id.replace("-", "")


def _count_subjects(record: dict[str, Any]) -> int:
    subjects = record.get("subjects")
    return len(subjects) if isinstance(subjects, list) else 0


@lru_cache(_PARSED)
def _parsed(content: bytes) -> dict[str, Any]:
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
