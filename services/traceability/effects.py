"""What an event does besides changing states: numbers given and lost, descent, events made void."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from services.storage.models import Animal, Correction, Identifier, Journal
from services.traceability.journal import read_key
from services.traceability.model import EventType
from services.traceability.projection import rebuild
from services.traceability.registry import add_number, find_animals, retire_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from services.traceability.journal import Known, Written
    from services.traceability.model import Report

_NUMBERED = frozenset({EventType.RETAG, EventType.TAG_LOST})
_BEGINNINGS = frozenset({EventType.REGISTER, EventType.BIRTH})
_DESCENT = {"dam": "dam_id", "part_of": "part_of_id"}


def settle(session: Session, one: Written, known: Known) -> None:
    """Do what an event that is in the journal does besides changing the state of its animals.

    Raises:
        NumberTaken: another animal has the number that one is to wear.
    """
    report, details = one.report, one.report.details
    if report.type is EventType.RETAG:
        add_number(session, known.animals[report.animals[0]], read_key(details["new"]))
    if report.type in _NUMBERED and "lost" in details:
        retire_number(session, read_key(details["lost"]), report.occurred.day)
    if report.type in _BEGINNINGS and not _DESCENT.keys().isdisjoint(details):
        _descend(session, report, known)
    if report.type is EventType.VOID:
        _void(session, one, known)


def _descend(session: Session, report: Report, known: Known) -> None:
    """Note the dam, and the mob that an animal was taken from, where they are known here."""
    told = {name: read_key(report.details[name]) for name in _DESCENT if name in report.details}
    found = find_animals(session, told.values())
    values = {_DESCENT[name]: found[key].id for name, key in told.items() if key in found}
    ids = [known.animals[key].id for key in report.animals]
    if values:
        session.execute(update(Animal).where(Animal.id.in_(ids)).values(**values))


def _void(session: Session, one: Written, known: Known) -> None:
    wrong = session.scalars(
        select(Journal).where(Journal.event_id == UUID(one.report.details["corrects"]))
    ).one()
    session.execute(
        insert(Correction), [{"journal_id": wrong.id, "corrected_by_id": one.journal_id}]
    )
    animals = {known.animals[key] for key in one.report.animals}
    if wrong.type in _NUMBERED:
        _take_numbers_back(session, json.loads(wrong.content).get("details", {}))
    if wrong.type in _BEGINNINGS:
        ids = [animal.id for animal in animals]
        nothing = dict.fromkeys(_DESCENT.values())
        session.execute(update(Animal).where(Animal.id.in_(ids)).values(**nothing))
    for animal in animals:
        rebuild(session, animal)


def _take_numbers_back(session: Session, details: Mapping[str, Any]) -> None:
    """Undo what a wrong retagging or loss did to numbers: they are free, or worn, again."""
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
