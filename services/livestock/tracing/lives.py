"""Stays of animals, against each other and a window of days, and others at the same premises.

An unknown beginning counts as long before, and an unreported end as still there: for tracing,
a contact too many is better than one missed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Exists, FromClause, Row, Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.livestock.domain.model import AnimalKind, AnimalRef, Key
from services.livestock.domain.movements import Move, Sighting, Stay
from services.livestock.domain.standing import presumed_stay
from services.livestock.domain.stays import stays as stays_of
from services.livestock.recording.projection import read_beginnings, read_moves
from services.livestock.recording.rebuilding import all_parts
from services.livestock.tracing.model import TraceWindow
from services.storage.models import Animal, Movement
from services.storage.rowsets import for_each_row, keys, spans

PlaceSpan = tuple[int, date, date]
"""Database key of premises, and the first and last of some days."""
EVER = TraceWindow(date.min, date.max)


@dataclass(frozen=True, slots=True)
class Life:
    """Places of an animal. `home`: premises and day of its registration, or of its mob's."""

    id: int
    animal: Key
    home: tuple[int, date] | None
    ended_on: date | None
    stays: tuple[Stay, ...]


def read_lives(session: Session, animals: Iterable[int], today: date | None = None) -> list[Life]:
    """Read where some animals have been, by database key; in the order of the keys.

    Args:
        today: day on which it is asked where they are presumed to be; None: nothing is presumed.
    """
    wanted = list(animals)
    moves = read_moves(session, wanted)
    rows = session.execute(
        select(
            Animal.id,
            Animal.scheme,
            Animal.value,
            Animal.registered_at_id,
            Animal.registered_on,
            Animal.ended_on,
            Animal.part_of_id,
            Animal.seen_at_id,
            Animal.seen_on,
        )
        .where(Animal.id.in_(keys(session, wanted)))
        .order_by(Animal.id)
    ).all()
    parts = [row.id for row in rows if row.part_of_id is not None]
    began = read_beginnings(session, parts) if parts else {}
    return [_life(row, moves[row.id], began.get(row.id, ()), today) for row in rows]


def _life(
    row: Row[*tuple[Any, ...]],
    moves: list[Move],
    began: tuple[tuple[int, date], ...],
    today: date | None,
) -> Life:
    at, on = row.registered_at_id, row.registered_on
    home = (at, on) if at is not None and on is not None else None
    stays = ended(stays_of(home, moves, began), row.ended_on)
    seen = Sighting(row.seen_at_id, row.seen_on) if row.seen_at_id and row.seen_on else None
    if today and (one := presumed_stay(moves, seen, today, row.ended_on)):
        stays.append(one)
    return Life(
        row.id, Key(row.scheme, row.value), began[0] if began else home, row.ended_on, tuple(stays)
    )


def candidates(session: Session, stays: Iterable[Stay]) -> set[int]:
    """Return every animal that may have been at the premises of some stays during them.

    It may hold more, so `stays.shared` decides; it never misses one. Database keys.
    """
    known = place_spans(stays, EVER)
    found = set(session.scalars(union(*_candidates(session, known))))
    return found | _parts_of_mobs(session, known)


class CandidatePage(NamedTuple):
    """Some candidates in the order of their database keys, and how many there are in all."""

    ids: list[int]
    total: int


def candidate_page(
    session: Session, spans_of: Sequence[PlaceSpan], besides: int, page: tuple[int, int]
) -> CandidatePage:
    """Return some of the animals that may have been at premises on some days.

    Args:
        besides: the animal that is not counted.
        page: the database key after which they begin, and how many at most.
    """
    known, (after, most) = spans_of, page
    parts = _parts_of_mobs(session, known)
    of_parts = select(Animal.id).where(Animal.id.in_(keys(session, parts)))
    found = union(*_candidates(session, known), *([of_parts] if parts else []))
    # Found once: both databases would otherwise look for them again to count them.
    every = select(found.subquery()).cte("candidate").prefix_with("MATERIALIZED")
    others = every.c[0] != besides
    total = select(func.count()).select_from(every).where(others).scalar_subquery()
    rows = session.execute(
        select(every.c[0], total).where(others, every.c[0] > after).order_by(every.c[0]).limit(most)
    ).all()
    return CandidatePage([row[0] for row in rows], rows[0][1] if rows else 0)


def place_spans(stays: Iterable[Stay], window: TraceWindow) -> list[PlaceSpan]:
    """Return the days of stays at known premises that lie within a window."""
    return [
        (stay.premises, *days)
        for stay in stays
        if stay.premises is not None and (days := overlap(days_of(stay), window))
    ]


def _candidates(session: Session, known: Sequence[PlaceSpan]) -> list[Select[int]]:
    """Return statements of candidates; none knows the parts of mobs."""
    here = spans(session, known)
    # The day of arrival elsewhere stands for an unreported departure.
    went = or_(
        Movement.departed_on >= here.c.first,
        and_(Movement.departed_on.is_(None), Movement.arrived_on >= here.c.first),
    )
    found = [
        *_arrived(here),
        select(Movement.animal_id).where(Movement.origin_id == here.c.id, went),
        _registered(here),
        _presumed(here),
    ]
    return for_each_row(session, here, found)


def _arrived(here: FromClause) -> list[Select[int]]:
    """Return the animals that came before the last day, alive on the first: a range each."""
    came = select(Movement.animal_id).where(
        Movement.destination_id == here.c.id,
        Movement.arrived_on <= here.c.last,
        ~_gone(Movement.animal_id, Movement.arrived_on, here, Movement),
    )
    lives = (Movement.ended_on.is_(None), Movement.ended_on >= here.c.first)
    return [came.where(alive) for alive in lives]


def _registered(here: FromClause) -> Select[int]:
    alive = or_(
        Animal.ended_on.is_(None),
        Animal.ended_on >= here.c.first,
        # What is told of after its end makes the end doubtful.
        Animal.last_on.is_(None),
        Animal.last_on > Animal.ended_on,
    )
    gone = _gone(Animal.id, Animal.registered_on, here, Animal)
    return select(Animal.id).where(
        Animal.registered_at_id == here.c.id, Animal.registered_on <= here.c.last, alive, ~gone
    )


def _gone(
    animal: InstrumentedAttribute[int],
    since: InstrumentedAttribute[date | None],
    here: FromClause,
    table: type[Animal | Movement],
) -> Exists:
    """Return the condition of having left premises again before the first day."""
    left = aliased(Movement)
    return (
        exists()
        .where(
            left.animal_id == animal,
            left.origin_id == here.c.id,
            left.departed_on > since,
            left.departed_on < here.c.first,
        )
        .correlate(table, here)
    )


def _presumed(here: FromClause) -> Select[int]:
    """Return the animals that are presumed there: nobody told of their arrival."""
    found = select(Movement.animal_id).where(
        Movement.destination_id == here.c.id,
        Movement.arrived_on.is_(None),
        Movement.departed_on <= here.c.last,
    )
    lives = (Movement.ended_on.is_(None), Movement.ended_on >= here.c.first)
    return found.where(or_(*lives))


def _parts_of_mobs(session: Session, known: Iterable[PlaceSpan]) -> set[int]:
    """Return the parts of mobs that began at premises; their movements are their own."""
    here = keys(session, {premises for premises, _, _ in known})
    rows = session.execute(
        select(Animal.id, Animal.scheme, Animal.value, Animal.kind).where(
            Animal.registered_at_id.in_(here), Animal.kind == AnimalKind.MOB
        )
    )
    mobs = [AnimalRef(row.id, Key(row.scheme, row.value), row.kind) for row in rows]
    return {part.ref.id for part in all_parts(session, mobs)}


def days_of(stay: Stay) -> TraceWindow:
    """Return the days that a stay may have had."""
    return TraceWindow(stay.since or date.min, stay.until or date.max)


def within(stays: Iterable[Stay], window: TraceWindow) -> list[Stay]:
    """Return the stays that have a day in a window, as they are."""
    return [stay for stay in stays if overlap(days_of(stay), window)]


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
            days = overlap(days_of(mine), days_of(stay))
            if days and (days := overlap(days, window)):
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


def overlap(one: TraceWindow, other: TraceWindow) -> TraceWindow | None:
    """Return the days that two windows share; None: there are none."""
    first, last = max(one.first, other.first), min(one.last, other.last)
    return TraceWindow(first, last) if first <= last else None


def _known(day: date) -> date | None:
    return None if day in EVER else day
