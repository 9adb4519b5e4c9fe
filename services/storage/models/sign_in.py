"""Sign-in to the console: what proves a person, and invitations to set it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed, SealedCode


class Account(Base):
    """A party's sign-in to the console.

    Attributes:
        password: PHC string of Argon2id.
        totp_secret: shared with the app that shows codes (RFC 6238), in base 32.
        totp_step: time step of the last code that was taken, each once.
        recovery: digests of the recovery codes that are left, with blanks between.
    """

    __tablename__ = "account"

    party_id: Mapped[int] = mapped_column(
        ForeignKey("party.id"), primary_key=True, autoincrement=False
    )
    password: Mapped[str] = mapped_column(Sealed)
    totp_secret: Mapped[str] = mapped_column(SealedCode)
    totp_step: Mapped[int]
    recovery: Mapped[str] = mapped_column(Sealed)
    made_at: Mapped[datetime]


class Invitation(Base):
    """An invitation to set one's sign-in, good once and until its end; its code is a digest.

    `totp_secret` is what the account will have: it is shown until the invitation is used.
    """

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    totp_secret: Mapped[str] = mapped_column(SealedCode)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
