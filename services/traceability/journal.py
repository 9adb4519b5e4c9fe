"""Writing events: canonical bytes to the journal, one leaf for each subject to the ledger's outbox.

And reading them back, as the state of an animal sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select

from chain.canonical import (
    canonical_bytes,
    commitment,
    link,
    new_salt,
    public_subject,
    receipt_code,
)
from services.storage.models import Journal, LedgerLeaf
from services.traceability.model import EventType, Key
from services.traceability.rules import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from services.traceability.model import Origin, Report
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
    position: int
    subject: bytes
    salt: bytes
    commitment: bytes


class _Row(NamedTuple):
    report: Report
    content: bytes
    leaves: list[_Leaf]


def write(
    session: Session, reports: Sequence[Report], origin: Origin, known: Known
) -> list[Written]:
    """Write events to the journal and their leaves to the ledger's outbox."""
    rows = [_row(report, origin, known) for report in reports]
    journal_ids = _journal(session, rows, origin)
    _outbox(session, rows, journal_ids, origin)
    return [
        Written(
            row.report,
            journal_ids[row.report.event_id],
            receipt_code(row.leaves[0].commitment),
        )
        for row in rows
    ]


def read_key(text: str) -> Key:
    """Read an identifier as `details` hold it, `scheme:value`."""
    scheme, _, value = text.partition(":")
    return Key(scheme, value)


def write_key(key: Key) -> str:
    """Write an identifier as `details` hold it, always with its scheme."""
    return f"{key.scheme}:{key.value}"


def _row(report: Report, origin: Origin, known: Known) -> _Row:
    """Make an event's canonical bytes and its leaves, each with a salt of its own."""
    named = list(_subjects(report, known))
    subjects = [subject for subject, _, _ in named]
    content = canonical_bytes(
        records.canonical_record(report, origin, subjects, _places(report, known))
    )
    leaves = [
        _Leaf(position, key, salt, commitment(salt, content))
        for position, (_, key, salt) in enumerate(named)
    ]
    return _Row(report, content, leaves)


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


def _journal(session: Session, rows: Sequence[_Row], origin: Origin) -> dict[UUID, int]:
    # Through the connection: the mapper's own work would take half of an import's time.
    session.connection().execute(
        insert(Journal),
        [
            {
                "event_id": row.report.event_id,
                "type": row.report.type.value,
                "occurred_on": row.report.occurred.day,
                "recorded_at": origin.recorded_at,
                "content": row.content,
            }
            for row in rows
        ],
    )
    back = session.execute(
        select(Journal.event_id, Journal.id).where(
            Journal.event_id.in_([row.report.event_id for row in rows])
        )
    )
    return {row.event_id: row.id for row in back}


def _outbox(
    session: Session, rows: Sequence[_Row], journal_ids: Mapping[UUID, int], origin: Origin
) -> None:
    session.connection().execute(
        insert(LedgerLeaf),
        [
            {
                "journal_id": journal_ids[row.report.event_id],
                "waiting_since": origin.recorded_at,
                **leaf._asdict(),
            }
            for row in rows
            for leaf in row.leaves
        ],
    )
