"""Tasks of officers and clinicians, their sources, and their history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, WholeSecond
from services.storage.vault import Sealed

OPEN_TASK = "closed_at IS NULL"
"""The condition on tasks that nobody ended yet."""


class Task(Base):
    """Something that a person of a service must do in a province.

    Of a task of health no row leads to a party: its person stands in its concern, or in the sealed
    sender of its message. Instants are to the second, as `WholeSecond` tells.

    Attributes:
        subject_key: random key on the ledger; null: of health, whose tasks are no events.
        number: short, with check digits, for keypads.
        programme: code, of health; null: of none.
        code: what happened, in a word of its kind, such as that of a flag.
        topic: digest of what it is about; while it is open, more of that joins it.
        party_id: whom to call, of livestock.
        told_at: when somebody was told of it first; null: nobody yet.
        level: how far it was passed on: see `services.messaging.tasks.model.Level`.
        owner_id: who took it.
        outcome: null while it is open.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "ix_task_topic",
            "topic",
            unique=True,
            sqlite_where=text(OPEN_TASK),
            postgresql_where=text(OPEN_TASK),
        ),
        Index(
            "ix_task_open",
            "kind",
            "service",
            "province",
            sqlite_where=text(OPEN_TASK),
            postgresql_where=text(OPEN_TASK),
        ),
        Index(
            "ix_task_open_party",
            "party_id",
            "kind",
            sqlite_where=text(OPEN_TASK),
            postgresql_where=text(OPEN_TASK),
        ),
        Index(
            "ix_task_due",
            "due_at",
            sqlite_where=text(OPEN_TASK),
            postgresql_where=text(OPEN_TASK),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[bytes | None] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    service: Mapped[str]
    province: Mapped[str | None]
    programme: Mapped[str | None]
    code: Mapped[str | None]
    topic: Mapped[bytes]
    party_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    premises_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(WholeSecond)
    due_at: Mapped[datetime] = mapped_column(WholeSecond)
    told_at: Mapped[datetime | None] = mapped_column(WholeSecond)
    level: Mapped[int] = mapped_column(server_default="0", default=0)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(WholeSecond, index=True)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    outcome: Mapped[str | None]


class TaskSource(Base):
    """Cause of a task: an event, a permit, a concern or an envelope; each is in one task."""

    __tablename__ = "task_source"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    kind: Mapped[str]
    journal_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    permit_id: Mapped[int | None] = mapped_column(ForeignKey("permit.id"))
    concern_id: Mapped[int | None] = mapped_column(ForeignKey("concern.id"))
    arrival: Mapped[bytes | None] = mapped_column(ForeignKey("envelope.key_digest"))

    # One event may be flagged, alarm, and wait for an answer: that is a task of each kind.
    __table_args__ = (
        Index("ix_task_source_journal_id", "journal_id", "kind", unique=True),
        Index("ix_task_source_permit_id", "permit_id", unique=True),
        Index("ix_task_source_concern_id", "concern_id", unique=True),
        Index("ix_task_source_arrival", "arrival", unique=True),
    )


class TaskEntry(Base):
    """An entry of a task's history: made, told, taken, noted, called, passed on, closed.

    `by_id`: who did it; null: the program. `text` is what a person wrote.
    """

    __tablename__ = "task_entry"
    __table_args__ = (
        Index(
            "ix_task_entry_text",
            "task_id",
            sqlite_where=text("text IS NOT NULL"),
            postgresql_where=text("text IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    at: Mapped[datetime] = mapped_column(WholeSecond)
    kind: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    text: Mapped[str | None] = mapped_column(Sealed)
