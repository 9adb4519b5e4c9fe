"""Reading premises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import Key
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Identifier, Premises


@dataclass(frozen=True, slots=True)
class PremisesSummary:
    """Premises as they may be shown to their keeper and to officers."""

    public_id: UUID
    number: str
    name: str | None
    province: str | None
    keeper_id: int | None


def read_places(session: Session, premises: Iterable[int]) -> dict[int, PremisesSummary]:
    """Read premises by database key; their number is the short one where they have one."""
    wanted = list(premises)
    numbers = numbers_of(session, Identifier.premises_id, wanted)
    return {
        row.id: PremisesSummary(
            row.public_id, numbers[row.id][0], row.name, row.province, row.keeper_id
        )
        for row in session.scalars(select(Premises).where(Premises.id.in_(wanted)))
    }


def is_premises(session: Session, key: Key) -> bool:
    """Tell whether a known number stands for premises."""
    row = session.get(Identifier, tuple(key))
    return row is not None and row.premises_id is not None


def number_of(session: Session, premises: int | None) -> str | None:
    """Return what people call premises by; None: they are not known."""
    return None if premises is None else read_places(session, [premises])[premises].number
