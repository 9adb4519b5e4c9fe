"""State from events: registrations, movements and flags, for one batch of events at a time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select, update

from services.storage.models import Animal, Flag, Movement
from services.traceability import rules
from services.traceability.model import EventType, FlagCode, Move

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from services.traceability.registry import AnimalRef

_MOVE_COLUMNS = {
    "origin": "origin_id",
    "destination": "destination_id",
    "departed_on": "departed_on",
    "arrived_on": "arrived_on",
    "departure": "departure_id",
    "arrival": "arrival_id",
}


class Event(NamedTuple):
    """An event as the projection sees it; keys are the database's."""

    journal_id: int
    type: EventType
    day: date
    premises: int | None
    other: int | None


class Projection:
    """Applies events to the animals they name. `save` writes what changed, in bulk."""

    def __init__(self, session: Session, animals: Iterable[AnimalRef]) -> None:
        self._session = session
        self._homes = {animal.id: animal.home for animal in animals}
        self._moves = read_moves(session, self._homes)
        self._registered: list[dict[str, object]] = []
        self._flags: list[dict[str, object]] = []

    def apply(self, event: Event, animal_id: int) -> FlagCode | None:
        """Apply one event to one animal; return what a person should look at."""
        flag = {
            EventType.REGISTER: self._register,
            EventType.DEPART: self._depart,
            EventType.ARRIVE: self._arrive,
        }[event.type](event, animal_id)
        if flag is not None:
            self._flags.append(
                {"journal_id": event.journal_id, "animal_id": animal_id, "code": flag.value}
            )
        return flag

    def save(self) -> None:
        """Write registrations, movements and flags."""
        moves = [
            (animal, move) for animal, of in self._moves.items() for move in of if move.changed
        ]
        fresh = [{"animal_id": animal, **_columns(move)} for animal, move in moves if not move.id]
        known = [{"id": move.id, **_columns(move)} for _, move in moves if move.id]
        for statement, rows in (
            (update(Animal), self._registered),
            (insert(Movement), fresh),
            (update(Movement), known),
            (insert(Flag), self._flags),
        ):
            if rows:
                self._session.execute(statement, rows)

    def _register(self, event: Event, animal_id: int) -> FlagCode | None:
        if self._homes[animal_id] is not None:
            return FlagCode.REGISTERED_TWICE
        if event.premises is not None:
            self._homes[animal_id] = (event.premises, event.day)
        self._registered.append(
            {
                "id": animal_id,
                "found": False,
                "registered_on": event.day,
                "registered_at_id": event.premises,
                "registered_by_id": event.journal_id,
            }
        )
        return None

    def _depart(self, event: Event, animal_id: int) -> FlagCode | None:
        moves = self._moves[animal_id]
        was_at = rules.places_on(event.day, self._homes[animal_id], moves)
        side = Move(
            origin=event.premises,
            destination=event.other,
            departed_on=event.day,
            departure=event.journal_id,
        )
        rules.depart(moves, side)
        elsewhere = was_at and event.premises not in was_at
        return FlagCode.DEPARTURE_ELSEWHERE if elsewhere else None

    def _arrive(self, event: Event, animal_id: int) -> None:
        side = Move(
            origin=event.other,
            destination=event.premises,
            arrived_on=event.day,
            arrival=event.journal_id,
        )
        rules.arrive(self._moves[animal_id], side)


def read_moves(session: Session, animals: Iterable[int]) -> dict[int, list[Move]]:
    """Read the movements of some animals, by database key."""
    moves: dict[int, list[Move]] = defaultdict(list)
    for row in session.scalars(select(Movement).where(Movement.animal_id.in_(list(animals)))):
        columns = {name: getattr(row, column) for name, column in _MOVE_COLUMNS.items()}
        moves[row.animal_id].append(Move(id=row.id, **columns))
    return moves


def _columns(move: Move) -> dict[str, object]:
    return {column: getattr(move, name) for name, column in _MOVE_COLUMNS.items()}
