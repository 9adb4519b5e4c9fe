"""Counts that censuses were told, as rows: the newest one of a place that stands, from the journal.

And the pigs that the book has at places, which each count is compared with.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalKind, EventType
from services.livestock.recording.journal import HAS_CONTENT
from services.livestock.recording.ownership import animals_in
from services.storage.models import (
    Animal,
    Census,
    CensusKeeper,
    Correction,
    Journal,
    LedgerLeaf,
    Premises,
)

STANDS = ~exists().where(Correction.journal_id == Journal.id)
"""The condition on events that no later one declared wrong."""


def heads_known(session: Session, places: Select[int]) -> int:
    """Return how many live pigs the book has at some premises; an uncounted mob has none."""
    heads = case(
        (Animal.kind == AnimalKind.ANIMAL, 1),
        (Animal.kind == AnimalKind.MOB, func.coalesce(Animal.head_count, 0)),
        else_=0,
    )
    here = (Animal.ended_on.is_(None), Animal.found.is_(False), animals_in(places))
    return int(session.scalar(select(func.sum(heads)).where(*here)) or 0)


def recount(session: Session, told: Mapping[str, Any]) -> None:
    """Write the count of a census anew that a void or erased event told; other events: nothing."""
    census_id = told.get("details", {}).get("census")
    if census_id is None or "at" not in told:
        return
    found = session.execute(
        select(CensusKeeper, Premises.subject_key)
        .join(Census, Census.id == CensusKeeper.census_id)
        .join(Premises, Premises.id == CensusKeeper.premises_id)
        .where(
            Census.public_id == UUID(census_id),
            Premises.public_id == UUID(told["at"]["premises"]),
        )
    ).first()
    if found is None:
        return
    row, place = found
    newest = newest_count(session, place, census_id)
    row.journal_id, row.heads = newest or (None, None)
    row.late = row.late and newest is not None
    session.flush()


def newest_count(session: Session, place: bytes, census_id: str) -> tuple[int, int] | None:
    """Return the newest count of a place that stands in a census: its event's key, and heads.

    Args:
        place: key of the premises on the ledger.
        census_id: public id.
    """
    events = session.execute(
        select(Journal.id, Journal.content)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(
            LedgerLeaf.subject == place,
            Journal.type == EventType.COUNT.value,
            HAS_CONTENT,
            STANDS,
        )
        .order_by(Journal.id.desc())
    )
    for key, content in events:
        details = json.loads(content or b"{}")["details"]
        if details.get("census") == census_id:
            return key, details["head_count"]
    return None
