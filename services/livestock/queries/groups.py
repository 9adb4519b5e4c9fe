"""Groups of pigs that a new report may tell of once more."""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalKind, Key
from services.livestock.domain.parentage import LITTERS_APART
from services.storage.models import Animal

_SENT_AGAIN = timedelta(days=1)


class KnownGroup(NamedTuple):
    """A litter or a mob that is in the book: its number, pigs, and the day of its first report."""

    number: Key
    heads: int | None
    day: date


def litter_of(session: Session, place: int, dam: int, day: date) -> KnownGroup | None:
    """Return the litter of a dam that leaves no time for one on a day; None: there is none.

    Args:
        place: database key of the premises of both litters.
        dam: database key.
        day: of the birth.
    """
    too_near = Animal.registered_on.between(day - LITTERS_APART, day + LITTERS_APART)
    return _first(session, place, Animal.dam_id == dam, too_near)


def litter_like(session: Session, place: int, heads: int, day: date) -> KnownGroup | None:
    """Return a litter of as many pigs, of which no dam was told, at premises on a day."""
    of_day = Animal.registered_on == day
    alike = Animal.born_on.is_not(None), Animal.dam_id.is_(None), Animal.head_count == heads
    return _first(session, place, of_day, *alike)


def mob_like(session: Session, place: int, heads: int | None, day: date) -> KnownGroup | None:
    """Return a mob of as many pigs that was told of at premises on a day, or on the day before."""
    lately = Animal.registered_on.between(day - _SENT_AGAIN, day)
    whole = Animal.born_on.is_(None), Animal.part_of_id.is_(None)
    return _first(session, place, lately, Animal.head_count.is_not_distinct_from(heads), *whole)


def _first(session: Session, place: int, *alike: ColumnElement[bool]) -> KnownGroup | None:
    row = session.execute(
        select(Animal.scheme, Animal.value, Animal.head_count, Animal.registered_on)
        .where(Animal.registered_at_id == place, Animal.kind == AnimalKind.MOB, *alike)
        .order_by(Animal.id.desc())
        .limit(1)
    ).first()
    return row and KnownGroup(Key(row.scheme, row.value), row.head_count, row.registered_on)
