"""Stays of animals, against each other and a window of days, and others at the same premises.

An unknown beginning counts as long before, and an unreported end as still there: for tracing,
a contact too many is better than one missed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, exists, or_, select, union
from sqlalchemy.orm import Session, aliased

from services.livestock.domain.model import AnimalKind, AnimalRef, Key
from services.livestock.domain.movements import Move, Stay
from services.livestock.domain.movements import stays as stays_of
from services.livestock.recording.projection import read_beginnings
from services.livestock.recording.rebuilding import all_parts
from services.livestock.tracing.model import TraceWindow
from services.storage.models import Animal, Movement
from services.storage.rowsets import for_each, keys, spans

EVER = TraceWindow(date.min, date.max)


@dataclass(frozen=True, slots=True)
class Life:
    """Places of an animal. `home`: premises and day of its registration, or of its mob's."""

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
            Animal.part_of_id,
        )
        .where(Animal.id.in_(keys(session, wanted)))
        .order_by(Animal.id)
    ).all()
    parts = [row.id for row in rows if row.part_of_id is not None]
    began = read_beginnings(session, parts) if parts else {}
    lives = []
    for row in rows:
        at, on = row.registered_at_id, row.registered_on
        home = (at, on) if at is not None and on is not None else None
        start = began.get(row.id)
        stays = tuple(ended(stays_of(home, moves[row.id], start), row.ended_on))
        lives.append(Life(row.id, Key(row.scheme, row.value), start or home, row.ended_on, stays))
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
    return set(session.scalars(union(*parts))) | _parts_of_mobs(session, known)


def _parts_of_mobs(session: Session, known: Iterable[tuple[int, date, date]]) -> set[int]:
    """Return the parts of mobs that began at premises; their movements are their own."""
    here = keys(session, {premises for premises, _, _ in known})
    rows = session.execute(
        select(Animal.id, Animal.scheme, Animal.value, Animal.kind).where(
            Animal.registered_at_id.in_(here), Animal.kind == AnimalKind.MOB
        )
    )
    mobs = [AnimalRef(row.id, Key(row.scheme, row.value), row.kind) for row in rows]
    return {part.ref.id for part in all_parts(session, mobs)}


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


# An unknown beginning counts as long before, and an unreported end as still there: for tracing,
# a contact too many is better than one missed.


def days_of(stay: Stay) -> TraceWindow:
    """Return the days that a stay may have had."""
    return TraceWindow(stay.since or date.min, stay.until or date.max)


def within(stays: Iterable[Stay], window: TraceWindow) -> list[Stay]:
    """Return the stays that have a day in a window, as they are."""
    return [stay for stay in stays if _overlap(days_of(stay), window)]


def ended(stays: Sequence[Stay], on: date | None) -> list[Stay]:
    """Return stays of which those that are open end with the animal's life.

    One that was told to begin after it is of its first day alone.
    """
    if on is None:
        return list(stays)
    return [
        stay if stay.until is not None else stay._replace(until=max(on, stay.since or on))
        for stay in stays
    ]


def shared(one: Iterable[Stay], other: Iterable[Stay], window: TraceWindow = EVER) -> list[Stay]:
    """Return when and where two animals were at the same premises, both days counted."""
    theirs = list(other)
    found = []
    for mine in one:
        for stay in theirs:
            if mine.premises is None or stay.premises != mine.premises:
                continue
            days = _overlap(days_of(mine), days_of(stay))
            if days and (days := _overlap(days, window)):
                found.append(Stay(mine.premises, _known(days.first), _known(days.last)))
    return found


def has_no_gap(stays: Sequence[Stay], ended_on: date | None) -> bool:
    """Tell whether stays follow each other without a gap, to now or to the end of the life.

    A gap: a place that nothing says how it came to, a way to a place not known, or a departure
    after which it was not seen. The days of a journey between two known places are none.
    """
    return bool(stays) and not any(
        stay.premises is None
        or stay.since is None
        or (stay.until is None) != (place == len(stays) and ended_on is None)
        for place, stay in enumerate(stays, start=1)
    )


def begins_at(stays: Sequence[Stay], home: tuple[int, date] | None) -> bool:
    """Tell whether stays go back to where the animal was born or registered."""
    return bool(stays) and home is not None and (stays[0].premises, stays[0].since) == home


def _overlap(one: TraceWindow, other: TraceWindow) -> TraceWindow | None:
    first, last = max(one.first, other.first), min(one.last, other.last)
    return TraceWindow(first, last) if first <= last else None


def _known(day: date) -> date | None:
    return None if day in EVER else day
