"""Erasures of the journal: the content that they name as gone, and their right to name it.

An erasure names one record of the same subject that came before it and is no erasure itself. One
that names anything else excuses nothing: what it would excuse is missing. What is left of an
erased event, its id, type and times, must be what its erasures commit to.
"""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session, aliased

from chain.errors import CanonicalError
from services.audit.findings import AuditReport, Difference
from services.ledger.content_erasure import ERASURE, ErasedEvent, commit_to_erased
from services.storage.models import Erasure, Journal, LedgerLeaf
from services.storage.rowsets import keys


class _Act(NamedTuple):
    """An erasure: its row, its own leaf, the index that it names and its link to what is left."""

    journal_id: int
    place: int | None
    subject: bytes | None
    salt: bytes | None
    named: int
    left: object


class _Named(NamedTuple):
    """A leaf that an erasure names, and its event."""

    subject: bytes
    journal_id: int | None
    left: ErasedEvent


def compare_erasures(session: Session, report: AuditReport, subject: bytes | None = None) -> None:
    """Note which records erasures excuse, of one subject or of all; report those that may not.

    It comes before the records are compared: `report.excused` is what they are compared with.
    """
    acts = list(_acts(session, report, subject))
    named = dict(_leaves(session, {act.named for act in acts}))
    rows = set()
    for act in acts:
        leaf = named.get(act.named)
        if leaf is None or not _may(act, leaf):
            told = f"an erasure names {act.named}, which it may not"
            report.add(Difference.ALTERED, act.place, told)
            continue
        rows.add((act.named, leaf.journal_id, act.journal_id))
        report.excused.add(act.named)
        if not _commits(act, leaf.left):
            told = f"what is left of event {leaf.left.event_id} is not what its erasure commits to"
            report.add(Difference.ALTERED, act.named, told)
    for index, _, _ in rows ^ _rows(session, subject):
        report.add(Difference.ALTERED, index, "the row of its erasure is not what the event says")


def _acts(session: Session, report: AuditReport, subject: bytes | None) -> Iterator[_Act]:
    wanted = (
        select(
            Journal.id,
            Journal.content,
            LedgerLeaf.index.label("place"),
            LedgerLeaf.subject,
            LedgerLeaf.salt,
        )
        .outerjoin(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.type == ERASURE)
        .order_by(Journal.id)
    )
    if subject is not None:
        wanted = wanted.where(LedgerLeaf.subject == subject)
    for row in session.execute(wanted):
        try:
            details = json.loads(row.content or b"")["details"]
            (named,) = details["erased"]
            act = _Act(row.id, row.place, row.subject, row.salt, int(named), details["left"])
        except (LookupError, TypeError, ValueError, RecursionError):
            report.add(Difference.ALTERED, row.place, "an erasure names no record")
        else:
            yield act


def _leaves(session: Session, indexes: Iterable[int]) -> Iterator[tuple[int, _Named]]:
    rows = session.execute(
        select(
            LedgerLeaf.index.label("place"),
            LedgerLeaf.subject,
            LedgerLeaf.journal_id,
            # Compare as text: a value of another shape then differs, and raises nothing.
            cast(Journal.event_id, String).label("event_id"),
            Journal.type,
            cast(Journal.occurred_on, String).label("occurred_on"),
            cast(Journal.recorded_at, String).label("recorded_at"),
        )
        .outerjoin(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.index.in_(keys(session, indexes)))
    )
    for place, subject, journal_id, *left in rows:
        yield int(place or 0), _Named(subject, journal_id, ErasedEvent(*left))


def _may(act: _Act, leaf: _Named) -> bool:
    came_before = act.place is None or act.named < act.place
    return came_before and act.subject == leaf.subject and leaf.left.type != ERASURE


def _commits(act: _Act, left: ErasedEvent) -> bool:
    try:
        return act.left == commit_to_erased(act.salt or b"", left)
    except (AttributeError, CanonicalError, TypeError, ValueError):
        return False


def _rows(session: Session, subject: bytes | None) -> set[tuple[int, int | None, int]]:
    wanted = select(Erasure.index.label("place"), Erasure.journal_id, Erasure.erased_by_id)
    if subject is not None:
        erased = aliased(LedgerLeaf)
        wanted = wanted.join(erased, erased.index == Erasure.index).where(erased.subject == subject)
    return {(row.place, row.journal_id, row.erased_by_id) for row in session.execute(wanted)}
