"""Reading what is known of an animal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 — dataclass fields

from sqlalchemy import select

from chain.canonical import public_subject
from services.storage.models import (
    Animal,
    Flag,
    Identifier,
    Journal,
    LedgerBatch,
    LedgerLeaf,
    Premises,
)
from services.storage.receipts import ON_CHAIN
from services.traceability.errors import UnknownNumber
from services.traceability.model import Key, Scheme
from services.traceability.numbers import short_number
from services.traceability.projection import read_states
from services.traceability.registry import find_animals, find_premises
from services.traceability.rules import movements

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Place:
    """Premises as they may be shown to their keeper and to officers."""

    public_id: UUID
    number: str
    name: str | None
    province: str | None
    keeper_id: int | None


@dataclass(frozen=True, slots=True)
class StayAt:
    """A time that an animal spent at a place; None: not known, or still there."""

    place: Place | None
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One event, and where it is on the ledger: its index, None while it waits."""

    event_id: UUID
    type: str
    occurred_on: date
    recorded_at: datetime
    content: bytes
    index: int | None
    on_chain: bool


@dataclass(frozen=True, slots=True)
class AnimalHistory:
    """Everything known of an animal."""

    public_id: UUID
    numbers: tuple[str, ...]
    short_number: str | None
    found: bool
    subject: bytes
    stays: tuple[StayAt, ...]
    entries: tuple[JournalEntry, ...]
    flags: tuple[str, ...]


def subject_of(session: Session, key: Key) -> bytes:
    """Return the ledger's subject of an animal or premises, 32 bytes.

    Raises:
        UnknownNumber: nothing here has the number. An animal's subject would follow from it alone,
            but an audit of a number mistyped must not find that all is well.
    """
    if key.scheme == Scheme.PREMISES or is_premises(session, key):
        found = find_premises(session, [key])
        if key not in found:
            raise UnknownNumber(key)
        return found[key].subject_key
    animal = find_animals(session, [key]).get(key)
    if animal is None:
        raise UnknownNumber(key)
    return public_subject(*animal.key)


def animal_history(session: Session, key: Key) -> AnimalHistory:
    """Return everything known of one animal.

    Raises:
        UnknownNumber: nothing has the number.
    """
    animal = find_animals(session, [key]).get(key)
    if animal is None:
        raise UnknownNumber(key)
    row = session.get_one(Animal, animal.id)
    state = read_states(session, [animal.id])[animal.id]
    stays = movements.stays(state.home, state.moves)
    places = read_places(session, {stay.premises for stay in stays if stay.premises})
    subject = public_subject(*animal.key)
    short = short_number(session, Identifier.animal_id == animal.id)
    return AnimalHistory(
        public_id=row.public_id,
        numbers=_numbers(session, Identifier.animal_id == animal.id),
        short_number=short.value if short else None,
        found=row.found,
        subject=subject,
        stays=tuple(
            StayAt(places.get(stay.premises or 0), stay.since, stay.until) for stay in stays
        ),
        entries=tuple(_entries(session, subject)),
        flags=tuple(
            session.scalars(
                select(Flag.code).where(Flag.animal_id == animal.id).order_by(Flag.journal_id)
            )
        ),
    )


def read_places(session: Session, premises: Iterable[int]) -> dict[int, Place]:
    """Read premises by database key; their number is the short one where they have one."""
    wanted = list(premises)
    rows = session.execute(
        select(Identifier.premises_id, Identifier.scheme, Identifier.value)
        .where(Identifier.premises_id.in_(wanted))
        .order_by((Identifier.scheme == Scheme.SHORT).asc(), Identifier.value.desc())
    )
    numbers = {row.premises_id: str(Key(row.scheme, row.value)) for row in rows}
    return {
        row.id: Place(row.public_id, numbers[row.id], row.name, row.province, row.keeper_id)
        for row in session.scalars(select(Premises).where(Premises.id.in_(wanted)))
    }


def is_premises(session: Session, key: Key) -> bool:
    """Tell whether a known number stands for premises."""
    row = session.get(Identifier, tuple(key))
    return row is not None and row.premises_id is not None


def _numbers(session: Session, whose: ColumnElement[bool]) -> tuple[str, ...]:
    rows = session.execute(select(Identifier.scheme, Identifier.value).where(whose))
    return tuple(sorted(str(Key(row.scheme, row.value)) for row in rows))


def _entries(session: Session, subject: bytes) -> Iterable[JournalEntry]:
    rows = session.execute(
        select(Journal, LedgerLeaf.index.label("place"), LedgerBatch.state)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .outerjoin(
            LedgerBatch,
            (LedgerBatch.first <= LedgerLeaf.index) & (LedgerBatch.size > LedgerLeaf.index),
        )
        .where(LedgerLeaf.subject == subject)
        .order_by(Journal.occurred_on, Journal.id)
    )
    for row in rows:
        event = row.Journal
        yield JournalEntry(
            event.event_id,
            event.type,
            event.occurred_on,
            event.recorded_at,
            event.content,
            row.place,
            row.state in ON_CHAIN,
        )
