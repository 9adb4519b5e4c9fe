"""Events of the journal as they were known at an instant: recorded by then, and not yet void."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from services.livestock.domain.model import AnimalKind, EventType, Key, event_id
from services.livestock.domain.movements import Stay
from services.livestock.recording.journal import EVIDENCE, HAS_CONTENT, animals_in
from services.livestock.recording.replay import histories, replay
from services.livestock.tracing.lives import candidates
from services.storage.models import Animal, Correction, Journal, LedgerLeaf, Premises
from services.storage.planning import plan_by_values, plan_for_all
from services.storage.rowsets import keys, public_ids

AT_ONCE = 2_000
"""Events that are held at once."""

Record = Mapping[str, Any]

_BY = aliased(Journal)


def recorded_by(known_at: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """Return the condition on `Journal` that an event was recorded by then; None: ever."""
    return () if known_at is None else (Journal.recorded_at <= known_at,)


def known_events(
    session: Session,
    types: Sequence[EventType],
    days: tuple[date, date],
    known_at: datetime | None = None,
    places: Select[bytes] | None = None,
) -> Iterator[tuple[int, Record]]:
    """Yield the events of some types and local days in force, with their keys, oldest key first.

    What was declared wrong, and evidence that nobody had agreed with, is left out.

    Args:
        known_at: UTC; as known then. None: as known now.
        places: subject keys of the premises at which they were; None: anywhere.
    """
    there = () if places is None else (Journal.id.in_(_at(places)),)
    if there:
        plan_by_values(session)
    plan_for_all(session)
    wanted = (
        select(Journal.id, Journal.content)
        .where(
            *there,
            Journal.type.in_([one.value for one in types]),
            Journal.occurred_on.between(*days),
            HAS_CONTENT,
            *recorded_by(known_at),
            ~_void_by(known_at),
        )
        .order_by(Journal.id)
    )
    # Those of a country and half a year are too many to be held at once.
    for some in session.execute(wanted, execution_options={"yield_per": AT_ONCE}).partitions():
        found = [(row.id, json.loads(row.content)) for row in some]
        yield from _in_force(session, found, known_at)


def _at(places: Select[bytes]) -> Select[int | None]:
    return select(LedgerLeaf.journal_id).where(
        LedgerLeaf.subject.in_(places), LedgerLeaf.journal_id.is_not(None)
    )


def heads_known(session: Session, premises: int, day: date, known_at: datetime | None) -> int:
    """Return how many live pigs stood at premises at the end of a local day, or died there on it.

    A mob counts with the heads that it had on that day.

    Args:
        premises: database key.
        known_at: UTC; as known then. None: as known now.
    """
    named = _animals_at(session, premises, known_at) | _animals_near(session, premises, day)
    heads = 0
    for key, history in histories(session, named, known_at=known_at).items():
        state, _ = replay(history, named[key], until=day)
        if state.ended_on is not None and state.ended_on < day:
            continue
        if state.standing(day).at == premises:
            heads += _heads_of(named[key], state.head_count)
    return heads


def _void_by(known_at: datetime | None) -> ColumnElement[bool]:
    then = () if known_at is None else (_BY.recorded_at <= known_at,)
    return exists().where(
        Correction.journal_id == Journal.id,
        Correction.corrected_by_id == _BY.id,
        _BY.type == EventType.VOID.value,
        *then,
    )


def _in_force(
    session: Session, found: list[tuple[int, Record]], known_at: datetime | None
) -> list[tuple[int, Record]]:
    """Leave out the evidence that nobody had agreed with."""
    asked = {
        event_id(EventType.AGREE, record["event"], 0): key
        for key, record in found
        if _is_evidence(record)
    }
    if not asked:
        return found
    rows = session.scalars(
        select(Journal.event_id).where(
            Journal.event_id.in_(public_ids(session, asked)), HAS_CONTENT, *recorded_by(known_at)
        )
    )
    left_out = set(asked.values()) - {asked[one] for one in rows}
    return [one for one in found if one[0] not in left_out]


def _is_evidence(record: Record) -> bool:
    return record.get("standing") == EVIDENCE


def _animals_at(session: Session, premises: int, known_at: datetime | None) -> dict[Key, str]:
    """Return the animals that events of premises name, and their kinds, by their first number."""
    rows = session.scalars(
        select(Journal.content)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(
            LedgerLeaf.subject == session.get_one(Premises, premises).subject_key,
            HAS_CONTENT,
            *recorded_by(known_at),
        )
    )
    return _kinds(json.loads(content) for content in rows if content)


def _animals_near(session: Session, premises: int, day: date) -> dict[Key, str]:
    """Return the animals that are known today to have been there, also if no event says so."""
    found = keys(session, candidates(session, [Stay(premises, day, day)]))
    rows = session.execute(
        select(Animal.scheme, Animal.value, Animal.kind).where(Animal.id.in_(found))
    )
    return {Key(row.scheme, row.value): row.kind for row in rows}


def _heads_of(kind: str, head_count: int | None) -> int:
    if kind == AnimalKind.CONSIGNMENT:
        return 0
    return 1 if kind == AnimalKind.ANIMAL else head_count or 0


def _kinds(records: Iterable[Record]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for record in records:
        kinds = [one["kind"] for one in record.get("subjects", ()) if "scheme" in one]
        found |= dict(zip(animals_in(record), kinds, strict=False))
    return found
