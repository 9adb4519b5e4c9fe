"""The approval of a campaign by a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from services.programmes.campaigns.dry_run import dry_run
from services.programmes.campaigns.errors import NobodyReached, WrongState
from services.programmes.campaigns.kinds import (
    APPROVES,
    CampaignState,
    lock_campaign,
    require_role,
)
from services.programmes.errors import SamePerson
from services.storage.models import Listed, Party

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from services.storage.models import Campaign
    from sms.settings import SmsSettings


class Consenting(NamedTuple):
    """Who approves, by database key of the party, and when (UTC)."""

    party_id: int
    now: datetime


def approve_campaign(
    session: Session, public_id: UUID, given: Consenting, settings: SmsSettings
) -> Campaign:
    """Approve a campaign; its figures are counted again and kept.

    Who comes after this moment, or is put on a list after it, is not among its people.

    Args:
        session: an open writing session.
        public_id: of the campaign.
        given: by whom.
        settings: routes, prices, quiet hours.

    Raises:
        UnknownCampaign: there is none with this id.
        NotAPlanner: the person is no approver.
        SamePerson: the person drafted it.
        WrongState: it is no draft, or its window is over.
        NobodyReached: all are left out, or there is nobody.
    """
    require_role(session, given.party_id, APPROVES)
    campaign = lock_campaign(session, public_id, {CampaignState.DRAFTED})
    if campaign.drafted_by_id == given.party_id:
        raise SamePerson("Who drafted a campaign does not approve it: a second person does")
    if campaign.closes_at <= given.now:
        raise WrongState("The window of the campaign is over: draft a new one")
    found = dry_run(session, campaign, settings, given.now)
    if not found.total.people:
        raise NobodyReached("The campaign reaches nobody: see whom its dry run leaves out, and why")
    campaign.state = CampaignState.APPROVED.value
    campaign.approved_by_id, campaign.approved_at = given.party_id, given.now
    campaign.people, campaign.segments, campaign.cost = found.total
    campaign.last_id = session.scalar(select(func.max(Party.id)))
    campaign.last_listed_id = session.scalar(select(func.max(Listed.id))) or 0
    session.flush()
    return campaign
