"""How many pigs stood at premises on a day, as far as they are known one by one or as mobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services.storage.models import Animal, Movement
from services.traceability.model import AnimalKind
from services.traceability.projection import read_states
from services.traceability.rules.movements import places_on

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session


def heads_on(session: Session, premises: int, day: date) -> int:
    """Return how many living pigs are known to have stood at premises on a local day.

    A mob counts with the heads that it has now.
    """
    came = select(Movement.animal_id).where(Movement.destination_id == premises)
    rows = session.execute(
        select(Animal.id, Animal.kind).where(
            (Animal.registered_at_id == premises) | Animal.id.in_(came),
            Animal.kind != AnimalKind.CONSIGNMENT.value,
        )
    )
    kinds = {row.id: row.kind for row in rows}
    states = read_states(session, kinds)
    return sum(
        (state.head_count or 0) if kinds[animal] == AnimalKind.MOB else 1
        for animal, state in states.items()
        if premises in places_on(day, state.home, state.moves)
        and (state.ended_on is None or state.ended_on >= day)
    )
