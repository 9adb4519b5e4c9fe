"""Writing events of livestock: one leaf for each subject, and their canonical records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes, link, new_salt, public_subject
from services.ledger.journal import Entry, Filed, write_entries
from services.ledger.record_head import name_public
from services.livestock.domain import canonical_record
from services.livestock.domain.model import EventType, Key, Origin, Report, read_key
from services.livestock.recording.identity import AnimalRef, PremisesRef
from services.storage.models import Journal

OURS = Journal.type.in_([kind.value for kind in EventType])
"""The journal also holds erasures, and approvals of health programmes."""

IS_TOLD = Journal.content.is_not(None)
"""What an event told may be erased: see `services.ledger.content_erasure`."""

_PLACES: Mapping[EventType, tuple[str, str]] = {
    EventType.DEPART: ("from", "to"),
    EventType.ARRIVE: ("at", "from"),
    EventType.PERMIT: ("from", "to"),
    EventType.DECISION: ("from", "to"),
}


class ResolvedReferences(NamedTuple):
    """The animals and premises that reports name, as the database knows them."""

    animals: Mapping[Key, AnimalRef]
    premises: Mapping[Key, PremisesRef]


class Written(NamedTuple):
    """A report in the journal."""

    report: Report
    journal_id: int
    receipt: str


def write(
    session: Session, reports: Sequence[Report], origin: Origin, known: ResolvedReferences
) -> list[Written]:
    """Write events to the journal and their leaves to the ledger's outbox."""
    entries = [_entry(report, origin, known) for report in reports]
    placed = write_entries(session, entries, origin.recorded_at)
    return [
        Written(report, journal_id, receipt)
        for report, (journal_id, receipt) in zip(reports, placed, strict=True)
    ]


def _entry(report: Report, origin: Origin, known: ResolvedReferences) -> Entry:
    """Make an event's canonical bytes; each of its leaves has a salt of its own."""
    named = list(_subjects(report, known))
    subjects = [subject for subject, _ in named]
    content = canonical_bytes(
        canonical_record.canonical_record(report, origin, subjects, _places(report, known))
    )
    filed = [leaf for _, leaf in named]
    return Entry(report.event_id, report.type.value, report.occurred.day, content, filed)


def _subjects(report: Report, known: ResolvedReferences) -> Iterator[tuple[dict[str, str], Filed]]:
    animals = {known.animals[key].key: known.animals[key].kind for key in report.animals}
    if report.type is EventType.RETAG:
        # Who holds the new tag finds the leaf that names the old one.
        animals.setdefault(read_key(report.details["new"]), next(iter(animals.values())))
    for key, kind in animals.items():
        yield name_public(kind, *key), Filed(public_subject(*key), new_salt())
    if report.premises:
        place = known.premises[report.premises]
        yield _secret("premises", place.public_id, place.subject_key)
    for matter in report.matters:
        yield _secret(matter.kind, matter.public_id, matter.subject_key)


def _secret(kind: str, public_id: UUID, key: bytes) -> tuple[dict[str, str], Filed]:
    salt = new_salt()
    return canonical_record.name_secret(kind, public_id, link(salt, key)), Filed(key, salt)


def _places(report: Report, known: ResolvedReferences) -> dict[str, dict[str, str]]:
    near, far = _PLACES.get(report.type, ("at", "to"))
    return {
        role: {"premises": str(known.premises[key].public_id), "number": str(key)}
        for role, key in ((near, report.premises), (far, report.other))
        if key is not None
    }
