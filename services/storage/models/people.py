"""Parties, their phone numbers, and the tokens of the API."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, WholeSecond
from services.storage.vault import Sealed


class Party(Base):
    """A person or body. The ledger knows it by `public_id` alone.

    `province` is an officer's area of duty; null: the whole country. `subject_key` is the ledger's
    subject of its changes of office and phones; null until the first.
    """

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(index=True)
    language: Mapped[str | None]
    name: Mapped[str | None] = mapped_column(Sealed)
    province: Mapped[str | None]
    subject_key: Mapped[bytes | None]


class Contact(Base):
    """A phone number of a party: sealed, found by its blind index.

    `salt` is that of the number's digest in the journal; null until an event names the number.
    """

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    number: Mapped[str] = mapped_column(Sealed)
    number_index: Mapped[bytes] = mapped_column(unique=True)
    salt: Mapped[bytes | None]


class Helper(Base):
    """A party that acts for a keeper who accepted it: a phone of the family, or a recorder.

    `helper_id` is the party that helps. Rows stay: `ended_at` is null while it holds.
    """

    __tablename__ = "helper"

    id: Mapped[int] = mapped_column(primary_key=True)
    keeper_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    helper_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    kind: Mapped[str]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Token(Base):
    """A token of the API: only the digest of its secret is kept. Its party owns what it owns.

    `scopes`: names with blanks between; null: all. `last_used_on`: a day in UTC. `seen_at`: of a
    session of the console, its last request, to the minute; null: of the API.
    """

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    role: Mapped[str]
    party_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    last_used_on: Mapped[date | None]
    scopes: Mapped[str | None]
    seen_at: Mapped[datetime | None]

    # Most are sessions of the console.
    __table_args__ = (
        Index(
            "ix_token_api",
            "id",
            postgresql_where=text("seen_at IS NULL"),
            sqlite_where=text("seen_at IS NULL"),
        ),
    )


class Access(Base):
    """One reading of a person's record: reader, subject and purpose.

    The subject is a party, or a person as programmes know them. `actor_id` is null for a command on
    the server itself. `number_index` is the blind index of the number that was asked for, where the
    person was found by it.
    """

    __tablename__ = "access"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(WholeSecond, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    token_id: Mapped[int | None] = mapped_column(ForeignKey("token.id"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    number_index: Mapped[bytes | None] = mapped_column(index=True)
    what: Mapped[str]
