"""Censuses of pigs: whom each asks, and what they answered."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base

UNANSWERED = "journal_id IS NULL"
"""The condition on keepers who have told no count."""


class Census(Base):
    """A count of pigs that an officer drafts, a second one opens, and somebody or the clock closes.

    Attributes:
        state: drafted, open or closed.
        province, district: its area; null: the whole country, or the whole province.
        first_day, last_day: local days on which it asks and counts.
        draft_id: the event that drafted it.
        keepers: whom it asks, by its state: those with a phone.
        without_phone: keepers of the area who cannot be asked.
        segments, cost: of the first question; toea.
        chosen_to, chased_to: database keys of the last keepers who were chosen, and asked again.
        chosen_at, chased_at, listed_at: when all were chosen, asked again, and the silent listed.
    """

    __tablename__ = "census"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[bytes] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(index=True)
    province: Mapped[str | None]
    district: Mapped[str | None]
    first_day: Mapped[date]
    last_day: Mapped[date]
    draft_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    drafted_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    keepers: Mapped[int]
    without_phone: Mapped[int]
    segments: Mapped[int]
    cost: Mapped[int]
    chosen_to: Mapped[int] = mapped_column(server_default="0", default=0)
    chosen_at: Mapped[datetime | None]
    chased_to: Mapped[int] = mapped_column(server_default="0", default=0)
    chased_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]


class CensusKeeper(Base):
    """A keeper whom a census counts, once; where they keep pigs, and what they told.

    Attributes:
        premises_id: the first of their places in the area; their count is recorded there.
        message_key: of the first question in the outbox; null: they had no phone.
        asked_at, chased_at: when the questions were queued.
        which_at: when they were asked which of two questions a number answers.
        journal_id, heads: the count that stands; null: they told none.
        known: pigs that the book had at their places of the area then.
        late: whether it was told after the census.
        task_id: the task that lists them among the silent ones.
    """

    __tablename__ = "census_keeper"

    census_id: Mapped[int] = mapped_column(ForeignKey("census.id"), primary_key=True)
    party_id: Mapped[int] = mapped_column(
        ForeignKey("party.id"), primary_key=True, autoincrement=False, index=True
    )
    premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    message_key: Mapped[bytes | None]
    asked_at: Mapped[datetime | None]
    chased_at: Mapped[datetime | None]
    which_at: Mapped[datetime | None]
    journal_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    heads: Mapped[int | None]
    known: Mapped[int | None]
    late: Mapped[bool] = mapped_column(server_default=false(), default=False)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))

    __table_args__ = (
        Index(
            "ix_census_keeper_silent",
            "census_id",
            "task_id",
            "party_id",
            sqlite_where=text(UNANSWERED),
            postgresql_where=text(UNANSWERED),
        ),
    )
