"""Animals, premises and movements: projections of the journal, which could rebuild them."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed

OUTDATED = date.max
"""`Animal.last_on` of a state that the journal must make again."""


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Animal(Base):
    """One animal, a mob of untagged ones, or a consignment of pork (`kind`): it moves as one.

    Its ledger key is its first official identifier (`scheme`, `value`), for life.

    Attributes:
        head_count: pigs in a mob; null: not known, or not a mob.
        kilograms: of a consignment.
        carcass, carcass_kilograms: number and weight at an abattoir, of what was slaughtered.
        part_of_id: the mob that it was taken from.
        owner_id: to whom it belongs; null: to the keeper of where it was registered.
        withdrawal_until: last day on which a treatment keeps it from slaughter.
        ended_on, ended_by_id: its death or slaughter.
        first_on, last_on: days of its first and last event; `OUTDATED`: an earlier version wrote
            its state, which is made again before its next event.
        seen_at_id, seen_on: where and when an event proved it last.
    """

    __tablename__ = "animal"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    scheme: Mapped[str]
    value: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="animal", default="animal")
    found: Mapped[bool]
    registered_on: Mapped[date | None]
    registered_at_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    born_on: Mapped[date | None]
    sex: Mapped[str | None]
    breed: Mapped[str | None]
    colour: Mapped[str | None]
    dam_id: Mapped[int | None] = mapped_column(ForeignKey("animal.id"))
    sire_id: Mapped[int | None] = mapped_column(ForeignKey("animal.id"))
    part_of_id: Mapped[int | None] = mapped_column(ForeignKey("animal.id"))
    head_count: Mapped[int | None]
    kilograms: Mapped[float | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    withdrawal_until: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    carcass: Mapped[str | None]
    carcass_kilograms: Mapped[float | None]
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    seen_at_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"))
    seen_on: Mapped[date | None]

    # Few are parts of a mob or carcasses, and few come from a database of before `last_on`. The
    # pigs of a province are counted from one index alone.
    __table_args__ = (
        UniqueConstraint("scheme", "value"),
        _partial("ix_animal_carcass", "carcass IS NOT NULL", "carcass", "ended_on"),
        _partial("ix_animal_kind", "kind <> 'animal'", "kind", "id"),
        _partial("ix_animal_part", "part_of_id IS NOT NULL", "part_of_id"),
        _partial("ix_animal_seen_at", "ended_on IS NULL", "seen_at_id", "kind", "head_count"),
        _partial("ix_animal_outdated", "last_on = '9999-12-31'", "id"),
    )


class Premises(Base):
    """A place that holds animals. `subject_key` is its random key on the ledger.

    `name` is what its keeper calls it, which may name a person. `latitude` and `longitude` are
    degrees of WGS 84; they never go to the ledger. `beyond_province` and `beyond_district` are of
    a roadblock: what lies on its far side.
    """

    __tablename__ = "premises"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str | None] = mapped_column(Sealed)
    province: Mapped[str | None] = mapped_column(index=True)
    district: Mapped[str | None]
    llg: Mapped[str | None]
    ward: Mapped[str | None]
    village: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    beyond_province: Mapped[str | None]
    beyond_district: Mapped[str | None]
    found: Mapped[bool]
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)

    # Few are no households: roadblocks, abattoirs, markets.
    __table_args__ = (
        Index("ix_premises_point", "latitude", "longitude"),
        _partial("ix_premises_kind", "kind <> 'household'", "kind", "id"),
    )


class Identifier(Base):
    """A number that stands for one thing; unique, and never used again.

    `retired_on`: a tag was lost on that day; the number stays with its animal.
    """

    __tablename__ = "identifier"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True, index=True)
    animal_id: Mapped[int | None] = mapped_column(ForeignKey("animal.id"), index=True)
    premises_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    permit_id: Mapped[int | None] = mapped_column(ForeignKey("permit.id"), index=True)
    outbreak_id: Mapped[int | None] = mapped_column(ForeignKey("outbreak.id"), index=True)
    retired_on: Mapped[date | None]


class TagRange(Base):
    """Official numbers of one country or maker, `first` to `last`, given to premises."""

    __tablename__ = "tag_range"

    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[str] = mapped_column(unique=True)
    last: Mapped[str] = mapped_column(unique=True)
    premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))


class TagOrder(Base):
    """Official numbers, `first` to `last`, that premises ordered; issued, they are a `TagRange`."""

    __tablename__ = "tag_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[str] = mapped_column(unique=True)
    last: Mapped[str] = mapped_column(unique=True)
    premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))


class Counter(Base):
    """The last value drawn from a sequence, such as that of short numbers."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class Movement(Base):
    """One movement of one animal: its two sides, each known or not yet.

    `seen_at_id` and `seen_on` are where and when an event had proved it last before it departed.
    `ended_on`: day on which the animal's life ended, if nothing is told of it after that day; so a
    trace through an abattoir reads only those that were alive. `heads` are the pigs that arrived,
    of a mob as it was counted then. `derived_origin_id`: where it had been before, of a movement of
    which nobody told where it began.
    """

    __tablename__ = "movement"

    id: Mapped[int] = mapped_column(primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animal.id"))
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"))
    destination_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"))
    departed_on: Mapped[date | None]
    arrived_on: Mapped[date | None]
    departure_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    arrival_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"), index=True)
    seen_at_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"))
    seen_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    heads: Mapped[int | None]
    # Without a reference: to check one, its step would hold up whoever writes.
    derived_origin_id: Mapped[int | None]

    # A premises' movements of some days, and where they lead, are read from one index alone; what
    # has not arrived is little among all.
    __table_args__ = (
        _partial("ix_movement_open", "arrived_on IS NULL", "departed_on"),
        _partial("ix_movement_unarrived", "arrived_on IS NULL", "departure_id"),
        Index("ix_movement_outgoing", "origin_id", "departed_on", "arrived_on", "destination_id"),
        Index("ix_movement_ingoing", "destination_id", "arrived_on", "departed_on", "origin_id"),
        _partial(
            "ix_movement_derived",
            "derived_origin_id IS NOT NULL",
            *("derived_origin_id", "arrived_on", "destination_id"),
        ),
        Index("ix_movement_animal", "animal_id", "origin_id", "departed_on"),
        Index("ix_movement_lives", "destination_id", "ended_on", "arrived_on", "animal_id"),
    )


class PorkSource(Base):
    """A number by which a consignment of pork named a pig that it came from.

    Whose number it is now is told by `Identifier`: a pig may be registered later than its pork.
    """

    __tablename__ = "pork_source"

    consignment_id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (Index("ix_pork_source_number", "scheme", "value"),)


class Status(Base):
    """A status of an animal or of premises, such as stolen or infected, and what made and ended it.

    Attributes:
        until: first local day on which it no longer holds; null: open.
        source_id, ended_by_id: events; without the second its time is over by itself.
    """

    __tablename__ = "status"
    __table_args__ = (_partial("ix_status_open", "until IS NULL", "source_id", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    animal_id: Mapped[int | None] = mapped_column(ForeignKey("animal.id"), index=True)
    premises_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    kind: Mapped[str] = mapped_column(index=True)
    disease: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))


class Flag(Base):
    """Something about an event that a person should look at; it never blocks the evidence."""

    __tablename__ = "flag"

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True, index=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class Correction(Base):
    """An event that a later one declared void. Both stay in the journal and on the ledger."""

    __tablename__ = "correction"

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    corrected_by_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))


class Boundary(Base):
    """Outline of a province or a district, from an official file.

    Attributes:
        district: null: of the whole province.
        west, south, east, north: degrees of WGS 84 round it.
        shape: its geometry, GeoJSON (RFC 7946); `outline`: the same with fewer points, to draw.
    """

    __tablename__ = "boundary"
    __table_args__ = (Index("ix_boundary_name", "province", "district"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    province: Mapped[str]
    district: Mapped[str | None]
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
    shape: Mapped[str]
    outline: Mapped[str]
