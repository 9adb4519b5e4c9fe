"""Long texts of which some parts are still on their way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.types import Sealed

_OPEN = text("closed_at IS NULL")


class LongText(Base):
    """One text that comes in parts. It and its parts are deleted a day after it was closed.

    `reference` and `total` are what the sender's phone writes into each part.
    """

    __tablename__ = "long_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    number_index: Mapped[bytes]
    reference: Mapped[int]
    total: Mapped[int]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)

    __table_args__ = (
        Index("ix_long_text_number_index", "number_index", "reference"),
        Index("ix_long_text_open", "opened_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class TextPart(Base):
    """One part of it; `content` is JSON of what came."""

    __tablename__ = "text_part"

    long_text_id: Mapped[int] = mapped_column(
        ForeignKey("long_text.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Sealed)
