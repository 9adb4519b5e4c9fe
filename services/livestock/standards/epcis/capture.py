"""Taking EPCIS documents in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import Origin, event_id
from services.livestock.standards.claims import ClaimedEvent
from services.livestock.standards.epcis.declarations import MEMBER, from_declaration
from services.livestock.standards.epcis.documents import each, read_document
from services.livestock.standards.epcis.events import from_event
from services.livestock.standards.epcis.hashing import event_hash
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.epcis.stored import CHANNEL, URN, find_alike, hash_id
from services.livestock.standards.errors import Path, UnreadableMember, at
from services.livestock.standards.recording import Admit, Taken, record_claims
from services.storage.models import Journal

_NI = "ni:///"


class _Read(NamedTuple):
    path: Path
    event: Mapping[str, Any]
    claim: ClaimedEvent
    hash: str
    given: UUID | None


def capture(
    session: Session, document: object, names: Names, origin: Origin, admit: Admit
) -> list[Taken]:
    """Record the events of a document: all of them, or none where this raises.

    Args:
        session: an open writing session; an error must roll it back.
        document: an `EPCISDocument`, an `EPCISQueryDocument` or one event, of JSON.

    Returns:
        The events in their order, those recorded before among them.

    Raises:
        UnreadableMember: every fault, at its JSON path.
        EventConflict: an id that another event has.
    """
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
    record_claims(session, taken, origin, admit)
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
