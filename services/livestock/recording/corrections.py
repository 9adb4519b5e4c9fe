"""Declaring a report wrong: the event stays, and a later one points at it.

Source: EPCIS 2.0, section 7.4.1.2 (error declaration).
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import OFFICERS
from services.livestock.domain.errors import (
    AlreadyVoid,
    NotVoidable,
    NotYourReport,
    SampleInLaboratory,
    UnknownReport,
)
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    Occurred,
    Origin,
    Recorded,
    Report,
    event_id,
    read_key,
    write_key,
)
from services.livestock.domain.statuses import BY_STANDING
from services.livestock.recording.authority import part_id
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import OURS, animals_in
from services.livestock.recording.record import record_one
from services.livestock.recording.statuses import read_statuses
from services.storage.locks import require_one_writer
from services.storage.models import Correction, Journal, LedgerLeaf, Party, Premises
from services.storage.models import Status as StatusRow
from sms.local_time import local_day

_INSTEAD: Mapping[str, str] = {
    EventType.PREMISES: "describe the premises again",
    EventType.ORDER: "lift the order",
    EventType.PERMIT: "revoke the permit and issue another",
    EventType.OUTBREAK: "bring the outbreak to its next state",
    EventType.NOTICE: "send another notice",
    EventType.NOTIFICATION: "describe the outbreak again, or send a follow-up report",
    EventType.CENSUS: "close the census",
    EventType.DECISION: "ask again",
    EventType.ALLOCATION: "allocate another range",
    EventType.VOID: "report again what was right",
    EventType.AGREE: "declare the report wrong that it agrees with",
    EventType.OBJECT: "report again what was right",
}
NOT_VOIDABLE = frozenset(_INSTEAD)
"""Types of events that are undone by something else than being declared wrong."""
# Where the other events of a message stand from the one whose receipt was sent. A part of a mob or
# pork is registered, then the mob is counted, then it departs; a suspicion comes before a death.
_BESIDE: Mapping[str, tuple[int, ...]] = {
    EventType.DEPART: (-2, -1),
    EventType.REGISTER: (1,),
    EventType.DEATH: (-1,),
}


def void_event(
    session: Session, wrong: UUID, reason: str, origin: Origin, party: Party
) -> Recorded:
    """Declare an event wrong. The state of its animals is as if it had never been reported.

    Args:
        wrong: id of the event.
        reason: `did_not_occur` or `incorrect_data`.
        origin: by whom, how and when.
        party: the declarer: of their own events, or an officer.

    Raises:
        UnknownReport: there is no such event.
        NotVoidable: it is undone by something else, such as lifting an order.
        NotYourReport: another reported it.
        AlreadyVoid: it was declared wrong before.
        SampleInLaboratory: a result is awaited, and the declarer is no officer.
    """
    return record_one(session, void_report(session, wrong, reason, origin, party), origin)


def void_report(session: Session, wrong: UUID, reason: str, origin: Origin, party: Party) -> Report:
    """Make the report that declares an event wrong: see `void_event`."""
    require_one_writer(session)
    _row, told = voidable(session, wrong, party)
    return _report(wrong, told, reason, origin)


def voidable(session: Session, wrong: UUID, party: Party) -> tuple[Journal, Mapping[str, Any]]:
    """Return an event that a party may declare wrong: its row, and what the record holds.

    Raises:
        UnknownReport, NotVoidable, NotYourReport, AlreadyVoid, SampleInLaboratory: see
            `void_event`.
    """
    row = session.scalars(select(Journal).where(Journal.event_id == wrong, OURS)).one_or_none()
    if row is None:
        raise UnknownReport
    if row.content is None:
        raise NotVoidable(kind=row.type, instead="what it told is erased")
    told = json.loads(row.content)
    _check(session, row, told, party)
    return row, told


def require_own_report(session: Session, wrong: UUID, reporter: UUID | None) -> None:
    """Refuse an event of another reporter; one that is not recorded passes.

    Raises:
        NotYourReport: another reported it.
    """
    content = session.scalar(select(Journal.content).where(Journal.event_id == wrong))
    # Without content there is no reporter to compare with.
    if content is not None and json.loads(content).get("reporter") != str(reporter):
        raise NotYourReport


def event_of_receipt(session: Session, prefix: bytes) -> UUID:
    """Return the id of the event that a receipt, 10 bytes, was given for.

    Raises:
        UnknownReport: there is none.
    """
    found = session.scalars(
        select(Journal.event_id)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        # A range, so that the index on commitments serves.
        .where(
            LedgerLeaf.commitment >= prefix, LedgerLeaf.commitment <= prefix + b"\xff" * 32, OURS
        )
        .limit(1)
    ).first()
    if found is None:
        raise UnknownReport
    return found


def of_one_message(session: Session, event: UUID) -> list[UUID]:
    """Return an event and those that its message caused beside it, such as a count of the rest.

    They stand next to it in the journal, name the same animals or the mob that these came from, and
    have sender and instant alike.
    """
    row = session.scalars(select(Journal).where(Journal.event_id == event)).one()
    told = json.loads(row.content or b"{}")
    found, sources = [event, *_others_part(session, event, row.type)], _sources(told)
    for offset in _BESIDE.get(row.type, ()):
        other = session.get(Journal, row.id + offset)
        void = other is not None and session.get(Correction, other.id) is not None
        if other is None or other.content is None or void:
            continue
        beside = json.loads(other.content)
        if _alike(told, beside) and _goes_with(told, beside, sources):
            found.append(other.event_id)
            sources += _sources(beside)
    return found


def _others_part(session: Session, event: UUID, kind: str) -> list[UUID]:
    """Return the event of others' animals that a report of sickness named: see `as_own`."""
    if kind != EventType.SICKNESS:
        return []
    other = select(Journal.event_id).where(Journal.event_id == part_id(event, 1), OURS)
    return list(session.scalars(other))


def _sources(told: Mapping[str, Any]) -> list[str]:
    part_of = told.get("details", {}).get("part_of")
    return [part_of] if part_of else []


def _alike(told: Mapping[str, Any], beside: Mapping[str, Any]) -> bool:
    return all(told.get(name) == beside.get(name) for name in ("channel", "reporter", "recorded"))


def _goes_with(told: Mapping[str, Any], beside: Mapping[str, Any], sources: list[str]) -> bool:
    """Tell whether a neighbour is of the same message; `sources`: mobs that its animals left."""
    details = beside.get("details", {})
    same = animals_in(told) == animals_in(beside)
    if beside["type"] == EventType.REGISTER:
        return same and ("part_of" in details or details.get("kind") == AnimalKind.CONSIGNMENT)
    if beside["type"] == EventType.COUNT:
        return "taken" in details and [write_key(key) for key in animals_in(beside)] == sources
    return beside["type"] == EventType.SICKNESS and same and "suspicion" in details


def _check(session: Session, row: Journal, told: Mapping[str, Any], party: Party) -> None:
    if row.type in _INSTEAD:
        raise NotVoidable(kind=row.type, instead=_INSTEAD[row.type])
    if told.get("reporter") != str(party.public_id) and party.role not in OFFICERS:
        raise NotYourReport
    before = session.get(Correction, row.id)
    if before is not None and before.corrected_by_id != row.id:
        raise AlreadyVoid
    if party.role not in OFFICERS and _awaits_result(session, row, told):
        raise SampleInLaboratory


def _awaits_result(session: Session, row: Journal, told: Mapping[str, Any]) -> bool:
    """Tell whether a sample keeps open what a report began."""
    if row.type not in BY_STANDING:
        return False
    animals = [one.id for one in find_animals(session, animals_in(told)).values()]
    place = told.get("at", {}).get("premises")
    here = select(Premises.id).where(Premises.public_id == UUID(place)) if place else None
    premises = session.scalars(here).all() if here is not None else []
    statuses = (
        *read_statuses(session, StatusRow.animal_id, animals),
        *read_statuses(session, StatusRow.premises_id, premises),
    )
    return any(one.source == row.id and one.until is None for _, one in statuses)


def _report(wrong: UUID, told: Mapping[str, Any], reason: str, origin: Origin) -> Report:
    zone = told["occurred"]["zone"]
    near = told.get("at") or told.get("from")
    return Report(
        event_id=event_id(EventType.VOID, str(wrong), 0),
        type=EventType.VOID,
        animals=animals_in(told),
        premises=read_key(near["number"]) if near else None,
        other=None,
        occurred=Occurred.on(local_day(origin.recorded_at, zone), zone),
        details={"corrects": str(wrong), "reason": reason},
    )
