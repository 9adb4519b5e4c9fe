"""Pork traced to the pigs that it came from, and pigs to the pork that they became."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalKind, Key
from services.livestock.domain.movements import Stay
from services.livestock.recording.pork import consignments_of, sources_of
from services.livestock.tracing.lives import read_lives
from services.storage.models import Animal
from services.storage.rowsets import keys

_OWN = Key("", "")
MOST = 500
"""Pigs and consignments that are followed: pork of pork ends somewhere."""


@dataclass(frozen=True, slots=True)
class PorkLink:
    """A pig that pork came from, or pork that a pig became.

    Attributes:
        key: its first number; as it was named, where the book does not know it.
        of: the consignment that names it, or the animal that it is said to come from.
        kind: None: the book does not know it.
        carcass, kilograms: of a slaughtered pig its carcass; of pork its weight.
    """

    key: Key
    of: Key
    kind: str | None
    ended_on: date | None
    carcass: str | None
    kilograms: float | None
    stays: tuple[Stay, ...]


@dataclass(frozen=True, slots=True)
class PorkTrace:
    """Pigs that an animal's meat came from, and pork that it became; both may be other pork."""

    came_from: tuple[PorkLink, ...] = ()
    became: tuple[PorkLink, ...] = ()

    @property
    def stays(self) -> Iterable[Stay]:
        """The stays of all of them."""
        return (stay for link in (*self.came_from, *self.became) for stay in link.stays)


def trace_pork(session: Session, animal: int, today: date | None = None) -> PorkTrace:
    """Follow pork back to its pigs, and a pig or pork forward to pork, step by step.

    Args:
        animal: database key of a pig, a mob or a consignment.
        today: see `lives.read_lives`.
    """
    back, forward = _back(session, animal), _forward(session, animal)
    if not back and not forward:
        return PorkTrace()
    met = {one for link in (*back, *forward) for one in (link.of, link.animal) if one}
    lives = {life.id: life for life in read_lives(session, met, today)}
    rows = _rows(session, met)

    def shown(link: _Named) -> PorkLink:
        of = lives[link.of].animal
        if link.animal is None:
            return PorkLink(link.number, of, None, None, None, None, ())
        life, row = lives[link.animal], rows[link.animal]
        pork = row.kind == AnimalKind.CONSIGNMENT
        weight = row.kilograms if pork else row.carcass_kilograms
        return PorkLink(life.animal, of, row.kind, life.ended_on, row.carcass, weight, life.stays)

    return PorkTrace(tuple(map(shown, back)), tuple(map(shown, forward)))


class _Named(NamedTuple):
    """A number that pork names, or the pork; `of` and `animal` are database keys."""

    of: int
    number: Key
    animal: int | None


def _back(session: Session, animal: int) -> list[_Named]:
    found: list[_Named] = []
    asked, wanted = set[int](), {animal}
    while wanted and len(found) < MOST:
        asked |= wanted
        new = [
            _Named(pork, number, one)
            for pork, named in sources_of(session, wanted).items()
            for number, one in named
        ]
        found += new
        wanted = {one.animal for one in new if one.animal is not None} - asked
    return found[:MOST]


def _forward(session: Session, animal: int) -> list[_Named]:
    found: list[_Named] = []
    asked, wanted = set[int](), {animal}
    while wanted and len(found) < MOST:
        asked |= wanted
        named = consignments_of(session, wanted)
        new = [_Named(one, _OWN, pork) for one in sorted(named) for pork in sorted(named[one])]
        found += new
        wanted = {one.animal for one in new if one.animal is not None} - asked
    return found[:MOST]


def _rows(session: Session, animals: Iterable[int]) -> dict[int, Any]:
    rows = session.execute(
        select(
            Animal.id, Animal.kind, Animal.carcass, Animal.carcass_kilograms, Animal.kilograms
        ).where(Animal.id.in_(keys(session, animals)))
    )
    return {row.id: row for row in rows}
