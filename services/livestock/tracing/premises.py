"""Tracing from one premises, and degrees and chains of all."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from services.livestock.domain.model import Key
from services.livestock.recording.lookup import require_premises
from services.livestock.recording.short_numbers import numbers_of
from services.livestock.tracing.chains import Summary, summaries
from services.livestock.tracing.evidence import read_edges
from services.livestock.tracing.model import Chain, Direction, Trace, TraceWindow
from services.livestock.tracing.places import read_places
from services.livestock.tracing.window import contacts, movements_of, reach
from services.storage.models import Identifier


def trace_premises(
    session: Session, key: Key, window: TraceWindow, directions: Iterable[Direction] = Direction
) -> Trace:
    """Return the contact chains of a premises.

    Args:
        key: a number of the premises.
        window: days that count.

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
