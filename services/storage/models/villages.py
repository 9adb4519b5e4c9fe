"""Village boxes: data that each has, phones that it serves, short numbers that it may give.

No row holds what a person wrote; a phone is known only by the blind index of its number.
"""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base


class VillageBox(Base):
    """The state of a box at its last sync.

    `queued` and `free_bytes` are what it said of itself. Each list that it keeps has a version,
    and a digest of what is in it.
    """

    __tablename__ = "village_box"

    device_id: Mapped[int] = mapped_column(
        ForeignKey("device.id"), primary_key=True, autoincrement=False
    )
    synced_at: Mapped[datetime]
    version: Mapped[str]
    queued: Mapped[int]
    free_bytes: Mapped[int | None]
    statuses_version: Mapped[int] = mapped_column(default=0)
    statuses_digest: Mapped[bytes | None]
    programmes_version: Mapped[int] = mapped_column(default=0)
    programmes_digest: Mapped[bytes | None]


class VillageAnswer(Base):
    """A sync whose answer is kept, since its box may not have got it yet."""

    __tablename__ = "village_answer"

    key_digest: Mapped[bytes] = mapped_column(ForeignKey("envelope.key_digest"), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)


class VillagePhone(Base):
    """A phone that a box has served.

    `said_at` is when its owner last wrote, as far as that is known; `seen_at` when the box last
    reported it. `elsewhere`: their last message came by another route.
    """

    __tablename__ = "village_phone"

    id: Mapped[int] = mapped_column(primary_key=True)
    number_index: Mapped[bytes] = mapped_column(unique=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    said_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    elsewhere: Mapped[bool]


class VillageQuestion(Base):
    """A tag that somebody asked about through a box, and when it was last asked about."""

    __tablename__ = "village_question"

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]


class VillageNumbers(Base):
    """Short numbers, by the counters that they are made of, that one box alone may promise."""

    __tablename__ = "village_numbers"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    first: Mapped[int] = mapped_column(unique=True)
    last: Mapped[int]
    given_at: Mapped[datetime]
