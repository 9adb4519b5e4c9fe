"""Recording of partners' events: a whole document or nothing, and each event once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import not_, or_, select
from sqlalchemy.orm import Session

from gateway.errors import TagError
from gateway.tags import read_identifier
from services.core.roles import OFFICERS
from services.livestock.confirmations.owners import require_undoing
from services.livestock.control.program_reports import first_of_late, record_and_tell
from services.livestock.control.retractions import record_declaration
from services.livestock.domain.model import (
    AnimalKind,
    AnimalRef,
    EventType,
    Key,
    Origin,
    PremisesRef,
    Recorded,
    Report,
    read_key,
    write_key,
)
from services.livestock.domain.statuses import MAKERS
from services.livestock.recording.authority import part_id
from services.livestock.recording.corrections import require_own_report, voidable
from services.livestock.recording.identity import find_animals, find_premises
from services.livestock.recording.journal import HAS_CONTENT, OURS
from services.livestock.recording.permit_subjects import permits_named
from services.livestock.recording.record import record_events
from services.livestock.recording.short_numbers import name_premises
from services.livestock.reporting.reporting import Reporter, record_reports
from services.livestock.reporting.status_ends import ends_of_nothing
from services.livestock.standards.claims import ClaimedEvent, Spot, claim_of, report_of
from services.livestock.standards.errors import EventConflict, Path, UnreadableMember
from services.livestock.standards.times import is_future
from services.storage.models import Correction, Journal, Party, Premises

# Details that are numbers of animals.
_NUMBERS = ("new", "lost", "dam", "sire", "part_of")


class Taken(NamedTuple):
    """A claim out of a document: the id of its event, and where it stood."""

    event_id: UUID
    claim: ClaimedEvent
    path: Path = ()


class _KnownIdentifiers(NamedTuple):
    animals: Mapping[Key, AnimalRef]
    numbers: Mapping[Key, PremisesRef]
    places: Mapping[UUID, Key]

    def number(self, spot: Spot) -> Key:
        return self.places[spot.public_id] if spot.public_id else spot.number  # type: ignore[return-value]  # one of them is there


def record_claims(taken: Sequence[Taken], sender: Reporter) -> list[Recorded]:
    """Record claims that are not recorded yet; of those of late whoever must know is told.

    Officers hand over whatever a partner's system holds. What others say of the animals of others
    is evidence.

    Args:
        taken: in the order of the document.
        sender: whose unit of work is exclusive; an error must roll it back.

    Raises:
        Forbidden, NotYourReport, KeeperDecides: the sender may not report all of this.
        UnreadableMember: premises, a mob or a consignment that is not known here, or a time to
            come.
        EventConflict: an id that another event has.
        UnknownNumber, WrongKind: see `services.livestock.recording.identity`.
    """
    session, origin = sender.unit.session, sender.origin
    known = _known(session, taken)
    faults = {one.path: fault for one in taken if (fault := _fault(one.claim, known, origin))}
    if faults:
        raise UnreadableMember(faults=faults)
    there = _there(session, taken)
    new: dict[UUID, ClaimedEvent] = {}
    for event_id, claim, _ in taken:
        before = new.get(event_id) or there.get(event_id)
        if event_id in there and before is None:
            # Erased: its content cannot be compared, and is not recorded again.
            continue
        if before is None:
            _refuse_second_void(session, claim, new)
            new[event_id] = claim
        elif _essence(before, known) != _essence(claim, known):
            raise EventConflict(number=str(event_id))
    reports = [
        report_of(claim, event_id, known.number, permits_named(session, claim.details))
        for event_id, claim in new.items()
    ]
    return _record(sender, reports, {one.event_id: one.path for one in taken})


def _record(
    sender: Reporter, reports: Sequence[Report], paths: Mapping[UUID, Path]
) -> list[Recorded]:
    """Record new claims; an error declaration after the event that it may have come with."""
    told = [one for one in reports if one.type is not EventType.VOID]
    voids = [one for one in reports if one.type is EventType.VOID]
    session, origin, officer = sender.unit.session, sender.origin, sender.viewer.role in OFFICERS
    _require_ends(session, told, paths)
    if not officer:
        _require_own_voids(sender, voids)
    since = first_of_late(origin.recorded_at)
    if officer:
        done = record_and_tell(session, told, origin, since)
    else:
        done = record_reports(sender, told, since)
    history = {str(one.event_id) for one in told if one.occurred.day < since}
    for one in voids:
        # Nobody was told of what a document both reports, of long ago, and declares wrong.
        if one.details["corrects"] in history:
            done += record_events(session, [one], origin)
        else:
            done.append(record_declaration(session, one, origin, sender.viewer))
    return done


def _require_ends(session: Session, reports: Sequence[Report], paths: Mapping[UUID, Path]) -> None:
    """Refuse the end of a status that does not hold, unless the same document may begin it.

    Raises:
        UnreadableMember: such an end.
    """
    if any(one.type in MAKERS and one.type is not EventType.STATUS for one in reports):
        return
    found = ends_of_nothing(session, reports)
    faults = {paths[reports[place].event_id]: fault for place, fault in found}
    if faults:
        raise UnreadableMember(faults=faults)


def _require_own_voids(sender: Reporter, voids: Sequence[Report]) -> None:
    """Refuse declarations that a sender may not make, of events that are recorded already."""
    session, party = sender.unit.session, sender.viewer.party_id
    wrong = [UUID(one.details["corrects"]) for one in voids]
    there = session.scalars(select(Journal.event_id).where(Journal.event_id.in_(wrong))).all()
    for one in there:
        require_own_report(session, one, sender.origin.reporter)
        if party is not None:
            reporter = session.get_one(Party, party)
            require_undoing(session, one, reporter)
            voidable(session, one, reporter)


def _known(session: Session, taken: Sequence[Taken]) -> _KnownIdentifiers:
    spots = [spot for one in taken for spot in (one.claim.near, one.claim.far) if spot]
    animals = {subject.key for one in taken for subject in one.claim.subjects}
    wanted = {spot.public_id for spot in spots if spot.public_id}
    rows = session.execute(
        select(Premises.id, Premises.public_id).where(Premises.public_id.in_(wanted))
    ).all()
    return _KnownIdentifiers(
        find_animals(session, animals),
        find_premises(session, {spot.number for spot in spots if spot.number}),
        {row.public_id: name_premises(session, row.id) for row in rows},
    )


def _fault(claim: ClaimedEvent, known: _KnownIdentifiers, origin: Origin) -> str | None:
    if is_future(claim.occurred, origin.recorded_at):
        return "has not happened yet: send it when it has"
    for key in _named(claim):
        if mistake := _mistake(key):
            return f"names {write_key(key)}: {mistake}"
    for spot in (claim.near, claim.far):
        if spot and spot.public_id and spot.public_id not in known.places:
            return f"names premises that are not known here: {spot.public_id}"
    for kind, key in claim.subjects:
        found = known.animals.get(key)
        usual = found.kind if found else AnimalKind.ANIMAL
        if kind != usual:
            return f"names {key} as {kind}, which is not known here as one"
    return None


def _named(claim: ClaimedEvent) -> Iterator[Key]:
    yield from (subject.key for subject in claim.subjects)
    yield from (spot.number for spot in (claim.near, claim.far) if spot and spot.number)
    yield from (read_key(claim.details[name]) for name in _NUMBERS if name in claim.details)


def _mistake(key: Key) -> str | None:
    """Describe the fault of a number, which would be kept for ever."""
    try:
        read = read_identifier(write_key(key))
    except TagError as error:
        return error.detail
    right = f"{read.scheme}:{read.value}"
    return None if right == write_key(key) else f"it must be written {right}"


def _there(session: Session, taken: Sequence[Taken]) -> dict[UUID, ClaimedEvent | None]:
    """Read the claims that are recorded; None: erased.

    A claim about animals of several keepers became an event for each of them.
    """
    parts = {
        part_id(one.event_id, place): one.event_id
        for one in taken
        for place in range(len(one.claim.subjects) + 1)
    }
    rows = session.execute(
        select(Journal.event_id, Journal.content, OURS.label("ours"))
        .where(Journal.event_id.in_(parts))
        .order_by(Journal.id)
    )
    there: dict[UUID, ClaimedEvent | None] = {}
    for row in rows:
        if not row.ours:
            raise EventConflict(number=str(row.event_id))
        whole, part = parts[row.event_id], row.content and claim_of(json.loads(row.content))
        before = there.get(whole)
        if part and before:
            part = before._replace(subjects=(*before.subjects, *part.subjects))
        there[whole] = part or before
    return there


def _refuse_second_void(
    session: Session, claim: ClaimedEvent, new: Mapping[UUID, ClaimedEvent]
) -> None:
    """Refuse a second declaration, and one of an event that is not of livestock."""
    if claim.type != EventType.VOID:
        return
    wrong = claim.details["corrects"]
    # Evidence that nobody agreed with points at itself: see `Correction`.
    no_more = (Correction.corrected_by_id != Journal.id, not_(OURS), not_(HAS_CONTENT))
    there = session.scalar(
        select(Journal.id)
        .outerjoin(Correction, Correction.journal_id == Journal.id)
        .where(Journal.event_id == UUID(wrong), or_(*no_more))
    )
    if there or any(one.details.get("corrects") == wrong for one in new.values()):
        raise EventConflict(number=wrong)


def _essence(claim: ClaimedEvent, known: _KnownIdentifiers) -> tuple[object, ...]:
    """Reduce a claim to its meaning, without regard to the number by which it calls an animal."""
    keys = (subject.key for subject in claim.subjects)
    return (
        claim.type,
        frozenset(known.animals[key].key if key in known.animals else key for key in keys),
        _place(claim.near, known),
        _place(claim.far, known),
        claim.occurred,
        dict(claim.details),
    )


def _place(spot: Spot | None, known: _KnownIdentifiers) -> UUID | Key | None:
    if spot is None or spot.public_id:
        return spot and spot.public_id
    place = known.numbers.get(spot.number) if spot.number else None
    return place.public_id if place else spot.number
