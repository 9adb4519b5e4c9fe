"""Head counts at premises: single pigs and the heads of mobs."""

from __future__ import annotations

from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movements import Stay
from services.livestock.tracing.lives import Life, candidates, read_lives
from services.storage.models import Animal
from services.storage.rowsets import keys


def heads_now(session: Session, premises: int, today: date) -> int:
    """Return how many live pigs are at premises, as far as reports tell.

    A mob counts with its head count; an uncounted mob with none.

    Args:
        premises: database key.
    """
    return _heads(session, [life for life in _lives(session, premises, today) if not life.ended_on])


def heads_on(session: Session, premises: int, day: date) -> int:
    """Return how many pigs are known to have stood at premises on a local day, or died there on it.

    A mob counts with the heads that it has now.
    """
    return _heads(session, _lives(session, premises, day))


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
