"""Order of the movements of one animal, the stays that they make, and where each began; pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from services.livestock.domain.movements import Move, Stay


def stays(
    home: tuple[int, date] | None,
    moves: Iterable[Move],
    began: Iterable[tuple[int, date]] = (),
) -> list[Stay]:
    """Return where an animal has been, oldest first; the last stay is open.

    A departure from a place that nothing says it had arrived at gives a stay of unknown beginning.

    Args:
        home: premises and day of registration: it was there, if no movement says so, from then on.
        began: those of the mobs that it was part of, the first before the others.
    """
    return _walk(_with_beginnings(home, moves, began))[0]


def origins(
    home: tuple[int, date] | None,
    moves: Iterable[Move],
    began: Iterable[tuple[int, date]] = (),
) -> list[tuple[Move, int | None]]:
    """Return movements with where each began: of which nobody told, the stay before it.

    Args:
        home, began: see `stays`; each may be among the movements, as one that began nowhere.
    """
    return _walk(_with_beginnings(home, moves, began))[1]


def _with_beginnings(
    home: tuple[int, date] | None,
    moves: Iterable[Move],
    began: Iterable[tuple[int, date]],
) -> list[Move]:
    known = list(moves)
    for start in (*began, home):
        if start and not any(_covers(stay, *start) for stay in _walk(known)[0]):
            known.append(Move(destination=start[0], arrived_on=start[1]))
    return known


def _walk(moves: Iterable[Move]) -> tuple[list[Stay], list[tuple[Move, int | None]]]:
    """Return the stays that movements make, and where each movement began."""
    found: list[Stay] = []
    begun = []
    for move in in_order(moves):
        origin = found[-1].premises if move.origin is None and found else move.origin
        begun.append((move, origin))
        left = move.departed_on or move.arrived_on
        # A report from elsewhere may have come between, or the same arrival twice.
        open_there = [
            place
            for place, stay in enumerate(found)
            if origin is not None and stay.premises == origin and stay.until is None
        ]
        for place in open_there:
            found[place] = found[place]._replace(until=left)
        if not open_there and move.origin is not None:
            found.append(Stay(move.origin, None, left))
        if move.arrived_on is not None and move.destination is not None:
            found.append(Stay(move.destination, move.arrived_on, None))
    return found, begun


def _covers(stay: Stay, premises: int, day: date) -> bool:
    since, until = stay.since or date.max, stay.until or date.max
    return stay.premises == premises and since <= day <= until


def in_order(moves: Iterable[Move], home: tuple[int, date] | None = None) -> Iterator[Move]:
    """Yield movements by day; within a day, each from where the one before it ended.

    Args:
        home: premises and day of registration: it is there until it moves.
    """
    before: Move | None = None
    for day, together in groupby(sorted(moves, key=_order), key=_when):
        today = list(together)
        if home is not None and home[1] < day:
            if before is None or (before.arrived_on or date.min) < home[1]:
                before = Move(destination=home[0], arrived_on=home[1])
            home = None
        while today:
            before = _next(today, before)
            today.remove(before)
            yield before


def _next(today: Sequence[Move], before: Move | None) -> Move:
    """Choose the movement of a day that follows another: where it came to tells most."""
    ends = {move.destination for move in today} - {None}
    begins = [move for move in today if move.origin not in ends]
    here = None if before is None else before.destination
    onward = [move for move in today if here is not None and move.origin == here]
    if before is not None and before.arrived_on is None:
        # Nobody told that it came there.
        return (begins or onward or today)[0]
    return (onward or begins or today)[0]


def _when(move: Move) -> date:
    return move.departed_on or move.arrived_on or date.min


def _order(move: Move) -> tuple[date, int]:
    return _when(move), move.departure or move.arrival or 0
