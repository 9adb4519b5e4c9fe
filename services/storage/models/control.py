"""Disease control: outbreaks, the orders and permits that bind movements, notices to keepers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed


class Outbreak(Base):
    """An outbreak of a disease and its state: suspect, confirmed, controlled, released."""

    __tablename__ = "outbreak"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[bytes] = mapped_column(unique=True)
    disease: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    index_premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    began_on: Mapped[date]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))


class ControlOrder(Base):
    """A quarantine or a zone: where, from when, until when (null: open).

    `area` is what `services.livestock.domain.areas` reads. `area_salt` hides it in the canonical
    record, which holds only a commitment of it: a small area shows a household's point.
    """

    __tablename__ = "control_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[bytes] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    status: Mapped[str | None]
    disease: Mapped[str | None]
    area: Mapped[dict[str, Any]] = mapped_column(JSON)
    area_name: Mapped[str]
    area_salt: Mapped[bytes]
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(index=True)
    declared_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    outbreak_id: Mapped[int | None] = mapped_column(ForeignKey("outbreak.id"), index=True)
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))


class Permit(Base):
    """Leave for one journey: asked, issued, refused, revoked, or closed when it is used up.

    It binds named animals (`PermitAnimal`) or, where there are none, any pigs; what arrives uses
    it up (`PermitUse`).

    Attributes:
        head_count: how many pigs it covers; where it names mobs, as many as these had when it was
            asked for, and the pigs beside them. None: it names single pigs alone.
    """

    __tablename__ = "permit"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[bytes] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(index=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    origin_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    destination_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    head_count: Mapped[int | None]
    closed_on: Mapped[date | None]


class PermitAnimal(Base):
    """An animal that a permit names."""

    __tablename__ = "permit_animal"

    permit_id: Mapped[int] = mapped_column(ForeignKey("permit.id"), primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True, index=True)


class PermitUse(Base):
    """Pigs that used up a permit by an arrival: `heads` of a mob, or one."""

    __tablename__ = "permit_use"

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True, index=True)
    permit_id: Mapped[int] = mapped_column(ForeignKey("permit.id"), index=True)
    heads: Mapped[int]


class PermitRoute(Base):
    """A roadblock that a permit leads by."""

    __tablename__ = "permit_route"

    permit_id: Mapped[int] = mapped_column(ForeignKey("permit.id"), primary_key=True)
    premises_id: Mapped[int] = mapped_column(
        ForeignKey("premises.id"), primary_key=True, index=True
    )


class Check(Base):
    """An inspector's check of one animal: passed, turned back, seized."""

    __tablename__ = "check_made"

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True, index=True)
    premises_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    permit_id: Mapped[int | None] = mapped_column(ForeignKey("permit.id"), index=True)
    purpose: Mapped[str]
    outcome: Mapped[str]


class Post(Base):
    """The roadblock at which an inspector stands, and the numbers that they asked about last."""

    __tablename__ = "post"

    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), primary_key=True)
    premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    asked: Mapped[list[str]] = mapped_column(JSON)
    asked_at: Mapped[datetime | None]


class Notice(Base):
    """A text to every keeper whom an order reaches; sent when a second officer has approved it.

    Attributes:
        state: drafted or approved.
        texts: JSON, by language.
        draft_id: the event that drafted it.
        drafted_recipients: whom it reached when it was drafted.
        recipients, segments: whom it reaches by its state, and in how many segments.
        cost: toea.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("control_order.id"), index=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    state: Mapped[str] = mapped_column(index=True)
    texts: Mapped[str] = mapped_column(Sealed)
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    drafted_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    drafted_recipients: Mapped[int]
    recipients: Mapped[int]
    segments: Mapped[int]
    cost: Mapped[int]


class AlarmedSender(Base):
    """Alarms that a party, or a village box, caused in its hour and day, and those untold.

    `untold`: JSON of the database keys of premises.
    """

    __tablename__ = "alarm_sender"

    kind: Mapped[str] = mapped_column(primary_key=True)
    sender_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    day: Mapped[datetime]
    places: Mapped[int]
    of_day: Mapped[int]
    untold: Mapped[str]


class PlaceAlarm(Base):
    """The last alarm of a place: when it went, how severe it was, and reports since, untold."""

    __tablename__ = "place_alarm"

    premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), primary_key=True)
    since: Mapped[datetime]
    severity: Mapped[int]
    untold: Mapped[int]
