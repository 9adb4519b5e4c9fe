"""Permits as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from services.storage.models import Animal, Check, Permit
from services.traceability.model import Key
from services.traceability.queries import read_places
from services.traceability.world import read_permits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


def permit_views(session: Session, rows: Sequence[Permit]) -> list[dict[str, Any]]:
    """Return permits as the API shows them, in the order of their rows."""
    ids = sorted(row.id for row in rows)
    rules = dict(zip(ids, read_permits(session, Permit.id.in_(ids)), strict=True))
    places = read_places(
        session, {key for row in rows for key in (row.origin_id, row.destination_id)}
    )
    named = {animal for rule in rules.values() for animal in rule.animals}
    animals = {
        key: str(Key(scheme, value))
        for key, scheme, value in session.execute(
            select(Animal.id, Animal.scheme, Animal.value).where(Animal.id.in_(named))
        )
    }
    passes = _passes(session, ids)
    return [
        {
            "number": rules[row.id].number,
            "state": row.state,
            "origin": places[row.origin_id].number,
            "destination": places[row.destination_id].number,
            "animals": [animals[key] for key in sorted(rules[row.id].animals)],
            "head_count": row.head_count,
            "first_day": row.first_day,
            "last_day": row.last_day,
            "closed_on": row.closed_on,
            "passes": passes.get(row.id, 0),
        }
        for row in rows
    ]


def _passes(session: Session, permits: Sequence[int]) -> dict[int | None, int]:
    """Count the roadblocks at which permits passed."""
    rows = session.execute(
        select(Check.permit_id, func.count(Check.premises_id.distinct()))
        .where(Check.permit_id.in_(permits), Check.outcome == "passed")
        .group_by(Check.permit_id)
    )
    return {row[0]: row[1] for row in rows}
