"""Writing events: canonical bytes to the journal, one leaf for each subject to the ledger's outbox.

And reading them back, as the state of an animal sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chain.canonical import (
    canonical_bytes,
    commitment,
    link,
    new_salt,
    public_subject,
    receipt_code,
)
from services.storage.bulk import draw_keys, insert_rows
from services.storage.models import Journal, LedgerLeaf
from services.traceability.model import EventType, read_key
from services.traceability.rules import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from services.traceability.model import Key, Origin, Report
    from services.traceability.registry import AnimalRef, PremisesRef

_PLACES: Mapping[EventType, tuple[str, str]] = {
    EventType.DEPART: ("from", "to"),
    EventType.ARRIVE: ("at", "from"),
    EventType.PERMIT: ("from", "to"),
    EventType.DECISION: ("from", "to"),
}


class Known(NamedTuple):
    """The animals and premises that reports name, as the database knows them."""

    animals: Mapping[Key, AnimalRef]
    premises: Mapping[Key, PremisesRef]


class Written(NamedTuple):
    """A report in the journal."""

    report: Report
    journal_id: int
    receipt: str


class _Leaf(NamedTuple):
    journal_id: int
    position: int
    subject: bytes
    salt: bytes
    commitment: bytes


class _Row(NamedTuple):
    id: int
    event_id: UUID
    type: str
    occurred_on: date
    content: bytes


def write(
    session: Session, reports: Sequence[Report], origin: Origin, known: Known
) -> list[Written]:
    """Write events to the journal and their leaves to the ledger's outbox."""
    written, rows, outbox = [], [], []
    for key, report in zip(draw_keys(session, Journal, len(reports)), reports, strict=True):
        row, leaves = _make(key, report, origin, known)
        rows.append(row)
        outbox += leaves
        written.append(Written(report, key, receipt_code(leaves[0].commitment)))
    insert_rows(session, Journal, _Row._fields, rows, recorded_at=origin.recorded_at)
    insert_rows(session, LedgerLeaf, _Leaf._fields, outbox, waiting_since=origin.recorded_at)
    return written


def _make(key: int, report: Report, origin: Origin, known: Known) -> tuple[_Row, list[_Leaf]]:
    """Make an event's canonical bytes and its leaves, each with a salt of its own."""
    named = list(_subjects(report, known))
    subjects = [subject for subject, _, _ in named]
    content = canonical_bytes(
        records.canonical_record(report, origin, subjects, _places(report, known))
    )
    leaves = [
        _Leaf(key, position, subject, salt, commitment(salt, content))
        for position, (_, subject, salt) in enumerate(named)
    ]
    return _Row(key, report.event_id, report.type.value, report.occurred.day, content), leaves


def _subjects(report: Report, known: Known) -> Iterator[tuple[dict[str, str], bytes, bytes]]:
    animals = {known.animals[key].key: known.animals[key].kind for key in report.animals}
    if report.type is EventType.RETAG:
        # Who holds the new tag finds the leaf that names the old one.
        animals.setdefault(read_key(report.details["new"]), next(iter(animals.values())))
    for key, kind in animals.items():
        yield records.name_public(kind, key), public_subject(*key), new_salt()
    if report.premises:
        place = known.premises[report.premises]
        yield _secret("premises", place.public_id, place.subject_key)
    for matter in report.matters:
        yield _secret(matter.kind, matter.public_id, matter.subject_key)


def _secret(kind: str, public_id: UUID, key: bytes) -> tuple[dict[str, str], bytes, bytes]:
    salt = new_salt()
    return records.name_secret(kind, public_id, link(salt, key)), key, salt


def _places(report: Report, known: Known) -> dict[str, dict[str, str]]:
    near, far = _PLACES.get(report.type, ("at", "to"))
    return {
        role: {"premises": str(known.premises[key].public_id), "number": str(key)}
        for role, key in ((near, report.premises), (far, report.other))
        if key is not None
    }
