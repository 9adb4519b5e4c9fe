"""Statuses as rows: read, and made again from the events of an animal or of premises."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.livestock.domain.statuses import Status, StatusKind
from services.storage.models import Status as StatusRow
from services.storage.rowsets import keys

_Owner = InstrumentedAttribute[int | None]
_VALUES = ("kind", "since", "source_id", "disease", "until", "ended_by_id")


def status_values(
    session: Session, owner: _Owner, wanted: Iterable[int]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the rows of some animals or premises, each with its owner's database key.

    Args:
        owner: column of the owner, of an animal or of premises.
    """
    columns = [getattr(StatusRow, name) for name in _VALUES]
    rows = session.execute(
        select(owner, *columns).where(owner.in_(keys(session, wanted))).order_by(StatusRow.id)
    )
    for key, *values in rows:
        yield key, tuple(values)


def read_statuses(
    session: Session, owner: _Owner, wanted: Iterable[int]
) -> Iterator[tuple[int, Status]]:
    """Yield the statuses of some animals or premises: see `status_values`."""
    for key, (kind, *values) in status_values(session, owner, wanted):
        yield key, Status(StatusKind(kind), *values)


def place_statuses(session: Session, premises: Iterable[int]) -> dict[int, list[Status]]:
    """Return the statuses of premises, by database key."""
    found: dict[int, list[Status]] = defaultdict(list)
    for place, status in read_statuses(session, StatusRow.premises_id, premises):
        found[place].append(status)
    return found


def save_statuses(session: Session, owner: _Owner, made: Mapping[int, Sequence[Status]]) -> None:
    """Write the statuses of some animals or premises, where they differ from those that stand."""
    stored: dict[int, list[Status]] = defaultdict(list)
    for key, status in read_statuses(session, owner, made):
        stored[key].append(status)
    changed = [key for key, of in made.items() if stored[key] != list(of)]
    if not changed:
        return
    session.execute(delete(StatusRow).where(owner.in_(keys(session, changed))))
    rows = [{owner.key: key, **status_row(status)} for key in changed for status in made[key]]
    if rows:
        session.execute(insert(StatusRow), rows)


def status_row(status: Status) -> dict[str, Any]:
    """Return a status as columns of its row, without its owner."""
    return {
        "kind": status.kind.value,
        "since": status.since,
        "source_id": status.source,
        "disease": status.disease,
        "until": status.until,
        "ended_by_id": status.ended_by,
    }
