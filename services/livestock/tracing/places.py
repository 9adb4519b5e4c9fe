"""Premises by database key as a trace shows them, and whom to call there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.recording.short_numbers import numbers_of
from services.livestock.tracing.model import TracedPlace
from services.storage.models import Contact, Identifier, Party, Premises
from services.storage.rowsets import keys


@dataclass(frozen=True, slots=True)
class Keeper:
    """A party to call.

    Attributes:
        public_id: of the party.
        premises: numbers of those that it keeps.
        phones: E.164, only where they were asked for; they show in no log.
    """

    public_id: UUID
    premises: tuple[str, ...]
    phones: tuple[str, ...] = field(default=(), repr=False)


def read_places(session: Session, premises: Iterable[int]) -> dict[int, TracedPlace]:
    """Read premises by database key; their number is the short one where they have one."""
    wanted = set(premises)
    numbers = numbers_of(session, Identifier.premises_id, wanted)
    rows = session.execute(
        select(
            Premises.id,
            Premises.public_id,
            Premises.kind,
            Premises.province,
            Premises.longitude,
            Premises.latitude,
            Premises.district,
            Premises.llg,
            Premises.ward,
            Party.public_id.label("keeper"),
        )
        .outerjoin(Party, Party.id == Premises.keeper_id)
        .where(Premises.id.in_(keys(session, wanted)))
    )
    return {
        row.id: TracedPlace(
            row.public_id,
            numbers[row.id][0] if row.id in numbers else str(row.public_id),
            row.kind,
            row.province,
            None
            if row.longitude is None or row.latitude is None
            else (row.longitude, row.latitude),
            row.keeper,
            row.district,
            row.llg,
            row.ward,
        )
        for row in rows
    }


def keepers(
    session: Session, places: Iterable[TracedPlace], *, phones: bool = False
) -> list[Keeper]:
    """Return whom to call about some premises, each party once."""
    kept = defaultdict[UUID, list[str]](list)
    for place in places:
        if place.keeper is not None:
            kept[place.keeper].append(place.number)
    numbers = _phones(session, kept) if phones else {}
    return [
        Keeper(party, tuple(sorted(kept[party])), tuple(numbers.get(party, ())))
        for party in sorted(kept, key=lambda party: sorted(kept[party]))
    ]


def _phones(session: Session, parties: Iterable[UUID]) -> dict[UUID, list[str]]:
    found = defaultdict[UUID, list[str]](list)
    for party in parties:
        found[party] += session.scalars(
            select(Contact.number)
            .join(Party, Party.id == Contact.party_id)
            .where(Party.public_id == party)
            .order_by(Contact.id)
        )
    return found
