"""Stays of animals, and the other animals at some premises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, exists, or_, select, union
from sqlalchemy.orm import Session, aliased

from services.livestock.domain.model import Key
from services.livestock.domain.movements import Move, Stay
from services.livestock.domain.movements import stays as stays_of
from services.livestock.tracing.stays import days_of, ended
from services.storage.models import Animal, Movement
from services.storage.rowsets import for_each, keys, spans


@dataclass(frozen=True, slots=True)
class Life:
    """Places of an animal. `home`: premises and day of its registration."""

    id: int
    animal: Key
    home: tuple[int, date] | None
    ended_on: date | None
    stays: tuple[Stay, ...]


def read_lives(session: Session, animals: Iterable[int]) -> list[Life]:
    """Read where some animals have been, by database key; in the order of the keys."""
    wanted = list(animals)
    moves = _moves(session, wanted)
    rows = session.execute(
        select(
            Animal.id,
            Animal.scheme,
            Animal.value,
            Animal.registered_at_id,
            Animal.registered_on,
            Animal.ended_on,
        )
        .where(Animal.id.in_(keys(session, wanted)))
        .order_by(Animal.id)
    )
    lives = []
    for row in rows:
        at, on = row.registered_at_id, row.registered_on
        home = (at, on) if at is not None and on is not None else None
        stays = ended(stays_of(home, moves[row.id]), row.ended_on)
        lives.append(Life(row.id, Key(row.scheme, row.value), home, row.ended_on, tuple(stays)))
    return lives


def candidates(session: Session, stays: Iterable[Stay]) -> set[int]:
    """Return every animal that may have been at the premises of some stays during them.

    It may hold more, so `stays.shared` decides; it never misses one. Database keys.
    """
    known = [(stay.premises, *days_of(stay)) for stay in stays if stay.premises is not None]
    here = spans(session, known)
    left = aliased(Movement)
    gone_before = (
        exists()
        .where(
            left.animal_id == Movement.animal_id,
            left.origin_id == here.c.id,
            left.departed_on > Movement.arrived_on,
            left.departed_on < here.c.first,
        )
        .correlate(Movement, here)
    )
    came = (Movement.destination_id == here.c.id, Movement.arrived_on <= here.c.last, ~gone_before)
    # The day of arrival elsewhere stands for an unreported departure.
    went = (
        Movement.origin_id == here.c.id,
        or_(
            Movement.departed_on >= here.c.first,
            and_(Movement.departed_on.is_(None), Movement.arrived_on >= here.c.first),
        ),
    )
    registered = select(Animal.id).where(Animal.registered_at_id == here.c.id)
    found = [select(Movement.animal_id).where(*how) for how in (came, went)]
    parts = [for_each(session, here, one) for one in (*found, registered)]
    return set(session.scalars(union(*parts)))


def _moves(session: Session, animals: list[int]) -> dict[int, list[Move]]:
    found = defaultdict[int, list[Move]](list)
    rows = session.execute(
        select(*Movement.__table__.c)
        .where(Movement.animal_id.in_(keys(session, animals)))
        .order_by(Movement.id)
    )
    for row in rows:
        found[row.animal_id].append(
            Move(
                row.id,
                row.origin_id,
                row.destination_id,
                row.departed_on,
                row.arrived_on,
                row.departure_id,
                row.arrival_id,
            )
        )
    return found
