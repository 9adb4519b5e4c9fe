"""Subjects of a movement question: animals where they are, or the contents of a permit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalKind, Key, Scheme
from services.livestock.domain.movement_questions import MovingAnimal
from services.livestock.queries.positions import AnimalPosition, positions_on
from services.storage.models import Animal, Identifier, Permit, PermitAnimal


class Item(NamedTuple):
    """One thing that may move or not.

    Attributes:
        number: as it was asked about.
        position: the animal, and the premises where it is.
        animal: its number, None for pigs that a permit counts but does not name.
        permit: number of the permit that was asked about.
    """

    number: Key
    position: AnimalPosition
    animal: Key | None = None
    permit: str | None = None


def read_items(session: Session, numbers: Sequence[Key], on: date) -> list[Item]:
    """Return what numbers stand for on a day, in their order; one animal by two numbers once."""
    permits = _permits(session, numbers)
    named = {number: _animals(session, row) for number, row in permits.items()}
    keys = [key for number in numbers for key in named.get(number, [number])]
    standings = dict(zip(keys, positions_on(session, keys, on), strict=True))
    items: list[Item] = []
    for number in numbers:
        if number not in permits:
            items.append(Item(number, standings[number], number))
        elif not named[number]:
            items.append(_counted(number, permits[number]))
        else:
            items += [
                Item(key, _led(standings[key], permits[number]), key, number.value)
                for key in named[number]
            ]
    once: dict[object, Item] = {}
    for item in items:
        once.setdefault((item.position.facts.id or item.number, item.permit), item)
    return list(once.values())


def _counted(number: Key, permit: Permit) -> Item:
    facts = MovingAnimal(str(number), AnimalKind.MOB, head_count=permit.head_count)
    standing = AnimalPosition(facts, permit.origin_id, permit.destination_id)
    return Item(number, standing, None, number.value)


def _led(standing: AnimalPosition, permit: Permit) -> AnimalPosition:
    return standing._replace(towards=permit.destination_id)


def _permits(session: Session, numbers: Iterable[Key]) -> dict[Key, Permit]:
    short = {number.value for number in numbers if number.scheme == Scheme.SHORT}
    if not short:
        return {}
    rows = session.execute(
        select(Identifier.value, Permit)
        .join(Permit, Permit.id == Identifier.permit_id)
        .where(Identifier.scheme == Scheme.SHORT, Identifier.value.in_(short))
    )
    return {Key(Scheme.SHORT, value): row for value, row in rows}


def _animals(session: Session, permit: Permit) -> list[Key]:
    named = select(PermitAnimal.animal_id).where(PermitAnimal.permit_id == permit.id)
    rows = session.execute(
        select(Animal.scheme, Animal.value).where(Animal.id.in_(named)).order_by(Animal.id)
    )
    return [Key(scheme, value) for scheme, value in rows]
