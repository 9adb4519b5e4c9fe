"""Campaigns, and what was sent to other systems."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed


class Campaign(Base):
    """One text, or one invitation, to many people within a window; a second person approves it.

    Attributes:
        kind: broadcast or invitation.
        state: drafted, approved, running, paused, finished, cancelled.
        texts: JSON by language; of an invitation the programme's own.
        audience: JSON: who gets it; see `services.health.campaigns.audience`.
        opens_at, closes_at: nothing is sent outside.
        rate: most messages a minute.
        payer: who pays.
        people, segments, cost: of the dry run that was approved; cost in toea.
        cursor: database key of the last person queued; `last_id`: of the last person there is,
            `last_listed_id`: of the last who was on a list, when it was approved.
        queued: how many.
        ran_at: when it was last looked at.
        figures: of the dry run that a second person sees; null: none is kept. `counted_at`: of
            when they are.
    """

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    programme: Mapped[str | None]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("programme_version.id"))
    texts: Mapped[str] = mapped_column(Sealed)
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    rate: Mapped[int]
    payer: Mapped[str]
    reference: Mapped[str | None]
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    drafted_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    approved_at: Mapped[datetime | None]
    people: Mapped[int | None]
    segments: Mapped[int | None]
    cost: Mapped[int | None]
    cursor: Mapped[int] = mapped_column(server_default="0", default=0)
    last_id: Mapped[int | None]
    last_listed_id: Mapped[int | None]
    queued: Mapped[int] = mapped_column(server_default="0", default=0)
    ran_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    counted_at: Mapped[datetime | None]


class CampaignDraft(Base):
    """A campaign that its author has not submitted yet, step by step.

    Attributes:
        content: JSON: what was filled in so far; see `services.health.campaigns.drafts`.
        figures: of the last dry run; null: there was none. `counted_at`: of when they are.
        counted_digest: of the content that was counted.
    """

    __tablename__ = "campaign_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("party.id"), index=True)
    content: Mapped[str] = mapped_column(Sealed)
    changed_at: Mapped[datetime]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    counted_at: Mapped[datetime | None]
    counted_digest: Mapped[bytes | None]


class Exported(Base):
    """A value that was sent to another system, so that the same is not sent twice.

    `key` names the system and the place of the value there; `digest` is of what was sent.
    """

    __tablename__ = "exported"

    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    at: Mapped[datetime]
