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


class Passkey(Base):
    """A passkey of an account: a public key whose private one the person's device keeps.

    Attributes:
        credential_id: drawn by the device (Web Authentication Level 3, 4).
        public_key: as COSE_Key (RFC 9052).
        sign_count: of the last answer; 0: the device does not count.
        challenged_at: when the challenge of the last answer was drawn, each once.
    """

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    made_at: Mapped[datetime]
    challenged_at: Mapped[datetime]


class LinkedSignIn(Base):
    """A party's sign-in at the ministry's own provider (OpenID Connect).

    `digest` is SHA-256 of issuer and subject, since nobody needs to read them.
    """

    __tablename__ = "linked_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
