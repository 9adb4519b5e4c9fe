"""Leaves of the database against the chain's records and their content, events against leaves."""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select, true
from sqlalchemy.orm import Session

from chain.ports import Leaf
from chain.verification import subject_of
from services.audit.findings import AuditReport, Difference, Flagged
from services.ledger.batches import batched_size
from services.ledger.journal import gives_commitment, stored_instant
from services.ledger.receipts import ON_CHAIN
from services.storage.models import Animal, Flag, Journal, LedgerBatch, LedgerLeaf

_PARSED = 8_192
_AT_ONCE = 2_000
_NOT_OURS = "not from this database: no restore of it is known"
# Core columns: the ORM would make an object of each row.
_LEAVES, _EVENTS = LedgerLeaf.__table__, Journal.__table__


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
            _LEAVES.c.leaf_index,
            _LEAVES.c.position,
            _LEAVES.c.subject,
            _LEAVES.c.salt,
            _LEAVES.c.commitment,
            _EVENTS.c.content,
        )
        .select_from(_LEAVES)
        .outerjoin(_EVENTS, _EVENTS.c.id == _LEAVES.c.journal_id)
        .where(which),
        execution_options={"yield_per": _AT_ONCE},
    )
    return map(StoredLeaf._make, rows)


def compare_content(stored: StoredLeaf, report: AuditReport) -> None:
    """Compare a leaf's content and salt with its commitment, and its subject with the content's."""
    index = stored.place
    if index in report.excused:
        _compare_erased(stored, index, report)
        return
    if stored.content is None:
        lost = stored.salt is None and stored.position is None
        report.add(
            Difference.CONTENT_LOST if lost else Difference.MISSING_IN_DATABASE,
            index,
            _NOT_OURS if lost and report.original else "its content is not in this database",
        )
        return
    salt, position = stored.salt or b"", stored.position
    if not gives_commitment(stored.content, salt, stored.commitment):
        report.add(Difference.ALTERED, index, "content or salt does not give the commitment")
    elif not isinstance(position, int) or not subject_of(
        _parsed(stored.content), position, salt, stored.subject
    ):
        report.add(Difference.ALTERED, index, "the content names another subject")


def _compare_erased(stored: StoredLeaf, index: int, report: AuditReport) -> None:
    if stored.content is None and stored.salt is None:
        report.erased.append(index)
    else:
        report.add(Difference.NOT_ERASED, index, "an erasure names it, and it is still there")


def compare_waiting(session: Session, which: ColumnElement[bool], report: AuditReport) -> None:
    """Compare and count the leaves that are not on the chain yet, and note the oldest's time."""
    for stored in read_leaves(session, which):
        report.waiting += 1
        compare_content(stored, report)
    # Compare as text, in which instants of one database sort by time.
    oldest = session.scalar(select(func.min(cast(_LEAVES.c.waiting_since, String))).where(which))
    if oldest is not None:
        since = stored_instant(oldest)
        report.waiting_since = min(report.waiting_since or since, since)


def compare_journal(
    session: Session,
    report: AuditReport,
    which: Callable[[ColumnElement[int]], ColumnElement[bool]] = lambda _key: true(),
) -> None:
    """Check that every event has a leaf for each subject, and columns that its content gives.

    `which` returns the condition on a column of the journal's keys that selects events.
    """
    rows = session.execute(_filed(which), execution_options={"yield_per": _AT_ONCE})
    for row in rows:
        record = _parsed(row.content or b"")
        # Of an erased event only the leaves show their number; they are on the chain.
        named = max(_count_subjects(record) if row.content is not None else row.leaves or 0, 1)
        found = (row.leaves, row.positions, row.lowest, row.highest)
        if found != (named, named, 0, named - 1):
            lacks = (row.leaves or 0) < named
            report.add(
                Difference.MISSING_ON_CHAIN if lacks else Difference.ALTERED,
                None,
                f"event {row.event_id} has not one leaf for each of its {named} subjects",
            )
        recorded = _instant(row.recorded_at, record.get("recorded"))
        columns = (_hex(row.event_id), row.type, row.occurred_on, recorded)
        if row.content is not None and columns != _columns_of(record):
            report.add(
                Difference.ALTERED,
                None,
                f"event {row.event_id} is filed as its content does not say",
            )


def _filed(which: Callable[[ColumnElement[int]], ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """Select events as they are filed, with how many leaves each has, and their positions."""
    leaves = (
        select(
            _LEAVES.c.journal_id,
            func.count().label("leaves"),
            func.count(_LEAVES.c.position.distinct()).label("positions"),
            func.min(_LEAVES.c.position).label("lowest"),
            func.max(_LEAVES.c.position).label("highest"),
        )
        .where(which(_LEAVES.c.journal_id))
        .group_by(_LEAVES.c.journal_id)
        .subquery()
    )
    return (
        select(
            # Compare as text: a value of another shape then differs, and raises nothing.
            cast(_EVENTS.c.event_id, String).label("event_id"),
            _EVENTS.c.type,
            cast(_EVENTS.c.occurred_on, String).label("occurred_on"),
            cast(_EVENTS.c.recorded_at, String).label("recorded_at"),
            _EVENTS.c.content,
            leaves.c.leaves,
            leaves.c.positions,
            leaves.c.lowest,
            leaves.c.highest,
        )
        .outerjoin(leaves, leaves.c.journal_id == _EVENTS.c.id)
        .where(which(_EVENTS.c.id))
        .order_by(_EVENTS.c.id)
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


def _instant(text: str, told: object) -> str:
    """Return a stored instant as records write it; `told` is what the record has."""
    if isinstance(told, str) and told == text.replace(" ", "T", 1) + "Z":
        # SQLite's own form; parsing each would take as long as the rest of the audit.
        return told
    try:
        return stored_instant(text)
    except ValueError:
        return text


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


def by_index(session: Session, which: ColumnElement[bool]) -> dict[int, StoredLeaf]:
    """Read leaves that have an index, by it."""
    leaves = read_leaves(session, which)
    return {leaf.place: leaf for leaf in leaves if leaf.place is not None}


def compare_leaf(
    session: Session, index: int, leaf: Leaf, compared: tuple[StoredLeaf | None, AuditReport]
) -> None:
    """Compare one record with its row: as recorded, and content and salt with the commitment.

    `compared` is the row at that index, if there is one, and the report.
    """
    stored, report = compared
    if stored is None or (stored.subject, stored.commitment) != leaf:
        elsewhere = session.scalar(
            select(LedgerLeaf.index).where(
                LedgerLeaf.commitment == leaf.commitment, LedgerLeaf.subject == leaf.subject
            )
        )
        if elsewhere is not None:
            report.add(Difference.REORDERED, index, f"the database has it at {elsewhere}")
        elif stored is None:
            report.add(Difference.MISSING_IN_DATABASE, index, "no row for it")
        else:
            report.add(Difference.ALTERED, index, "subject or commitment is not the chain's")
    else:
        compare_content(stored, report)


def compare_claims(
    session: Session, size: int, which: ColumnElement[bool], report: AuditReport
) -> None:
    """Look for batches that the database calls recorded and the chain does not have.

    `size` is the chain's, read after the session began; `which` selects batches.
    """
    claimed = and_(LedgerBatch.state.in_(ON_CHAIN), LedgerBatch.size > size)
    for row in session.scalars(select(LedgerBatch).where(claimed, which)):
        report.add(
            Difference.MISSING_ON_CHAIN,
            row.first,
            f"batch up to {row.size} is not on the chain",
        )


def compare_indexes(session: Session, report: AuditReport) -> None:
    """Look for leaves whose index no batch gave: they would wait for ever, and look recorded."""
    beyond = or_(LedgerLeaf.index < 0, LedgerLeaf.index >= batched_size(session))
    for index in session.scalars(select(LedgerLeaf.index).where(beyond)):
        report.add(Difference.ALTERED, None, f"a leaf has the index {index}, which no batch gave")


def on_the_way(report: AuditReport) -> ColumnElement[bool]:
    """Select the leaves that were not on the chain when the audit began."""
    return or_(LedgerLeaf.index.is_(None), LedgerLeaf.index >= report.size)


def holds(leaves: ColumnElement[bool]) -> ColumnElement[bool]:
    """Select the batches that hold one of some leaves."""
    within = and_(LedgerLeaf.index >= LedgerBatch.first, LedgerLeaf.index < LedgerBatch.size)
    return select(LedgerLeaf.id).where(leaves, within).exists()
