"""Campaigns step by step: kept for their author until they are counted and submitted.

What was filled in is opaque here: whoever keeps it makes a `Draft` of it. A dry run holds for what
was counted, so whoever changes a word counts again.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.campaigns.drafting import Draft, draft_campaign, make_campaign
from services.health.campaigns.figures import DryRun, dry_run
from services.health.campaigns.model import PLANS, CampaignState, lock_campaign, require_role
from services.health.errors import CampaignChanged, UnknownCampaign
from services.storage.models import Campaign, CampaignDraft
from sms.settings import SmsSettings

_MOST = 50

Content = Mapping[str, Any]
"""What was filled in, as JSON."""


def start_draft(session: Session, author_id: int, content: Content, now: datetime) -> CampaignDraft:
    """Keep a new draft.

    Raises:
        NotAPlanner: the author has another role.
    """
    require_role(session, author_id, PLANS)
    row = CampaignDraft(
        public_id=uuid4(), author_id=author_id, content=json.dumps(content), changed_at=now
    )
    session.add(row)
    session.flush()
    return row


def drafts_of(session: Session, author_id: int) -> Sequence[CampaignDraft]:
    """Return an author's drafts, the one that changed last first."""
    mine = select(CampaignDraft).where(CampaignDraft.author_id == author_id)
    newest = mine.order_by(CampaignDraft.changed_at.desc(), CampaignDraft.id.desc())
    return session.scalars(newest.limit(_MOST)).all()


def find_draft(session: Session, author_id: int, public_id: UUID) -> CampaignDraft:
    """Return an author's own draft, or raise UnknownCampaign."""
    mine = select(CampaignDraft).where(
        CampaignDraft.public_id == public_id, CampaignDraft.author_id == author_id
    )
    found = session.scalars(mine).first()
    if found is None:
        raise UnknownCampaign("There is no such draft of yours: see the list of campaigns")
    return found


def content_of(row: CampaignDraft) -> dict[str, Any]:
    """Return what was filled in so far."""
    found: dict[str, Any] = json.loads(row.content)
    return found


def change_draft(row: CampaignDraft, changes: Content, now: datetime) -> None:
    """Keep what was filled in; the figures stay until they are counted again, and do not hold."""
    row.content, row.changed_at = json.dumps({**content_of(row), **changes}), now


def is_counted(row: CampaignDraft) -> bool:
    """Tell whether the figures are those of what is filled in now."""
    return row.figures is not None and row.counted_digest == digest_of(row.content)


def digest_of(content: str) -> bytes:
    """Return the digest of what was filled in."""
    return sha256(content.encode()).digest()


def campaign_of(session: Session, row: CampaignDraft, draft: Draft, now: datetime) -> Campaign:
    """Return the campaign that a draft would become; it is not stored.

    Raises: as `make_campaign`.
    """
    made = make_campaign(session, draft, row.author_id, now)
    made.public_id = row.public_id
    return made


def count_campaign(
    session: Session, campaign: Campaign, settings: SmsSettings, now: datetime
) -> dict[str, Any]:
    """Count a campaign, stored or not; return the figures as they are kept."""
    return figures_as_data(dry_run(session, campaign, settings, now))


def keep_count(row: CampaignDraft, digest: bytes, figures: Content, now: datetime) -> bool:
    """Keep the figures of a draft, unless it was changed while they were counted."""
    if digest_of(row.content) != digest:
        return False
    row.figures, row.counted_at, row.counted_digest = dict(figures), now, digest
    return True


def submit_draft(session: Session, row: CampaignDraft, draft: Draft, now: datetime) -> Campaign:
    """Hand a counted draft to a second person; it is no draft of its author any more.

    Raises:
        CampaignChanged: it was changed since it was counted, or never counted.
        BadCampaign: as `draft_campaign`.
    """
    session.refresh(row, with_for_update=True)
    if not is_counted(row):
        raise CampaignChanged("Count it again: it was changed after its dry run")
    made = draft_campaign(session, draft, row.author_id, now)
    made.figures, made.counted_at = row.figures, row.counted_at
    session.delete(row)
    session.flush()
    return made


def keep_figures(session: Session, public_id: UUID, figures: Content, now: datetime) -> Campaign:
    """Keep the figures of a campaign that waits for a second person.

    Raises:
        UnknownCampaign, WrongState: it waits for nobody.
    """
    campaign = lock_campaign(session, public_id, {CampaignState.DRAFTED})
    campaign.figures, campaign.counted_at = dict(figures), now
    return campaign


def figures_as_data(found: DryRun) -> dict[str, Any]:
    """Return a dry run as JSON."""
    shares = ("languages", "provinces", "encodings", "channels")
    return {
        "total": found.total._asdict(),
        **{
            by: {name: share._asdict() for name, share in getattr(found, by).items()}
            for by in shares
        },
        "left_out": dict(found.left_out),
        "peaks": [one._asdict() | {"at": one.at.isoformat()} for one in found.peaks],
        "ends_at": found.ends_at.isoformat() if found.ends_at else None,
        "unsent": found.unsent,
    }
