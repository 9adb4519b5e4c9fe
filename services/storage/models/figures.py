"""Counts and targets of indicators, what goes where in DHIS2, and what was sent there."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import SealedJson


class IndicatorCount(Base):
    """The figures of a large programme in a period, as a worker counted them last.

    Attributes:
        asked_at: since when a count is waited for; null: for none.
        leased_until: until when a worker holds it.
        counted_at: null: not counted yet.
        sums: see `services.health.indicators.summed_facts`. Sealed: answers are sealed too, and a
            small group tells them.
    """

    __tablename__ = "indicator_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    first_on: Mapped[date]
    last_on: Mapped[date]
    asked_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    sums: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)

    __table_args__ = (UniqueConstraint("programme", "first_on", "last_on"),)


class IndicatorTarget(Base):
    """A target of a programme's indicator; the newest row counts, so the others tell its history.

    Attributes:
        indicator: its code and detail with a dot between.
        goal: per cent of a share, a number a month of a count; none: there is no target any more.
    """

    __tablename__ = "indicator_target"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    indicator: Mapped[str]
    goal: Mapped[int | None]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    set_at: Mapped[datetime]


class Dhis2Link(Base):
    """A mapping to DHIS2 as the console keeps it; the newest row of a programme counts.

    Attributes:
        document: JSON with the members of a mapping file, perhaps not all yet.
        names: JSON: the name of each id in it, as DHIS2 gave it.
    """

    __tablename__ = "dhis2_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    saved_at: Mapped[datetime]


class Dhis2Sending(Base):
    """One time that figures were sent to DHIS2, and what it answered.

    Attributes:
        key: of the form or request that asked for it; the same one sends nothing again.
        system: DHIS2's address.
        period: as DHIS2 writes it.
        everything: what was accepted before was sent, too.
        state: sending, sent, refused, unreachable.
        kind: why it was refused or not reached; none: it was sent.
        counts: JSON: values changed, gone and same here; imported, updated, deleted and ignored
            there.
        conflicts: JSON: what DHIS2 refused, each with its words.
        sent_by_id: none: a command on the server.
    """

    __tablename__ = "dhis2_sending"
    __table_args__ = (Index("ix_dhis2_sending_programme_id", "programme", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    programme: Mapped[str]
    system: Mapped[str]
    data_set: Mapped[str]
    period: Mapped[str]
    everything: Mapped[bool] = mapped_column(server_default=false(), default=False)
    state: Mapped[str]
    kind: Mapped[str | None]
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    conflicts: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
