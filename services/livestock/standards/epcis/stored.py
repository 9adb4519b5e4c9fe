"""Events of the journal as EPCIS events with their ids, and documents taken in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.core.errors import NotFound
from services.livestock.domain.model import EventType, event_id
from services.livestock.recording.journal import HAS_CONTENT, OURS
from services.livestock.reporting.reporting import Reporter
from services.livestock.standards.claims import ClaimedEvent, claim_of
from services.livestock.standards.epcis.canonical import canonical
from services.livestock.standards.epcis.documents import each, read_document
from services.livestock.standards.epcis.events import (
    MEMBER,
    from_declaration,
    from_event,
    to_declaration,
    to_event,
)
from services.livestock.standards.epcis.hashing import event_hash
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.errors import Path, UnreadableMember, at
from services.livestock.standards.recording import Taken, record_claims
from services.storage.models import Journal, LedgerLeaf

CHANNEL = "epcis"
URN = "urn:uuid:"
# Compare a foreign event with so many of its day and type.
_MOST_ALIKE = 500

Record = dict[str, Any]

_NI = "ni:///"


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


class _Read(NamedTuple):
    path: Path
    event: Mapping[str, Any]
    claim: ClaimedEvent
    hash: str
    given: UUID | None


def capture(document: object, names: Names, sender: Reporter) -> list[Taken]:
    """Record the events of a document: all of them, or none where this raises.

    Args:
        document: an `EPCISDocument`, an `EPCISQueryDocument` or one event, of JSON.

    Returns:
        The events in their order, those recorded before among them.

    Raises:
        UnreadableMember: every fault, at its JSON path.
        EventConflict: an id that another event has.
        Forbidden, NotYourReport: the sender may not report all of this.
    """
    session = sender.unit.session
    found = each(read_document(document), lambda path, event: _read(path, event, names))
    ids = {read.path: _id(session, read, names) for read in found}
    in_document = {read.hash: ids[read.path] for read in found}
    taken = []
    for read in found:
        taken.append(Taken(ids[read.path], read.claim, read.path))
        if MEMBER in read.event:
            with at(*read.path, MEMBER):
                claim = _declaration(session, read, ids[read.path], in_document)
            taken.append(Taken(_void_id(claim), claim, (*read.path, MEMBER)))
    record_claims(taken, sender)
    return taken


def _read(path: Path, event: dict[str, Any], names: Names) -> _Read:
    claim, by_hash = from_event(event, names), event_hash(event)
    with at("eventID"):
        return _Read(path, event, claim, by_hash, _given(event.get("eventID"), by_hash))


def _given(identifier: object, by_hash: str) -> UUID | None:
    """Read the id that an event came with; None where it is its hash, or there is none."""
    if identifier is None or identifier == by_hash:
        return None
    if isinstance(identifier, str) and identifier.startswith(_NI):
        raise UnreadableMember(f"is not the hash of this event, which is {by_hash}")
    return _uuid(identifier)


def _uuid(identifier: object) -> UUID:
    text = str(identifier).removeprefix(URN)
    try:
        read = UUID(text)
    except ValueError:
        read = None
    if read is None or identifier != f"{URN}{read}":
        raise UnreadableMember("must be a urn:uuid:…, in small letters, or the event's hash")
    return read


def _id(session: Session, read: _Read, names: Names) -> UUID:
    if read.given:
        return read.given
    alike = find_alike(session, read.claim, read.hash, names)
    return alike or hash_id(read.hash)


def _declaration(
    session: Session, read: _Read, event: UUID, in_document: Mapping[str, UUID]
) -> ClaimedEvent:
    def known(identifier: object) -> str:
        if not isinstance(identifier, str) or not identifier.startswith(_NI):
            return str(_uuid(identifier))
        by_hash = hash_id(identifier)
        if identifier in in_document:
            return str(in_document[identifier])
        if not session.scalar(select(Journal.id).where(Journal.event_id == by_hash)):
            raise UnreadableMember("must be captured before, or with it")
        return str(by_hash)

    return from_declaration(read.event[MEMBER], read.claim, event, known)


def _void_id(claim: ClaimedEvent) -> UUID:
    """Make the id of a declaration, which has none in EPCIS, from event and time."""
    return event_id(CHANNEL, f"{claim.details['corrects']} {claim.occurred}", 0)
