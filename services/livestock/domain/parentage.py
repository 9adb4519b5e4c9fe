"""Parents that an animal cannot have, by what the book says of them; pure."""

from datetime import date, timedelta
from typing import NamedTuple

from services.livestock.domain.model import AnimalKind

DAM, SIRE = "dam", "sire"
PARENTS = frozenset({DAM, SIRE})
"""Names of the parents in the details of a birth or a registration."""
_GESTATION = timedelta(days=114)
# Three months, three weeks and three days, a week more or less.
_ABOUT = timedelta(days=7)
_SEX = {DAM: "female", SIRE: "male"}
LITTERS_APART = _GESTATION - _ABOUT
"""Least time between two litters of a dam."""


class Parent(NamedTuple):
    """An animal that is named as a parent."""

    id: int
    kind: str
    sex: str | None = None
    born_on: date | None = None
    ended_on: date | None = None


def is_impossible(role: str, parent: Parent, child: int, born: date | None) -> bool:
    """Tell whether an animal cannot be the dam or the sire of another.

    Args:
        role: `dam` or `sire`.
        child: database key.
        born: day of its birth; None: not told.
    """
    if parent.id == child or parent.kind == AnimalKind.CONSIGNMENT:
        return True
    if parent.sex not in {None, _SEX[role]}:
        return True
    return born is not None and not _lived(role, parent, born)


def _lived(role: str, parent: Parent, born: date) -> bool:
    """Tell whether a parent was born at conception, and alive for as long as it was needed."""
    conceived = born - _GESTATION
    needed = born if role == DAM else conceived - _ABOUT
    was_born = parent.born_on is None or parent.born_on < conceived
    return was_born and (parent.ended_on is None or parent.ended_on >= needed)
