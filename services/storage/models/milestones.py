"""Facts of the installation: when something was last done to it, and which programs run on it."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, UtcTime


class Milestone(Base):
    """The last time that something was done to the installation: see `storage.milestones`."""

    __tablename__ = "milestone"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)


class SchemaFloor(Base):
    """Head revision of the oldest program that runs on this schema; the greatest row counts."""

    __tablename__ = "schema_floor"

    revision: Mapped[str] = mapped_column(primary_key=True)
