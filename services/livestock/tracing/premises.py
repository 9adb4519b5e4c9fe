"""Contact chains of premises, read along indexes: never the whole table of movements.

The chain is widened step by step. A premises that is reached again on a better day is read again
only for the days that are new, so each movement is read once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from services.livestock.domain.model import Key
from services.livestock.domain.movements import LONGEST_JOURNEY
from services.livestock.recording.lookup import require_premises
from services.livestock.recording.projection import BEGAN_AT
from services.livestock.recording.short_numbers import numbers_of
from services.livestock.tracing.chains import Contact, Summary, summaries
from services.livestock.tracing.model import Chain, Direction, Reached, Trace, TraceWindow
from services.livestock.tracing.movement_records import read_edges, read_places
from services.storage.models import Identifier, Movement
from services.storage.rowsets import for_each, spans

Span = tuple[int, date, date]

_DAY = timedelta(days=1)


def trace_premises(
    session: Session, key: Key, window: TraceWindow, directions: Iterable[Direction] = Direction
) -> Trace:
    """Return the contact chains of a premises.

    Raises:
        UnknownNumber: nothing has the number.
        WrongKind: it is a number of an animal.
    """
    root = require_premises(session, key).id
    chains = {one: _chain(session, root, window, one) for one in directions}
    members = {root}.union(*(chain.reached for chain in chains.values()))
    return Trace(root, window, chains, read_places(session, members))


def summarise_all(session: Session, window: TraceWindow) -> list[tuple[str, Summary]]:
    """Return degrees and contact chains of every premises, in order of their numbers."""
    found = summaries(contacts(session, window))
    numbers = numbers_of(session, Identifier.premises_id)
    rows = [(known[0], found.get(one, Summary())) for one, known in numbers.items()]
    return sorted(rows, key=lambda row: _natural(row[0]))


def _chain(session: Session, root: int, window: TraceWindow, direction: Direction) -> Chain:
    reached = reach(session, root, window, direction)
    movements = movements_of(session, root, reached, window, direction)
    return Chain(reached, read_edges(session, movements))


def _natural(number: str) -> tuple[int, str]:
    """Sort 2 before 10."""
    return len(number), number


# The chain is widened step by step. A premises that is reached again on a better day is read again
# only for the days that are new, so each movement is read once.


class _Sides(NamedTuple):
    """A movement's columns as a chain comes upon them: the near side first."""

    near: ColumnElement[Any]
    near_day: ColumnElement[Any]
    far: ColumnElement[Any]
    far_day: ColumnElement[Any]


_COLUMNS = Movement.__table__.c
_SENT = (_COLUMNS.origin_id, _COLUMNS.departed_on)
_DERIVED = (_COLUMNS.derived_origin_id, _COLUMNS.departed_on)
_RECEIVED = (_COLUMNS.destination_id, _COLUMNS.arrived_on)
_SIDES = {
    # Each origin has an index of its own; of the two, one is known.
    Direction.OUTGOING: (_Sides(*_SENT, *_RECEIVED), _Sides(*_DERIVED, *_RECEIVED)),
    Direction.INGOING: (_Sides(*_RECEIVED, BEGAN_AT, _COLUMNS.departed_on),),
}


def reach(
    session: Session, root: int, window: TraceWindow, direction: Direction
) -> dict[int, Reached]:
    """Return the premises of a contact chain, without the root.

    Definitions: see `services.livestock.tracing.chains`. A movement whose far or near premises
    are not known gives no contact; where nobody told where it began, it is where the animal was.

    Args:
        root: database key of the premises.
        window: days that count, at one side of a movement or both.
    """
    start = window.first if direction is Direction.OUTGOING else window.last
    known = {root: Reached(start, 0)}
    frontier = [_of_root(root, window, direction)]
    steps = 0
    while frontier:
        steps += 1
        rows = session.execute(_neighbours(session, frontier, window, direction)).all()
        frontier = []
        for premises, day in rows:
            before = known.get(premises)
            if before is None or _better(day, before.day, direction):
                known[premises] = Reached(day, before.steps if before else steps)
                frontier.append(_new_days(premises, day, before, window, direction))
    del known[root]
    return known


def movements_of(
    session: Session,
    root: int,
    chain: Mapping[int, Reached],
    window: TraceWindow,
    direction: Direction,
) -> Select[Any]:
    """Return a statement of the movements that a chain is made of, all of their columns.

    Args:
        root: database key of the premises.
    """
    members = [_of_root(root, window, direction)]
    members += [
        _new_days(premises, one.day, None, window, direction) for premises, one in chain.items()
    ]
    found = _along(session, members, window, direction, list(_COLUMNS))
    ends = found.c.destination_id, func.coalesce(found.c.origin_id, found.c.derived_origin_id)
    return select(found).where(ends[direction is Direction.INGOING] != root)


def contacts(session: Session, window: TraceWindow) -> Iterator[Contact]:
    """Read every contact of a window once, for `chains.summaries`. Days are ordinals."""
    departed = func.coalesce(Movement.departed_on, Movement.arrived_on)
    arrived = func.coalesce(Movement.arrived_on, Movement.departed_on)
    rows = session.execute(
        select(BEGAN_AT, Movement.destination_id, departed, arrived)
        .where(_within(window), departed <= arrived, Movement.destination_id != BEGAN_AT)
        .distinct()
    )
    for origin, destination, left, came in rows:
        if origin is not None and destination is not None:
            yield Contact(origin, destination, left.toordinal(), came.toordinal())


def _neighbours(
    session: Session, frontier: list[Span], window: TraceWindow, direction: Direction
) -> Select[Any]:
    best = func.min if direction is Direction.OUTGOING else func.max
    found = _along(session, frontier, window, direction)
    return select(found.c.far, best(found.c.day)).group_by(found.c.far)


def _along(
    session: Session,
    frontier: list[Span],
    window: TraceWindow,
    direction: Direction,
    columns: Sequence[ColumnElement[Any]] = (),
) -> Subquery:
    """Return the movements that leave each premises, seen from the root, within its days.

    Args:
        columns: of each; by default the far premises and the day there.
    """
    table = spans(session, frontier)
    return union_all(
        *(
            for_each(session, table, one)
            for sides in _SIDES[direction]
            for one in _leaving(table, sides, window, columns)
        )
    ).subquery()


def _leaving(
    table: FromClause, sides: _Sides, window: TraceWindow, columns: Sequence[ColumnElement[Any]]
) -> Iterator[Select[Any]]:
    """Yield a statement for each range of an index: one condition would read all of a premises."""
    # A one-sided movement counts by its known day.
    day = func.coalesce(sides.far_day, sides.near_day).label("day")
    shown = columns or (sides.far.label("far"), day)
    forwards = or_(sides.far_day.is_(None), _COLUMNS.departed_on <= _COLUMNS.arrived_on)
    near = sides.near_day.between(table.c.first, table.c.last)
    far = and_(sides.near_day.is_(None), sides.far_day.between(table.c.first, table.c.last))
    for condition in (and_(near, forwards), far):
        yield select(*shown).where(
            sides.near == table.c.id, sides.far != sides.near, condition, _within(window)
        )


def _within(window: TraceWindow) -> ColumnElement[bool]:
    return or_(_COLUMNS.departed_on.between(*window), _COLUMNS.arrived_on.between(*window))


def _of_root(root: int, window: TraceWindow, direction: Direction) -> Span:
    """Return the days of a root's own sides of movements that lie within a window by the other."""
    if direction is Direction.OUTGOING:
        far = window.first - date.min < LONGEST_JOURNEY
        return root, date.min if far else window.first - LONGEST_JOURNEY, window.last
    far = date.max - window.last < LONGEST_JOURNEY
    return root, window.first, date.max if far else window.last + LONGEST_JOURNEY


def _better(day: date, known: date, direction: Direction) -> bool:
    return day < known if direction is Direction.OUTGOING else day > known


def _new_days(
    premises: int, day: date, before: Reached | None, window: TraceWindow, direction: Direction
) -> Span:
    if direction is Direction.OUTGOING:
        return premises, day, before.day - _DAY if before else window.last
    return premises, before.day + _DAY if before else window.first, day
