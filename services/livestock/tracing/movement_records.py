"""The events behind movements on the ledger, premises as a trace shows them, and whom to call."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.ledger.receipts import recorded_size
from services.livestock.domain.model import Key
from services.livestock.recording.short_numbers import numbers_of
from services.livestock.tracing.model import Edge, Evidence, TracedPlace
from services.storage.key_check import SEALED_NUMBER, open_numbers
from services.storage.models import (
    Animal,
    Contact,
    Identifier,
    Journal,
    LedgerLeaf,
    Party,
    Premises,
)
from services.storage.rowsets import keys

# As an edge has them, then its events; read by place, since a trace has thousands of rows.
_EDGE_COLUMNS = (
    *("origin_id", "derived_origin_id", "destination_id", "departed_on", "arrived_on"),
    *("departure_id", "arrival_id"),
)


def read_edges(session: Session, movements: Select[Any]) -> tuple[Edge, ...]:
    """Return movements with the events that prove them, in order of days.

    Args:
        movements: a statement of rows of the table `movement`.
    """
    found = movements.subquery()
    columns = (getattr(found.c, name) for name in _EDGE_COLUMNS)
    rows = session.execute(
        select(Animal.scheme, Animal.value, *columns).join(Animal, Animal.id == found.c.animal_id)
    ).all()
    book = _read_book(session, {event for *_, left, came in rows for event in (left, came)})
    edges = [
        Edge(
            origin or derived,
            destination,
            departed,
            arrived,
            Key(scheme, value),
            book.get(left),
            book.get(came),
            derived=origin is None,
        )
        for scheme, value, origin, derived, destination, departed, arrived, left, came in rows
    ]
    return tuple(sorted(edges, key=_order))


def events_of(session: Session, animal: Key) -> tuple[Evidence, ...]:
    """Return every event recorded of an animal, in the order they were recorded."""
    events = session.scalars(
        select(LedgerLeaf.journal_id).where(LedgerLeaf.subject == public_subject(*animal))
    )
    book = _read_book(session, set(events))
    return tuple(book[event] for event in sorted(book))


def _read_book(session: Session, events: set[int | None]) -> dict[int, Evidence]:
    """Read the ledger's state of events, by journal key."""
    rows = session.execute(
        select(
            Journal.id,
            Journal.event_id,
            func.min(LedgerLeaf.index),
            func.max(LedgerLeaf.index),
            func.count(LedgerLeaf.id),
            func.count(LedgerLeaf.index),
        )
        .outerjoin(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.id.in_(keys(session, events - {None})))
        .group_by(Journal.id, Journal.event_id)
    )
    size = recorded_size(session)
    return {
        journal: Evidence(
            event, first, on_chain=last is not None and records == batched and last < size
        )
        for journal, event, first, last, records, batched in rows
    }


def _order(edge: Edge) -> tuple[object, ...]:
    departed = edge.departed_on or edge.arrived_on
    arrived = edge.arrived_on or edge.departed_on
    return departed, arrived, edge.origin, edge.destination, edge.animal


@dataclass(frozen=True, slots=True)
class Keeper:
    """A party to call.

    Attributes:
        phones: E.164, only where they were asked for; they show in no log.
    """

    public_id: UUID
    premises: tuple[str, ...]
    phones: tuple[str, ...] = field(default=(), repr=False)


def read_places(session: Session, premises: Iterable[int]) -> dict[int, TracedPlace]:
    """Read premises by database key; their number is the short one where they have one."""
    wanted = set(premises)
    numbers = numbers_of(session, Identifier.premises_id, wanted)
    rows = session.execute(
        select(
            Premises.id,
            Premises.public_id,
            Premises.kind,
            Premises.province,
            Premises.longitude,
            Premises.latitude,
            Premises.district,
            Premises.llg,
            Premises.ward,
            Party.public_id.label("keeper"),
        )
        .outerjoin(Party, Party.id == Premises.keeper_id)
        .where(Premises.id.in_(keys(session, wanted)))
    )
    return {
        row.id: TracedPlace(
            row.public_id,
            numbers[row.id][0] if row.id in numbers else str(row.public_id),
            row.kind,
            row.province,
            None
            if row.longitude is None or row.latitude is None
            else (row.longitude, row.latitude),
            row.keeper,
            row.district,
            row.llg,
            row.ward,
        )
        for row in rows
    }


def keepers(
    session: Session, places: Iterable[TracedPlace], *, phones: bool = False
) -> list[Keeper]:
    """Return whom to call about some premises, each party once."""
    kept = defaultdict[UUID, list[str]](list)
    for place in places:
        if place.keeper is not None:
            kept[place.keeper].append(place.number)
    numbers = _phones(session, kept) if phones else {}
    return [
        Keeper(party, tuple(sorted(kept[party])), tuple(numbers.get(party, ())))
        for party in sorted(kept, key=lambda party: sorted(kept[party]))
    ]


def _phones(session: Session, parties: Iterable[UUID]) -> dict[UUID, list[str]]:
    found = defaultdict[UUID, list[str]](list)
    for party in parties:
        rows = session.execute(
            select(Contact.party_id, SEALED_NUMBER)
            .join(Party, Party.id == Contact.party_id)
            .where(Party.public_id == party)
            .order_by(Contact.id)
        )
        found[party] += [number for _, number in open_numbers(session, rows)]
    return found
