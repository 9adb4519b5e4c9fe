"""The events behind movements, and where they are on the ledger."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.ledger.receipts import recorded_size
from services.livestock.domain.model import Key
from services.livestock.tracing.model import Edge, Evidence
from services.storage.models import Animal, Journal, LedgerLeaf
from services.storage.rowsets import keys


def read_edges(session: Session, movements: Select[Any]) -> tuple[Edge, ...]:
    """Return movements with the events that prove them, in order of days.

    Args:
        movements: a statement of rows of the table `movement`.
    """
    found = movements.subquery()
    rows = session.execute(
        select(*found.c, Animal.scheme, Animal.value).join(Animal, Animal.id == found.c.animal_id)
    ).all()
    book = _read_book(
        session, {row.departure_id for row in rows} | {row.arrival_id for row in rows}
    )
    edges = [
        Edge(
            row.origin_id,
            row.destination_id,
            row.departed_on,
            row.arrived_on,
            Key(row.scheme, row.value),
            book.get(row.departure_id),
            book.get(row.arrival_id),
        )
        for row in rows
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
            func.min(LedgerLeaf.index).label("first"),
            func.max(LedgerLeaf.index).label("last"),
            func.count(LedgerLeaf.id).label("records"),
            func.count(LedgerLeaf.index).label("batched"),
        )
        .outerjoin(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.id.in_(keys(session, events - {None})))
        .group_by(Journal.id, Journal.event_id)
    )
    size = recorded_size(session)
    return {
        row.id: Evidence(
            row.event_id,
            row.first,
            on_chain=0 < row.records == row.batched and row.last < size,
        )
        for row in rows
    }


def _order(edge: Edge) -> tuple[object, ...]:
    departed = edge.departed_on or edge.arrived_on
    arrived = edge.arrived_on or edge.departed_on
    return departed, arrived, edge.origin, edge.destination, edge.animal
