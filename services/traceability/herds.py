"""How many pigs are at some premises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from services.storage.models import Animal
from services.traceability.model import AnimalKind, Stay
from services.traceability.tracing.herd import candidates, read_lives
from services.traceability.tracing.rowsets import keys

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session


def pigs_at(session: Session, premises: int, today: date) -> int:
    """Return how many live pigs are at premises, as far as reports tell.

    Of a mob its count; of a mob that nobody counted, none.

    Args:
        session: an open session.
        premises: database key.
        today: local day.
    """
    lives = read_lives(session, candidates(session, [Stay(premises, today, None)]))
    here = [
        life.id
        for life in lives
        if life.ended_on is None
        and life.stays
        and (life.stays[-1].premises, life.stays[-1].until) == (premises, None)
    ]
    heads = case(
        (Animal.kind == AnimalKind.ANIMAL, 1),
        (Animal.kind == AnimalKind.MOB, func.coalesce(Animal.head_count, 0)),
        else_=0,
    )
    return session.scalar(select(func.sum(heads)).where(Animal.id.in_(keys(session, here)))) or 0
