"""People in health programmes, the clinicians who look after them, and their open tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed, SealedCode


class Person(Base):
    """A pseudonym of a party in health programmes, and facts for audiences and counts.

    Attributes:
        link: keyed hash of the party's public id; the party's person is found by it.
        party: the party's public id. Both are null once the person is forgotten.
        sex: f, m or null.
        distance: code of the answer to how far the clinic is.
        phone_shared: whether others read the person's phone; null: nobody has said.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    link: Mapped[bytes | None] = mapped_column(unique=True)
    party: Mapped[str | None] = mapped_column(Sealed)
    province: Mapped[str | None]
    district: Mapped[str | None]
    sex: Mapped[str | None]
    birth_year: Mapped[int | None]
    distance: Mapped[str | None]
    phone_shared: Mapped[bool | None]


class Listed(Base):
    """A person on an imported list."""

    __tablename__ = "listed"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_name: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    __table_args__ = (UniqueConstraint("list_name", "person_id"),)


class Clinician(Base):
    """Receiver of a programme's red flags: in a province, or, where that is empty, anywhere.

    From hour `opens` to hour `closes` on `weekdays` (ISO, such as `12345`) they call people and
    read the inbox, by the province's clock; null: nobody has said when.
    """

    __tablename__ = "clinician"

    programme: Mapped[str] = mapped_column(primary_key=True)
    province: Mapped[str] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    opens: Mapped[int | None]
    closes: Mapped[int | None]
    weekdays: Mapped[str | None]


class Concern(Base):
    """Task for a clinician: a red flag, a wish to be called, an alert of an answer.

    `kind`: flag, call or answer; `code`: which. It is open until `handled_at`.
    """

    __tablename__ = "concern"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscription.id"), index=True)
    programme: Mapped[str | None]
    kind: Mapped[str]
    code: Mapped[str] = mapped_column(SealedCode)
    at: Mapped[datetime]
    told_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    note: Mapped[str | None] = mapped_column(Sealed)

    __table_args__ = (
        Index(
            "ix_concern_open",
            "id",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
    )


class SecondContact(Base):
    """A text some time after a red flag that asks how its person is now.

    `answer`: better, worse or call. It is over at `closed_at`: answered, or not to be sent.
    """

    __tablename__ = "second_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concern.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    step: Mapped[int]
    language: Mapped[str]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(SealedCode)
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("concern_id", "step"),
        Index(
            "ix_second_contact_due",
            "due_at",
            sqlite_where=text("closed_at IS NULL AND sent_at IS NULL"),
            postgresql_where=text("closed_at IS NULL AND sent_at IS NULL"),
        ),
    )


class DangerQuestion(Base):
    """A question to a person whose text may tell of danger, and what they answered.

    `arrival`: digest of the text's key; `answer`: yes, no or again. It is over at `closed_at`; at
    `passed_on_at` nobody had answered, and the text went to the inbox.
    """

    __tablename__ = "danger_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscription.id"), index=True)
    programme: Mapped[str | None]
    arrival: Mapped[bytes]
    code: Mapped[str] = mapped_column(SealedCode)
    sent_at: Mapped[datetime]
    due_at: Mapped[datetime]
    passed_on_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(SealedCode)

    __table_args__ = (
        Index(
            "ix_danger_question_due",
            "due_at",
            sqlite_where=text("closed_at IS NULL AND passed_on_at IS NULL"),
            postgresql_where=text("closed_at IS NULL AND passed_on_at IS NULL"),
        ),
    )
