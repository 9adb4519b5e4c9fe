"""Times at which something was last done to the installation."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, UtcTime


class Milestone(Base):
    """The last time that something was done to the installation: see `storage.milestones`."""

    __tablename__ = "milestone"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
