"""Permits in lists and one by one."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.livestock.domain.model import EventType, Key
from services.livestock.domain.permits import PermitState
from services.livestock.queries.premises import read_places
from services.livestock.recording.decision_context import read_permits
from services.storage.models import Animal, Check, Journal, LedgerLeaf, Permit, Premises


def permits_wanted(state: str | None, province: str | None, asker: int | None) -> Select[Permit]:
    """Select permits by state, by the province where they begin, and by who asked for them."""
    wanted = select(Permit)
    if asker is not None:
        wanted = wanted.where(Permit.asked_by_id == asker)
    if state is not None:
        wanted = wanted.where(Permit.state == state)
    if province is not None:
        wanted = wanted.join(Premises, Premises.id == Permit.origin_id)
        wanted = wanted.where(Premises.province == province)
    return wanted


def permit_reasons(session: Session, rows: Sequence[Permit]) -> dict[bytes, list[str]]:
    """Return why permits were refused or revoked, as their events tell, by subject key."""
    ended = {PermitState.REFUSED, PermitState.REVOKED}
    subjects = [row.subject_key for row in rows if row.state in ended]
    told = session.execute(
        select(LedgerLeaf.subject, Journal.content)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.subject.in_(subjects), Journal.type == EventType.PERMIT.value)
        .order_by(Journal.id)
    )
    return {
        subject: json.loads(content).get("details", {}).get("reasons", [])
        for subject, content in told
        if content is not None
    }


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
    reasons = permit_reasons(session, rows)
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
            "reasons": reasons.get(row.subject_key, []),
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
