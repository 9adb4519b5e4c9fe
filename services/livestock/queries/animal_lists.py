"""Animals, mobs and consignments in lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.livestock.domain.access import Viewer
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movements import places_on
from services.livestock.queries.ownership import animals_at, visible_animals
from services.livestock.queries.premises import PremisesSummary, read_places
from services.livestock.recording.projection import read_states
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Animal, Identifier


class Status(StrEnum):
    """Public status of an animal."""

    ALIVE = "alive"
    MOVING = "moving"
    DEAD = "dead"
    UNREGISTERED = "unregistered"


@dataclass(frozen=True, slots=True)
class AnimalSummary:
    """One animal of a list; `numbers` begin with the one that people call it by."""

    public_id: UUID
    kind: str
    numbers: Sequence[str]
    status: Status
    province: str | None
    head_count: int | None
    kilograms: float | None


def animals_wanted(viewer: Viewer, kind: AnimalKind | None, at: int | None) -> Select[Animal]:
    """Select the animals whose numbers `viewer` sees, of a kind, last known at premises."""
    wanted = select(Animal).where(visible_animals(viewer))
    if kind is not None:
        wanted = wanted.where(Animal.kind == kind.value)
    return wanted if at is None else wanted.where(animals_at(at))


def summarise(session: Session, rows: Sequence[Animal]) -> list[AnimalSummary]:
    """Return animals as a list shows them."""
    ids = [row.id for row in rows]
    numbers = numbers_of(session, Identifier.animal_id, ids)
    states = read_states(session, ids)
    here = {one: places_on(date.max, state.home, state.moves) for one, state in states.items()}
    places = read_places(session, set().union(*here.values()))
    return [
        AnimalSummary(
            row.public_id,
            row.kind,
            numbers[row.id],
            status_of(states[row.id]),
            province_of(places[one] for one in here[row.id]),
            row.head_count,
            row.kilograms,
        )
        for row in rows
    ]


def status_of(state: AnimalState) -> Status:
    """Return the public status of an animal."""
    if state.ended_on is not None:
        return Status.DEAD
    if state.found:
        return Status.UNREGISTERED
    moving = any(move.arrived_on is None for move in state.moves)
    return Status.MOVING if moving else Status.ALIVE


def province_of(places: Iterable[PremisesSummary]) -> str | None:
    """Return the one province of the premises that an animal may be at, None where unknown."""
    found = {place.province for place in places}
    return found.pop() if len(found) == 1 else None
