"""Herds: the live pigs at premises, by the numbers that people call them by."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalKind
from services.livestock.queries.positions import lives_on
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Animal, Identifier
from services.storage.rowsets import keys


class HerdMember(NamedTuple):
    """Pig or mob of a herd.

    Attributes:
        number: the short number, else the tag.
        heads: how many pigs it is; None: a mob that nobody counted.
    """

    number: str
    kind: AnimalKind
    heads: int | None


def herd_on(session: Session, premises: int, day: date) -> list[HerdMember]:
    """Return the herd that stands at premises on a local day; who was known first comes first.

    Args:
        premises: database key.
    """
    lives = [life.id for life in lives_on(session, premises, day)]
    numbers = numbers_of(session, Identifier.animal_id, lives)
    rows = session.execute(
        select(Animal.id, Animal.kind, Animal.head_count)
        .where(
            Animal.id.in_(keys(session, lives)),
            Animal.kind.in_((AnimalKind.ANIMAL, AnimalKind.MOB)),
        )
        .order_by(Animal.id)
    )
    return [
        HerdMember(
            numbers[row.id][0],
            AnimalKind(row.kind),
            1 if row.kind == AnimalKind.ANIMAL else row.head_count,
        )
        for row in rows
    ]
