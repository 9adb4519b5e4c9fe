"""Village boxes: data that each has, phones bound to it, short numbers that it may give.

No row holds what a person wrote. A phone is known by the blind index of its number; a binding
holds the number too, sealed.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, WholeSecond
from services.storage.vault import Sealed


class VillageBox(Base):
    """The state of a box at its last sync.

    `queued` and `free_bytes` are what it said of itself. Each list that it keeps has a version,
    and a digest of what is in it; `statuses_at` is when the statuses were last looked up, or
    earlier, so that the next sync does it.

    The caps of a day are counted from `window_from`: texts, and numbers that were asked whether
    they write by this box. `window_days` is for how many days the box had been away then, and
    `window_refused` how many texts were refused, by `window_reason` last.
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
    statuses_at: Mapped[datetime | None]
    bound_version: Mapped[int] = mapped_column(server_default="1", default=1)
    window_from: Mapped[datetime | None]
    window_days: Mapped[int] = mapped_column(server_default="1", default=1)
    window_texts: Mapped[int] = mapped_column(server_default="0", default=0)
    window_asked: Mapped[int] = mapped_column(server_default="0", default=0)
    window_refused: Mapped[int] = mapped_column(server_default="0", default=0)
    window_reason: Mapped[str | None]


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
    said_at: Mapped[datetime] = mapped_column(WholeSecond)
    seen_at: Mapped[datetime] = mapped_column(WholeSecond)
    elsewhere: Mapped[bool]


class VillageList(Base):
    """Numbers that a person proposes for a box; they are bound once an officer approves them."""

    __tablename__ = "village_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    province: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("party.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]


class VillageBinding(Base):
    """A number as one box knows it: only while it is `bound` is the box believed for it.

    Attributes:
        state: seen (it was not asked yet), asked, bound, refused, ended.
        how: a bound number's `answer`, or the `list` of an officer.
        list_id: the list that it is on; one that nobody has decided on binds nothing.
        seen_at: when the box last brought a text of the number.
        asked_at: when the number was last asked, over the ordinary road.
        changed_at: when the state became what it is.
    """

    __tablename__ = "village_binding"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    number_index: Mapped[bytes] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(Sealed)
    state: Mapped[str]
    how: Mapped[str | None]
    list_id: Mapped[int | None] = mapped_column(ForeignKey("village_list.id"), index=True)
    seen_at: Mapped[datetime | None] = mapped_column(WholeSecond)
    asked_at: Mapped[datetime | None] = mapped_column(WholeSecond)
    changed_at: Mapped[datetime] = mapped_column(WholeSecond)

    __table_args__ = (
        UniqueConstraint("device_id", "number_index"),
        Index("ix_village_binding_seen", "device_id", "seen_at"),
    )


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
