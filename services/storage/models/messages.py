"""What came in by the one door, and what goes out: messages and their attempts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.types import Sealed


class Arrival(Base):
    """One envelope: digests for good; payload and answer sealed, and removable."""

    __tablename__ = "envelope"

    key_digest: Mapped[bytes] = mapped_column(primary_key=True)
    content_digest: Mapped[bytes]
    channel: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(default="")
    sender: Mapped[str | None] = mapped_column(Sealed)
    payload: Mapped[str | None] = mapped_column(Sealed)
    answer: Mapped[str | None] = mapped_column(Sealed)


class ArrivalConflict(Base):
    """An envelope whose key was used before with other content, kept for review."""

    __tablename__ = "envelope_conflict"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_digest: Mapped[bytes] = mapped_column(index=True)
    content_digest: Mapped[bytes]
    channel: Mapped[str]
    received_at: Mapped[datetime]
    sender: Mapped[str | None] = mapped_column(Sealed)
    payload: Mapped[str | None] = mapped_column(Sealed)


class Message(Base):
    """One text to one person. `state` is derived from the attempts and kept for look-up.

    The lowest `priority` goes first: an answer to what a person just sent waits for no mailing.
    """

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    dedupe_key: Mapped[bytes] = mapped_column(unique=True)
    recipient: Mapped[str] = mapped_column(Sealed)
    recipient_index: Mapped[bytes] = mapped_column(index=True)
    body: Mapped[str] = mapped_column(Sealed)
    purpose: Mapped[str]
    priority: Mapped[int] = mapped_column(server_default="0", default=0)
    state: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]

    __table_args__ = (Index("ix_message_due", "state", "priority", "due_at"),)


class Attempt(Base):
    """One call of a carrier for one message."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    channel: Mapped[str]
    state: Mapped[str]
    reference: Mapped[str | None] = mapped_column(index=True)
    failure: Mapped[str | None]
    code: Mapped[str | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
