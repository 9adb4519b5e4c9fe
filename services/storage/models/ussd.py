"""Sessions of USSD, and the PINs that confirm in them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, WholeSecond
from services.storage.vault import Sealed


class UssdSession(Base):
    """One call of a phone.

    Attributes:
        channel, session: the operator's channel, and its own random id of the call.
        number_index: blind index of the phone's number; null once its person is forgotten.
        state: JSON of `gateway.ussd_state.State`; null once it is not resumed any more.
        first_step, step: the first and the last request that came.
        kept: up to where what was typed may be kept: a PIN may come after it; null: all.
    """

    __tablename__ = "ussd_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    session: Mapped[str]
    number_index: Mapped[bytes | None] = mapped_column(index=True)
    state: Mapped[str | None] = mapped_column(Sealed)
    first_step: Mapped[int]
    step: Mapped[int | None]
    kept: Mapped[int | None]
    saved_at: Mapped[datetime] = mapped_column(WholeSecond, index=True)

    __table_args__ = (
        UniqueConstraint("channel", "session", name="uq_ussd_session_channel_session"),
        Index(
            "ix_ussd_session_resumable",
            "saved_at",
            sqlite_where=text("state IS NOT NULL"),
            postgresql_where=text("state IS NOT NULL"),
        ),
    )


class Pin(Base):
    """A party's PIN for confirming on a screen.

    Attributes:
        hash: PHC string of Argon2id, sealed; null: there is none.
        tries: wrong ones in a row.
        pending: hash of a new one that is to be typed a second time.
    """

    __tablename__ = "pin"

    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), primary_key=True)
    hash: Mapped[str | None] = mapped_column(Sealed)
    tries: Mapped[int]
    pending: Mapped[str | None] = mapped_column(Sealed)
