"""Events that are in the journal, as EPCIS events with their ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.core.errors import NotFound
from services.livestock.domain.model import EventType, event_id
from services.livestock.recording.journal import HAS_CONTENT, OURS
from services.livestock.standards.claims import ClaimedEvent, claim_of
from services.livestock.standards.epcis.canonical import canonical
from services.livestock.standards.epcis.declarations import MEMBER, to_declaration
from services.livestock.standards.epcis.events import to_event
from services.livestock.standards.epcis.hashing import event_hash
from services.livestock.standards.epcis.identifiers import Names
from services.storage.models import Journal, LedgerLeaf

CHANNEL = "epcis"
URN = "urn:uuid:"
# Compare a foreign event with so many of its day and type.
_MOST_ALIKE = 500

Record = dict[str, Any]


def hash_id(identifier: str) -> UUID:
    """Return the id here of an event that was captured under its hash."""
    return event_id(CHANNEL, identifier, 0)


def read_records(session: Session, events: Iterable[UUID]) -> dict[str, Record]:
    """Read canonical records, by the event's id."""
    wanted = select(Journal.content).where(Journal.event_id.in_(list(events)), OURS, HAS_CONTENT)
    records = [json.loads(content or b"") for content in session.scalars(wanted)]
    return {record["event"]: record for record in records}


def write_events(
    session: Session, records: Sequence[Record], names: Names
) -> list[dict[str, Any] | None]:
    """Write records as EPCIS events; None for those of which EPCIS does not speak."""
    voids = [record["details"] for record in records if record["type"] == EventType.VOID]
    others = {UUID(void["corrects"]) for void in voids}
    others |= {UUID(one) for void in voids for one in void.get("corrected_by", ())}
    known = read_records(session, others) if others else {}
    return [_write(record, known, names) for record in records]


def identify(record: Record, event: Mapping[str, Any]) -> str:
    """Return the EPCIS id of an event: its hash, unless it was captured under another."""
    by_hash = event_hash(canonical(event))
    captured = record["channel"] == CHANNEL and UUID(record["event"]) != hash_id(by_hash)
    return URN + record["event"] if captured else by_hash


def find_alike(session: Session, claim: ClaimedEvent, by_hash: str, names: Names) -> UUID | None:
    """Find an event that reached us another way and has this hash."""
    wanted = select(Journal.content).where(
        Journal.type == claim.type.value, Journal.occurred_on == claim.occurred.day, HAS_CONTENT
    )
    for subject in claim.subjects[:1]:
        leaves = select(LedgerLeaf.journal_id).where(
            LedgerLeaf.subject == public_subject(*subject.key)
        )
        wanted = wanted.where(Journal.id.in_(leaves))
    for content in session.scalars(wanted.order_by(Journal.id).limit(_MOST_ALIKE)):
        record = json.loads(content or b"")
        event = to_event(claim_of(record), names)
        if event and identify(record, event) == by_hash:
            return UUID(record["event"])
    return None


def find_capture(session: Session, event: UUID) -> datetime:
    """Return when a document was captured, by the id of its first event.

    Raises:
        NotFound: none was, or it was refused.
    """
    row = session.scalars(select(Journal).where(Journal.event_id == event)).first()
    if row is None or row.content is None or json.loads(row.content)["channel"] != CHANNEL:
        raise NotFound("No capture has this id: what was refused left nothing")
    return row.recorded_at


def _write(record: Record, known: Mapping[str, Record], names: Names) -> dict[str, Any] | None:
    void = record["type"] == EventType.VOID
    told = known.get(record["details"]["corrects"]) if void else record
    event = to_event(claim_of(told), names) if told else None
    if event is None or told is None:
        return None
    # The type again, to have it first: people read these.
    written = {
        "type": event["type"],
        "eventID": identify(told, event),
        "recordTime": record["recorded"],
        **event,
    }
    if void:
        written[MEMBER] = to_declaration(
            claim_of(record), claim_of(told), lambda one: _identify_other(one, known, names)
        )
    return written


def _identify_other(event: str, known: Mapping[str, Record], names: Names) -> str:
    record = known.get(event)
    written = to_event(claim_of(record), names) if record else None
    return identify(record, written) if record and written else URN + event
