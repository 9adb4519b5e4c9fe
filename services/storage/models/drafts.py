"""Drafts of programmes, who wrote them, and notes on versions that were sent back."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed

_OPEN = text("ended_at IS NULL")


class ProgrammeDraft(Base):
    """Differences from a base that are not a version yet; a programme has one open at most.

    Attributes:
        document: canonical JSON of the differences, `extends` included.
        revision: rises with each change, so that a change of something old is noticed.
        ended_at: when it was submitted or discarded.
        version_id: the version that it became.
    """

    __tablename__ = "programme_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    document: Mapped[bytes]
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("programme_version.id"), index=True)

    __table_args__ = (
        Index(
            "uq_programme_draft_open",
            "code",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )


class DraftEdit(Base):
    """A change of a draft: who, when, and of which text; null: of something else."""

    __tablename__ = "programme_draft_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("programme_draft.id"), index=True)
    revision: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    at: Mapped[datetime]
    text_id: Mapped[str | None]


class ProgrammeNote(Base):
    """A note of an approver who sends a language of a version back to its authors."""

    __tablename__ = "programme_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"), index=True)
    language: Mapped[str]
    text: Mapped[str] = mapped_column(Sealed)
    by_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    at: Mapped[datetime]
