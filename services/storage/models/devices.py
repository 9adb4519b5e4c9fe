"""Field devices, the keys that they sign with, and the requests that each has sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base


class Device(Base):
    """One field device. It may do what its owner may.

    `next_counter` is of the request that takes effect next; rows of those below `oldest_counter`
    are deleted. `skew_seconds` is how far its clock
    was behind ours at its last request; below 0: ahead. A code of enrolment waits for a key.
    """

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    next_counter: Mapped[int] = mapped_column(default=1)
    oldest_counter: Mapped[int] = mapped_column(server_default="1", default=1)
    skew_seconds: Mapped[int | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    code_digest: Mapped[bytes | None] = mapped_column(unique=True)
    code_until: Mapped[datetime | None]


class DeviceKey(Base):
    """A public key of a device. After `until` it is not believed any more.

    `code_digest` is of the code that it was enrolled with: the same code and key may come again.
    """

    __tablename__ = "device_key"
    __table_args__ = (UniqueConstraint("device_id", "key_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    key_id: Mapped[str]
    public: Mapped[bytes]
    added_at: Mapped[datetime]
    until: Mapped[datetime | None]
    code_digest: Mapped[bytes | None]


class SequencedRequest(Base):
    """One request of a device: its counter, its envelope, and whether it waits for earlier ones."""

    __tablename__ = "device_turn"
    __table_args__ = (
        Index(
            "ix_device_turn_waiting",
            "device_id",
            "counter",
            sqlite_where=text("waits"),
            postgresql_where=text("waits"),
        ),
    )

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    counter: Mapped[int] = mapped_column(primary_key=True)
    key_digest: Mapped[bytes] = mapped_column(ForeignKey("envelope.key_digest"), index=True)
    received_at: Mapped[datetime]
    skew_seconds: Mapped[int | None]
    waits: Mapped[bool]
