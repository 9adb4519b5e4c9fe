"""Effects of events beside animal state: numbers given and lost, void events."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from services.livestock.domain.events import Event
from services.livestock.domain.model import (
    AnimalRef,
    EventType,
    FlagCode,
    Key,
    ResolvedReferences,
    Scheme,
    read_key,
)
from services.livestock.recording.census_counts import recount
from services.livestock.recording.identity import add_number
from services.livestock.recording.journal import Written
from services.livestock.recording.projection import flag_row, write_rows
from services.livestock.recording.rebuilding import rebuild
from services.livestock.recording.replay import events_of
from services.storage.models import Correction, Flag, Identifier, Journal

NUMBERED = frozenset({EventType.RETAG, EventType.TAG_LOST})


def apply(session: Session, written: Iterable[Written], known: ResolvedReferences) -> set[int]:
    """Apply the effects of new events beside the state of their animals.

    Returns:
        The animals whose movements, or where they came from, are not as before, by database key.

    Raises:
        NumberTaken: what is no animal has the number that one is to wear.
        UnknownNumber, WrongKind: no animal may have it.
    """
    moved = set[int]()
    for one in written:
        report, details = one.report, one.report.details
        animals = [known.animals[key] for key in report.animals]
        if report.evidence:
            _correct(session, one.journal_id, by=one.journal_id)
            continue
        if report.type is EventType.RETAG:
            add_number(session, animals[0], read_key(details["new"]))
        if report.type in NUMBERED and "lost" in details:
            _retire_number(session, animals[0], read_key(details["lost"]), report.occurred.day)
        if report.type is EventType.VOID:
            moved |= _void(session, one, known)
        if report.type in {EventType.AGREE, EventType.OBJECT}:
            moved |= _settle(session, one, known)
    return moved


def _retire_number(session: Session, animal: AnimalRef, number: Key, day: date | None) -> None:
    """Note the day on which an animal lost a tag; no day: it wears the tag.

    The number stays with its animal and is never given again. Another animal's number stays as it
    is: a report of its loss proves nothing about that animal.
    """
    session.execute(
        update(Identifier)
        .where(Identifier.scheme == number.scheme, Identifier.value == number.value)
        .where(Identifier.animal_id == animal.id)
        .values(retired_on=day)
    )


def _void(session: Session, one: Written, known: ResolvedReferences) -> set[int]:
    wrong = session.scalars(
        select(Journal).where(Journal.event_id == UUID(one.report.details["corrects"]))
    ).one()
    _correct(session, wrong.id, by=one.journal_id)
    told = json.loads(wrong.content or b"{}")
    details = told.get("details", {})
    if wrong.type == EventType.COUNT:
        recount(session, told)
    animals = {known.animals[key] for key in one.report.animals}
    for animal in animals if wrong.type in NUMBERED else ():
        right = [one for one in events_of(session, animal.key) if not one.evidence]
        _take_numbers_back(session, animal, details, right)
    return rebuild(session, animals).moved


def _correct(session: Session, event: int, *, by: int) -> None:
    """Take an event's effect away; evidence is without effect by itself."""
    session.execute(delete(Correction).where(Correction.journal_id == event))
    session.execute(insert(Correction), [{"journal_id": event, "corrected_by_id": by}])


def _settle(session: Session, one: Written, known: ResolvedReferences) -> set[int]:
    """Give evidence its effect, as if it had had it from the first, or end it."""
    wanted = UUID(one.report.details["evidence"])
    row = session.scalars(select(Journal).where(Journal.event_id == wanted)).one()
    if one.report.type is EventType.OBJECT:
        _correct(session, row.id, by=one.journal_id)
        return set()
    session.execute(delete(Correction).where(Correction.journal_id == row.id))
    details = json.loads(row.content or b"{}").get("details", {})
    animals = {known.animals[key] for key in one.report.animals}
    for animal in animals:
        if row.type == EventType.RETAG and not add_number(
            session, animal, read_key(details["new"])
        ):
            _flag_taken(session, animal, row.id)
        if row.type in NUMBERED and "lost" in details:
            _retire_number(session, animal, read_key(details["lost"]), row.occurred_on)
    return rebuild(session, animals).moved


def _flag_taken(session: Session, animal: AnimalRef, event: int) -> None:
    """Flag a retagging that counts only now, after another animal got its number."""
    if session.get(Flag, (event, animal.id, FlagCode.TAG_FITTED_TWICE.value)) is None:
        write_rows(session, insert(Flag), [flag_row(animal.id, event, FlagCode.TAG_FITTED_TWICE)])


def _take_numbers_back(
    session: Session, animal: AnimalRef, details: Mapping[str, Any], right: Sequence[Event]
) -> None:
    """Undo the effect of a wrong retagging or loss on numbers, unless a right event did the same.

    A number that was given is free again, one that was lost is worn again.
    """
    if "lost" in details:
        days = [event.day for event in right if event.details.get("lost") == details["lost"]]
        _retire_number(session, animal, read_key(details["lost"]), days[-1] if days else None)
    given = {event.details.get("new") for event in right}
    new = read_key(details["new"]) if "new" in details else animal.key
    # The first number names it on the ledger; a short number was issued, not put in.
    if new != animal.key and new.scheme != Scheme.SHORT and details["new"] not in given:
        session.execute(
            delete(Identifier).where(
                Identifier.scheme == new.scheme,
                Identifier.value == new.value,
                Identifier.animal_id == animal.id,
            )
        )
