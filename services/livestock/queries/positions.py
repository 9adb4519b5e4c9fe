"""Positions of animals on a day: premises, or the destination of an open movement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.livestock.domain import movements
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.model import AnimalKind, Key
from services.livestock.domain.movement_questions import MovingAnimal
from services.livestock.domain.movements import Move, Stay
from services.livestock.recording.identity import find_animals
from services.livestock.recording.projection import read_states

# An animal that left so long ago and came nowhere is no longer on its way.
LONGEST_JOURNEY = timedelta(days=30)


class AnimalPosition(NamedTuple):
    """Animal and its position on a day.

    Attributes:
        facts: about the animal.
        at: database key of the premises; None: not known.
        towards: database key of the destination, while it is on its way.
    """

    facts: MovingAnimal
    at: int | None = None
    towards: int | None = None


def positions_on(session: Session, keys: Sequence[Key], on: date) -> list[AnimalPosition]:
    """Return the positions of animals on a day, in their order; unknown animals too."""
    found = find_animals(session, keys)
    states = read_states(session, {ref.id for ref in found.values()})
    return [
        _position(str(key), states[ref.id], ref.id, ref.kind, on)
        if (ref := found.get(key))
        else AnimalPosition(MovingAnimal(str(key), registered=False))
        for key in keys
    ]


def _position(key: str, state: AnimalState, animal: int, kind: str, on: date) -> AnimalPosition:
    stays = movements.stays(_home(state), state.moves)
    at = stays[-1].premises if stays else None
    left = _left(stays[-1], state.moves, on) if stays else None
    facts = MovingAnimal(
        key,
        AnimalKind(kind),
        registered=not state.found,
        ended_on=state.ended_on,
        withdrawal_until=state.withdrawal_until,
        arrived_on=_arrived(state.moves, at, on),
        head_count=state.head_count,
        id=animal,
    )
    return AnimalPosition(facts, at, left.destination if left else None)


def _home(state: AnimalState) -> tuple[int, date] | None:
    """Return where an animal was registered, and since when: before it left, even if told later."""
    if state.home is None:
        return None
    place, since = state.home
    left = [
        move.departed_on
        for move in state.moves
        if move.origin == place and move.departed_on is not None and move.arrived_on is None
    ]
    return place, min([since, *left])


def _left(last: Stay, moves: Sequence[Move], on: date) -> Move | None:
    """Return the open departure that ended the last stay, None where there is none of late."""
    if last.until is None or last.until < on - LONGEST_JOURNEY:
        return None
    left = [
        move
        for move in moves
        if (move.origin, move.departed_on, move.arrived_on) == (last.premises, last.until, None)
    ]
    return max(left, key=lambda move: move.departure or 0, default=None)


def _arrived(moves: Iterable[Move], at: int | None, on: date) -> date | None:
    return max(
        (
            move.arrived_on
            for move in moves
            if move.arrived_on is not None and move.arrived_on <= on and move.destination == at
        ),
        default=None,
    )
