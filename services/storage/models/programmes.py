"""Health programmes: versions and their approval, subscriptions, what people are asked."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, func, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column

from services.storage.models.base import Base
from services.storage.models.recalls import RecalledText
from services.storage.vault import Sealed, SealedCode, SealedJson

HELD = "subscription.state = 'paused' AND subscription.resumes_on IS NULL"
"""The condition on courses that rest until a clinician's note."""
_HELD = HELD.replace("subscription.", "")
_ACTIVE = "state = 'active'"
_FINISHING = f"next_on IS NULL AND {_ACTIVE}"
_OPEN = "state IN ('invited', 'screened', 'consented', 'active', 'paused')"


class ProgrammeVersion(Base):
    """One version of a programme, for good: triggers refuse UPDATE and DELETE.

    `document` holds the canonical bytes (RFC 8785) of the whole file; `digest` is their SHA-256.
    `recalled` is the newest recall in force of any of its texts; None: all its texts are its own.
    """

    __tablename__ = "programme_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    number: Mapped[int]
    digest: Mapped[bytes]
    document: Mapped[bytes]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    # Read with the row: who answers a message needs no statement more.
    recalled: Mapped[int | None] = column_property(
        select(func.max(RecalledText.recall_id))
        .where(RecalledText.version_id == id, RecalledText.until.is_(None))  # noqa: A003 — the key
        .correlate_except(RecalledText)
        .scalar_subquery()
    )

    __table_args__ = (
        UniqueConstraint("code", "number"),
        UniqueConstraint("code", "digest", name="uq_programme_version_digest"),
    )


class ProgrammeApproval(Base):
    """The approval of one language of a version, by a second person; the event is on the ledger.

    `reference` names the signed document. `lexicon_version` and `lexicon_digest` are of the words
    of danger that the language was approved with; None: approved before it had them.
    """

    __tablename__ = "programme_approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    language: Mapped[str]
    reference: Mapped[str]
    approved_by_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    approved_at: Mapped[datetime]
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    lexicon_version: Mapped[int | None]
    lexicon_digest: Mapped[bytes | None]

    __table_args__ = (UniqueConstraint("version_id", "language"),)


class Subscription(Base):
    """One person in one programme, under one version of it.

    Attributes:
        programme: code.
        arm: of a trial, which decides the texts; nobody is shown it. Null: the programme has none.
        number, number_index: where the texts go; null and empty once the person is forgotten. The
            index is that of the health domain.
        anchors: by code: ISO date.
        kept: by code: words of the person's own, such as a reason, to be said back to them alone.
        first_dates: by code: ISO date that an anchor had first, of anchors that were moved or
            removed since the course began; null: none was.
        turns: by word: how many of its replies were said.
        never_asked: its invitation was never sent; it does not count as invited.
        discreet: others may read the phone. True until the person says otherwise.
        hour: of the day at which the person wants the texts that may move; null: none chosen.
        capped_at: when it was noticed that its texts had reached the programme's ceiling of cost.
        place: where an appointment is.
        reason: why it ended, or why it was no more than asked.
        since: texts before this instant are not sent: it became active, or its plan changed.
        next_on: local date from which nothing is planned yet; null: nothing is left to plan.
    """

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    programme: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("programme_version.id"))
    language: Mapped[str]
    cohort: Mapped[str]
    arm: Mapped[str | None]
    state: Mapped[str]
    reason: Mapped[str | None] = mapped_column(SealedCode)
    never_asked: Mapped[bool] = mapped_column(server_default=false(), default=False)
    discreet: Mapped[bool] = mapped_column(server_default=false(), default=False)
    number: Mapped[str | None] = mapped_column(Sealed)
    number_index: Mapped[bytes] = mapped_column(index=True)
    zone: Mapped[str]
    hour: Mapped[int | None]
    place: Mapped[str | None] = mapped_column(Sealed)
    anchors: Mapped[dict[str, Any]] = mapped_column(SealedJson, default=dict)
    first_dates: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    kept: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    turns: Mapped[dict[str, Any]] = mapped_column(SealedJson, default=dict)
    source: Mapped[str]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    since: Mapped[datetime | None]
    next_on: Mapped[date | None]
    invited_at: Mapped[datetime]
    screened_at: Mapped[datetime | None]
    consented_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    resumes_on: Mapped[date | None]
    rests_until: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    capped_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_subscription_open",
            "programme",
            "person_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_subscription_programme", "programme", "state"),
        Index(
            "ix_subscription_due",
            "next_on",
            "id",
            sqlite_where=text("next_on IS NOT NULL"),
            postgresql_where=text("next_on IS NOT NULL"),
        ),
        Index(
            "ix_subscription_resuming",
            "resumes_on",
            sqlite_where=text("resumes_on IS NOT NULL"),
            postgresql_where=text("resumes_on IS NOT NULL"),
        ),
        Index(
            "ix_subscription_held",
            "id",
            sqlite_where=text(_HELD),
            postgresql_where=text(_HELD),
        ),
        Index(
            "ix_subscription_finishing",
            "id",
            sqlite_where=text(_FINISHING),
            postgresql_where=text(_FINISHING),
        ),
        Index(
            "ix_subscription_version",
            "version_id",
            "language",
            sqlite_where=text(_ACTIVE),
            postgresql_where=text(_ACTIVE),
        ),
    )


class Change(Base):
    """A change of a subscription's plan: `what`, and JSON of what it cancelled and created."""

    __tablename__ = "subscription_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    at: Mapped[datetime]
    what: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(SealedJson)


class AskedQuestion(Base):
    """One question to one person, and the answer, if it came.

    Attributes:
        item: id of the question in the programme.
        asked_at: when it is asked; an answer before it is to another question.
        closes_at: until when an answer counts.
        remind_at: when it is asked again, if nobody has answered; null: not again.
        reminded: how many times it was, the last time at `reminded_at`.
        answer: code of the option, or `answered`; null: none came.
        value: the number, or the day (ISO); names and places are kept with the person alone.
        state: open, answered, closed (nobody answered), dropped (a change took it back).
    """

    __tablename__ = "asking"

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    item: Mapped[str]
    number_index: Mapped[bytes]
    asked_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(server_default="0", default=0)
    reminded_at: Mapped[datetime | None]
    state: Mapped[str]
    answer: Mapped[str | None] = mapped_column(SealedCode)
    value: Mapped[str | None] = mapped_column(SealedCode)
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("subscription_id", "item", "asked_at"),
        Index(
            "ix_asking_open",
            "number_index",
            "asked_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_asking_reminding",
            "remind_at",
            sqlite_where=text("state = 'open' AND remind_at IS NOT NULL"),
            postgresql_where=text("state = 'open' AND remind_at IS NOT NULL"),
        ),
        Index(
            "ix_asking_closing",
            "closes_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
