"""Texts of programmes that were recalled, and corrections to those who have them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed, SealedCode

_IN_FORCE = text("until IS NULL")
_WAITING = text("done_at IS NULL")


class Recall(Base):
    """A text that another version's replaces for people in a course; a second person approves it.

    Attributes:
        text_id: as messages have it: see `services.health.format.text_ids`.
        by_version_id: the version whose text is right.
        digest: of that text in the language.
        reason, salt, reason_digest: why; the event holds the digest of both.
        correct: whether those who have the wrong text get the right one.
        journal_id: of the approval's event.
        swept_at: when the outbox was last searched for the wrong text.
        wrong_versions: JSON: keys of the versions whose people are to be corrected.
        noted_to: key of the subscription up to which people are noted who are to be; null: all are,
            or nobody is to be.
    """

    __tablename__ = "recall"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    programme: Mapped[str] = mapped_column(index=True)
    text_id: Mapped[str]
    language: Mapped[str]
    by_version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    digest: Mapped[bytes]
    reason: Mapped[str] = mapped_column(Sealed)
    salt: Mapped[bytes]
    reason_digest: Mapped[bytes]
    correct: Mapped[bool]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    asked_at: Mapped[datetime]
    reference: Mapped[str | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    approved_at: Mapped[datetime | None]
    journal_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    swept_at: Mapped[datetime | None]
    wrong_versions: Mapped[list[int] | None] = mapped_column(JSON)
    noted_to: Mapped[int | None]


class RecalledText(Base):
    """The text of one version that a recall replaces, until another recall does.

    `digest`: of the version's own text in the language, which is wrong from `since` on.
    """

    __tablename__ = "recalled_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    language: Mapped[str]
    text_id: Mapped[str]
    digest: Mapped[bytes]
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("recall_id", "version_id"),
        Index(
            "uq_recalled_text_in_force",
            "version_id",
            "text_id",
            "language",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )


class TextCorrection(Base):
    """A person who may have a recalled text, and is to get the right one then.

    Of a reply, everybody in the course has a row: nobody is to see who was answered. `outcome`:
    sent, or why it was not; null while it waits.
    """

    __tablename__ = "text_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(SealedCode)

    __table_args__ = (
        UniqueConstraint("recall_id", "subscription_id"),
        Index(
            "ix_text_correction_waiting",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )
