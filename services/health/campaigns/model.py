"""Kinds, states and roles of campaigns, and their look-up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.campaigns.audience import Reach, read_audience
from services.health.campaigns.texts import wording_of
from services.health.errors import NotAPlanner, UnknownCampaign, WrongState
from services.health.versions.store import approved_languages
from services.storage.models import Campaign, Party


class CampaignKind(StrEnum):
    """BROADCAST: a text of the planner's own. INVITATION: the text of a programme."""

    BROADCAST = "broadcast"
    INVITATION = "invitation"


class CampaignState(StrEnum):
    """State of a campaign. FINISHED: all texts were sent, or the window is over."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


PLANS = frozenset({Role.PLANNER})
APPROVES = frozenset({Role.APPROVER})
STOPS = PLANS | APPROVES
READS = STOPS | {Role.HEALTH_ANALYST}


def require_role(session: Session, party_id: int, roles: Collection[Role]) -> None:
    """Raise NotAPlanner unless a party has one of some roles."""
    if session.get_one(Party, party_id).role not in roles:
        names = " or ".join(sorted(role.value for role in roles))
        raise NotAPlanner(f"Only a person with the role {names} may do this")


def find_campaign(session: Session, public_id: UUID) -> Campaign:
    """Return a campaign, or raise UnknownCampaign."""
    found = session.scalars(select(Campaign).where(Campaign.public_id == public_id)).first()
    if found is None:
        raise UnknownCampaign("There is no such campaign: see the list of campaigns")
    return found


def lock_campaign(session: Session, public_id: UUID, states: Collection[CampaignState]) -> Campaign:
    """Return a campaign, locked until the transaction ends.

    Raises:
        UnknownCampaign, WrongState: it is in none of these states.
    """
    found = find_campaign(session, public_id)
    session.refresh(found, with_for_update=True)
    if found.state not in states:
        raise WrongState(f"The campaign is {found.state}, which does not allow this")
    return found


def list_campaigns(session: Session) -> Sequence[Campaign]:
    """Return all campaigns, newest first."""
    return session.scalars(select(Campaign).order_by(Campaign.id.desc())).all()


def reach_of(session: Session, campaign: Campaign) -> Reach:
    """Return the reach of a campaign; a language whose approval was withdrawn has no text."""
    wording = wording_of(campaign)
    inviting = campaign.kind == CampaignKind.INVITATION
    languages = set(wording.say)
    if inviting:
        approved = approved_languages(session)
        languages = {one for one, version in wording.versions.items() if (version, one) in approved}
    return Reach(
        audience=read_audience(campaign.audience),
        programme=campaign.programme,
        members=campaign.programme is not None and not inviting,
        languages=frozenset(languages),
        revealing=wording.revealing,
        last_listed_id=campaign.last_listed_id,
    )
