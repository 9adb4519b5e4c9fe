"""Sessions of RFID readers: what was scanned in one go, until it is confirmed and after."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed


class ReaderSession(Base):
    """One session of a device. `public_id` is the device's own choice, so no other's is the same.

    `ahead_seconds` is how far the reader's clock was ahead of ours, where known; below 0:
    behind. `confirmed_as` is the type of the events made of it, `confirmed_on` their local day.
    """

    __tablename__ = "reader_session"
    __table_args__ = (UniqueConstraint("device_id", "public_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    public_id: Mapped[UUID]
    begun_at: Mapped[datetime]
    started_at: Mapped[str | None]
    ahead_seconds: Mapped[int | None]
    parts: Mapped[int] = mapped_column(default=0)
    confirmed_as: Mapped[str | None]
    confirmed_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]


class ReaderScan(Base):
    """One line of a session: a tag that was read, or a fault.

    `place` counts the lines of the whole session, `part` its uploads, `line` those of the upload.
    `at` is a claim of the reader's clock. `said` is what somebody keyed in, and the time as it was
    written: JSON, kept as long as what people write.
    """

    __tablename__ = "reader_scan"
    __table_args__ = (
        Index(
            "ix_reader_scan_said",
            "session_id",
            sqlite_where=text("said IS NOT NULL"),
            postgresql_where=text("said IS NOT NULL"),
        ),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("reader_session.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[int]
    line: Mapped[int]
    tag: Mapped[str | None]
    fault: Mapped[str | None]
    count: Mapped[int | None]
    at: Mapped[str | None]
    kilograms: Mapped[float | None]
    said: Mapped[str | None] = mapped_column(Sealed)
