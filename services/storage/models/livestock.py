"""Animals, premises and movements: projections of the journal, which could rebuild them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.types import Sealed


class Animal(Base):
    """An animal. Its ledger key is its first official identifier (`scheme`, `value`), for life."""

    __tablename__ = "animal"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    scheme: Mapped[str]
    value: Mapped[str]
    found: Mapped[bool]
    registered_on: Mapped[date | None]
    registered_at_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"))
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))

    __table_args__ = (UniqueConstraint("scheme", "value"),)


class Premises(Base):
    """A place that holds animals. `subject_key` is its random key on the ledger.

    `name` is what its keeper calls it, which may name a person.
    """

    __tablename__ = "premises"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str | None] = mapped_column(Sealed)
    province: Mapped[str | None]
    found: Mapped[bool]
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)


class Identifier(Base):
    """A number that stands for an animal or premises; unique, and never used again."""

    __tablename__ = "identifier"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True, index=True)
    animal_id: Mapped[int | None] = mapped_column(ForeignKey("animal.id"), index=True)
    premises_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)


class Counter(Base):
    """The last value drawn from a sequence, such as that of short numbers."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class Movement(Base):
    """One movement of one animal: its two sides, each known or not yet."""

    __tablename__ = "movement"

    id: Mapped[int] = mapped_column(primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animal.id"), index=True)
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    destination_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    departed_on: Mapped[date | None]
    arrived_on: Mapped[date | None]
    departure_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    arrival_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))


class Flag(Base):
    """Something about an event that a person should look at; it never blocks the evidence."""

    __tablename__ = "flag"

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
