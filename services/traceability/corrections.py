"""Declaring a report wrong: the event stays, and a later one points at it.

Source: EPCIS 2.0, section 7.4.1.2 (error declaration).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from services.storage.locks import one_writer
from services.storage.models import Animal, Correction, Identifier, Journal, LedgerLeaf
from services.storage.people import OFFICERS
from services.traceability.commands import record
from services.traceability.errors import AlreadyVoid, NotVoidable, NotYourReport, UnknownReport
from services.traceability.journal import read_key
from services.traceability.model import (
    AnimalKind,
    EventType,
    Key,
    Occurred,
    Report,
    Scheme,
    event_id,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from services.storage.models import Party
    from services.traceability.model import Origin, Recorded

_INSTEAD: Mapping[str, str] = {
    EventType.ORDER: "lift the order",
    EventType.PERMIT: "revoke the permit and issue another",
    EventType.OUTBREAK: "bring the outbreak to its next state",
    EventType.NOTICE: "send another notice",
    EventType.DECISION: "ask again",
    EventType.ALLOCATION: "allocate another range",
    EventType.VOID: "report again what was right",
}
# No message causes more events.
_MOST_OF_ONE = 9


def void_event(
    session: Session, wrong: UUID, reason: str, origin: Origin, party: Party
) -> Recorded:
    """Declare an event wrong. The state of its animals is as if it had never been reported.

    Args:
        session: an open writing session.
        wrong: id of the event.
        reason: `did_not_occur` or `incorrect_data`.
        origin: by whom, how and when.
        party: who declares it; his own events, or any event for an officer.

    Raises:
        UnknownReport: there is no such event.
        NotVoidable: it is undone by something else, such as lifting an order.
        NotYourReport: another reported it.
        AlreadyVoid: it was declared wrong before.
    """
    one_writer(session)
    row = session.scalars(select(Journal).where(Journal.event_id == wrong)).one_or_none()
    if row is None:
        raise UnknownReport
    told = json.loads(row.content)
    _check(session, row, told, party)
    (done,) = record(session, [_report(wrong, told, reason, origin)], origin)
    _take_numbers_back(session, told)
    return done


def event_of_receipt(session: Session, prefix: bytes) -> UUID:
    """Return the id of the event that a receipt, 10 bytes, was given for.

    Raises:
        UnknownReport: there is none.
    """
    found = session.scalars(
        select(Journal.event_id)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        # A range, so that the index on commitments serves.
        .where(LedgerLeaf.commitment >= prefix, LedgerLeaf.commitment <= prefix + b"\xff" * 32)
        .limit(1)
    ).first()
    if found is None:
        raise UnknownReport
    return found


def of_one_message(session: Session, event: UUID) -> list[UUID]:
    """Return an event, and what else its message caused that can be declared wrong.

    A message arrives at one instant, so its events have channel, reporter and instant alike.
    """
    row = session.scalars(select(Journal).where(Journal.event_id == event)).one()
    near = session.scalars(
        select(Journal)
        .outerjoin(Correction, Correction.journal_id == Journal.id)
        .where(
            Journal.id.between(row.id - _MOST_OF_ONE, row.id + _MOST_OF_ONE),
            Journal.id != row.id,
            Journal.recorded_at == row.recorded_at,
            Journal.type.not_in(list(_INSTEAD)),
            Correction.journal_id.is_(None),
        )
        .order_by(Journal.id)
    )
    mine = _sender(row)
    return [event, *(one.event_id for one in near if _sender(one) == mine)]


def _sender(row: Journal) -> tuple[str, str | None]:
    told = json.loads(row.content)
    return told["channel"], told.get("reporter")


def _check(session: Session, row: Journal, told: Mapping[str, Any], party: Party) -> None:
    if row.type in _INSTEAD:
        raise NotVoidable(row.type, _INSTEAD[row.type])
    if told.get("reporter") != str(party.public_id) and party.role not in OFFICERS:
        raise NotYourReport
    if session.get(Correction, row.id) is not None:
        raise AlreadyVoid


def _report(wrong: UUID, told: Mapping[str, Any], reason: str, origin: Origin) -> Report:
    zone = told["occurred"]["zone"]
    near = told.get("at") or told.get("from")
    return Report(
        event_id=event_id(EventType.VOID, str(wrong), 0),
        type=EventType.VOID,
        animals=tuple(
            Key(subject["scheme"], subject["value"])
            for subject in told["subjects"]
            if subject["kind"] in set(AnimalKind)
        ),
        premises=_number(near["number"]) if near else None,
        other=None,
        occurred=Occurred.on(origin.recorded_at.astimezone(ZoneInfo(zone)).date(), zone),
        details={"corrects": str(wrong), "reason": reason},
    )


def _number(text: str) -> Key:
    """Read a number of premises as a record writes it: a short one bare, others with scheme."""
    return read_key(text) if ":" in text else Key(Scheme.SHORT, text)


def _take_numbers_back(session: Session, told: Mapping[str, Any]) -> None:
    """Undo what a wrong retagging or loss did to numbers: they are free, or worn, again."""
    details = told.get("details", {})
    if told["type"] not in {EventType.RETAG, EventType.TAG_LOST}:
        return
    if "lost" in details:
        scheme, value = read_key(details["lost"])
        mine = (Identifier.scheme == scheme) & (Identifier.value == value)
        session.execute(update(Identifier).where(mine).values(retired_on=None))
    if "new" in details:
        scheme, value = read_key(details["new"])
        first = select(Animal.id).where(Animal.scheme == scheme, Animal.value == value)
        session.execute(
            delete(Identifier).where(
                Identifier.scheme == scheme, Identifier.value == value, ~first.exists()
            )
        )
