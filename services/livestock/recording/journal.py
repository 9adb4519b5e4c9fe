"""Events of livestock as journal rows: canonical records, one leaf for each subject."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from chain.canonical import canonical_bytes, link, new_salt, public_subject
from services.ledger.journal import (
    JournalEntry,
    RecordHead,
    SaltedSubject,
    begin_record,
    name_public,
    write_entries,
)
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    Key,
    Origin,
    Report,
    ResolvedReferences,
    read_key,
)
from services.storage.models import Correction, Journal

OURS = Journal.type.in_([kind.value for kind in EventType])
"""The journal also holds erasures, and approvals of health programmes."""

HAS_CONTENT = Journal.content.is_not(None)
"""An event's content may be erased: see `services.ledger.content_erasure`."""

EVIDENCE = "evidence"
"""Standing in the record of a report whose sender may not say so; other records have none."""

_BY = aliased(Journal)
NOT_EVIDENCE = ~exists().where(
    Correction.journal_id == Journal.id,
    Correction.corrected_by_id == _BY.id,
    _BY.type != EventType.VOID.value,
)
"""Leaves out evidence that nobody agreed with; events that were declared wrong stay."""

_PLACES: Mapping[EventType, tuple[str, str]] = {
    EventType.DEPART: ("from", "to"),
    EventType.ARRIVE: ("at", "from"),
    EventType.PERMIT: ("from", "to"),
    EventType.DECISION: ("from", "to"),
}


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


def canonical_record(
    report: Report,
    origin: Origin,
    subjects: Sequence[Mapping[str, str]],
    places: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Build the canonical record of an event: no name, phone, free text or point.

    Args:
        subjects: one for each leaf, in leaf order.
        places: `at`, `from` or `to` -> public id and number of the premises.
    """
    head = RecordHead(
        report.event_id,
        report.type.value,
        report.occurred.text,
        report.occurred.precision.value,
        report.occurred.zone,
        origin.recorded_at,
        origin.channel,
        origin.reporter,
    )
    told = EVIDENCE if report.evidence else report.standing
    standing = {"standing": str(told)} if told else {}
    return {**begin_record(head, subjects, report.details), **places, **standing}


def name_secret(kind: str, public_id: UUID, link: str) -> dict[str, str]:
    """Name premises, a permit, an order or an outbreak.

    The ledger key shows only to a holder of this leaf's salt.
    """
    return {"kind": kind, "id": str(public_id), "link": link}


def animals_in(record: Mapping[str, Any]) -> tuple[Key, ...]:
    """Return the animals, mobs and consignments that a canonical record names."""
    named = (one for one in record.get("subjects", ()) if one["kind"] in set(AnimalKind))
    return tuple(Key(one["scheme"], one["value"]) for one in named)


def subjects_in(record: Mapping[str, Any]) -> tuple[Key, ...]:
    """Return the animals that a canonical record is about; not the number that a tag gives."""
    named = animals_in(record)
    return named[:1] if record["type"] == EventType.RETAG else named


def evidence_among(session: Session, events: Collection[UUID]) -> set[UUID]:
    """Return those of some events that were recorded as evidence, whatever came of them."""
    rows = session.execute(
        select(Journal.event_id, Journal.content).where(Journal.event_id.in_(events), HAS_CONTENT)
    )
    return {row.event_id for row in rows if json.loads(row.content).get("standing") == EVIDENCE}


def _entry(report: Report, origin: Origin, known: ResolvedReferences) -> JournalEntry:
    """Make an event's canonical bytes; each of its leaves has a salt of its own."""
    named = list(_subjects(report, known))
    subjects = [subject for subject, _ in named]
    content = canonical_bytes(canonical_record(report, origin, subjects, _places(report, known)))
    filed = [leaf for _, leaf in named]
    return JournalEntry(report.event_id, report.type.value, report.occurred.day, content, filed)


def _subjects(
    report: Report, known: ResolvedReferences
) -> Iterator[tuple[dict[str, str], SaltedSubject]]:
    animals = {known.animals[key].key: known.animals[key].kind for key in report.animals}
    if report.type is EventType.RETAG:
        # A holder of the new tag finds the leaf that names the old one.
        animals.setdefault(read_key(report.details["new"]), next(iter(animals.values())))
    for key, kind in animals.items():
        yield name_public(kind, *key), SaltedSubject(public_subject(*key), new_salt())
    if report.premises:
        place = known.premises[report.premises]
        yield _secret("premises", place.public_id, place.subject_key)
    for matter in report.subjects:
        yield _secret(matter.kind, matter.public_id, matter.subject_key)


def _secret(kind: str, public_id: UUID, key: bytes) -> tuple[dict[str, str], SaltedSubject]:
    salt = new_salt()
    return name_secret(kind, public_id, link(salt, key)), SaltedSubject(key, salt)


def _places(report: Report, known: ResolvedReferences) -> dict[str, dict[str, str]]:
    near, far = _PLACES.get(report.type, ("at", "to"))
    return {
        role: {"premises": str(known.premises[key].public_id), "number": str(key)}
        for role, key in ((near, report.premises), (far, report.other))
        if key is not None
    }
