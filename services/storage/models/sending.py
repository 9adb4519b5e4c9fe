"""The right to send: which database of an installation has it, and who gave it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base


class SendingRight(Base):
    """One step of the right to send; rows are only added. See `storage.sending_right`.

    Attributes:
        kind: made, bound, refused, given, stopped or resumed.
        place: where the database was, such that a copy is elsewhere; null: nothing was sent yet.
        mark: what PostgreSQL said of a restore to a point in time; empty: there was none.
        by_id: who said that the old database is gone, or stopped texts and let them go on.
    """

    __tablename__ = "sending_right"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    place: Mapped[str | None]
    mark: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    at: Mapped[datetime]
