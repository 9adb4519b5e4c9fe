"""Positions of animals on a day, and how many stand at premises."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.ledger.lost_records import subjects_of_lost
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.model import AnimalKind, AnimalRef, Key
from services.livestock.domain.movement_questions import MovingAnimal
from services.livestock.domain.movements import Stay
from services.livestock.recording.identity import find_animals
from services.livestock.recording.projection import read_states
from services.livestock.tracing.lives import Life, candidates, read_lives
from services.storage.models import Animal
from services.storage.rowsets import keys


class AnimalPosition(NamedTuple):
    """Animal and its position on a day.

    Attributes:
        at: database key of the premises, while it is on its way those that it left; None: not
            known.
        towards: database key of the destination, while it is on its way.
    """

    facts: MovingAnimal
    at: int | None = None
    towards: int | None = None


def positions_on(session: Session, keys: Sequence[Key], on: date) -> list[AnimalPosition]:
    """Return the positions of animals on a day, in their order; unknown animals too."""
    found = find_animals(session, keys)
    states = read_states(session, {ref.id for ref in found.values()})
    lost = _lost(session, keys, found)
    return [
        _position(str(key), states[ref.id], ref, on, lost=key in lost)
        if (ref := found.get(key))
        else AnimalPosition(MovingAnimal(str(key), registered=False, record_lost=key in lost))
        for key in keys
    ]


def _lost(session: Session, keys: Sequence[Key], found: Mapping[Key, AnimalRef]) -> set[Key]:
    """Return the numbers of which a record was lost, or of whose animal."""
    first = {key: found[key].key if key in found else key for key in keys}
    # A new tag's own leaves say that it was given.
    subjects = {key: {public_subject(*key), public_subject(*first[key])} for key in keys}
    lost = subjects_of_lost(session, set().union(*subjects.values()))
    return {key for key in keys if subjects[key] & lost}


def _position(
    key: str, state: AnimalState, ref: AnimalRef, on: date, *, lost: bool
) -> AnimalPosition:
    found = state.standing(on)
    facts = MovingAnimal(
        key,
        AnimalKind(ref.kind),
        registered=not state.found,
        ended_on=state.ended_on,
        withdrawal_until=state.withdrawal_until,
        moved_on=found.moved_on,
        trip=found.trip,
        head_count=state.head_count,
        id=ref.id,
        statuses=tuple(state.statuses),
        record_lost=lost,
    )
    return AnimalPosition(facts, found.at, found.trip.destination if found.trip else None)


def heads_now(session: Session, premises: int, today: date) -> int:
    """Return how many live pigs are at premises, as far as reports tell.

    A mob counts with its head count; an uncounted mob with none.

    Args:
        premises: database key.
    """
    return _heads(session, [life for life in _lives(session, premises, today) if not life.ended_on])


def lives_on(session: Session, premises: int, day: date) -> list[Life]:
    """Return the animals that are known to stand at premises at the end of a local day, alive."""
    return [
        life
        for life in _lives(session, premises, day)
        if life.ended_on is None or life.ended_on > day
    ]


def _lives(session: Session, premises: int, day: date) -> list[Life]:
    """Return the lives that were at premises at the end of a day, those that ended on it too."""
    lives = read_lives(session, candidates(session, [Stay(premises, day, day)]))
    return [
        life
        for life in lives
        if any(stay.premises == premises and _is_there(stay, life, day) for stay in life.stays)
    ]


def _is_there(stay: Stay, life: Life, day: date) -> bool:
    came = stay.since is not None and stay.since <= day
    return came and (stay.until is None or stay.until > day or stay.until == day == life.ended_on)


def _heads(session: Session, lives: list[Life]) -> int:
    heads = case(
        (Animal.kind == AnimalKind.ANIMAL, 1),
        (Animal.kind == AnimalKind.MOB, func.coalesce(Animal.head_count, 0)),
        else_=0,
    )
    here = keys(session, [life.id for life in lives])
    return session.scalar(select(func.sum(heads)).where(Animal.id.in_(here))) or 0
