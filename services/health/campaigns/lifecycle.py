"""Approval, pause, resumption and cancellation of campaigns, and their effect on waiting texts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from services.health.campaigns.audience import read_audience
from services.health.campaigns.figures import dry_run
from services.health.campaigns.model import (
    APPROVES,
    PLANS,
    STOPS,
    CampaignKind,
    CampaignState,
    lock_campaign,
    require_role,
)
from services.health.courses.subscriptions import SubscriptionState
from services.health.errors import NobodyReached, SamePerson, WrongState
from services.health.versions.cover import HOMES, require_cover
from services.messaging.outbox import close_waiting, lock_messages
from services.storage.database import QUEUED
from services.storage.models import (
    AskedQuestion,
    Attempt,
    Campaign,
    Listed,
    Message,
    Party,
    Subscription,
)
from sms.message import AttemptState, MessageState
from sms.reasons import Reason
from sms.settings import SmsSettings

_GOING = frozenset({CampaignState.APPROVED, CampaignState.RUNNING})
_NOT_OVER = frozenset(CampaignState) - {CampaignState.CANCELLED}
_CLOSED = (
    MessageState.CANCELLED,
    MessageState.EXPIRED,
    MessageState.SUPPRESSED,
    MessageState.FAILED,
)

CANCELLED = MessageState.CANCELLED, Reason.CANCELLED
EXPIRED = MessageState.EXPIRED, Reason.EXPIRED


def pause_campaign(session: Session, public_id: UUID, party_id: int) -> Campaign:
    """Queue nothing more for now; waiting texts keep their place.

    Raises:
        NotAPlanner, UnknownCampaign, WrongState: it is neither approved nor running.
    """
    require_role(session, party_id, STOPS)
    campaign = lock_campaign(session, public_id, _GOING)
    campaign.state = CampaignState.PAUSED.value
    hold_waiting(session, campaign)
    return campaign


def resume_campaign(session: Session, public_id: UUID, party_id: int, now: datetime) -> Campaign:
    """Resume a paused campaign; waiting texts are due at once.

    Raises:
        NotAPlanner, UnknownCampaign, WrongState: it is not paused, or its window is over.
    """
    require_role(session, party_id, PLANS)
    campaign = lock_campaign(session, public_id, {CampaignState.PAUSED})
    if campaign.closes_at <= now:
        raise WrongState("The window of the campaign is over: draft a new one")
    begun = campaign.ran_at is not None
    campaign.state = (CampaignState.RUNNING if begun else CampaignState.APPROVED).value
    campaign.ran_at = now if begun else None
    held = and_(_waiting(campaign), Message.reason == Reason.PAUSED.value)
    lock_messages(session, held)
    # Planned for now: otherwise texts held over night would count as late.
    session.execute(update(Message).where(held).values(due_at=now, planned_at=now, reason=None))
    session.info[QUEUED] = True
    return campaign


def cancel_campaign(session: Session, public_id: UUID, party_id: int, now: datetime) -> Campaign:
    """Cancel a campaign and its waiting texts, unless its window is over.

    A finished one may be cancelled until then: a text whose phone was off is tried again.

    Raises:
        NotAPlanner, UnknownCampaign, WrongState: as for `pause_campaign`.
    """
    require_role(session, party_id, STOPS)
    campaign = lock_campaign(session, public_id, _NOT_OVER)
    if not may_cancel(campaign, now):
        raise WrongState("The window of the campaign is over: nothing of it is sent any more")
    campaign.state, campaign.ended_at = CampaignState.CANCELLED.value, now
    close_all(session, campaign, now)
    return campaign


def may_cancel(campaign: Campaign, now: datetime) -> bool:
    """Tell whether a campaign may be cancelled."""
    over = campaign.state == CampaignState.FINISHED and campaign.closes_at <= now
    return campaign.state in _NOT_OVER and not over


def hold_waiting(session: Session, campaign: Campaign) -> None:
    """Hold the waiting texts of a paused campaign; a failed attempt may add one later."""
    free = and_(_waiting(campaign), Message.reason.is_distinct_from(Reason.PAUSED.value))
    lock_messages(session, free)
    session.execute(
        update(Message)
        .where(free)
        .values(
            due_at=Message.expires_at,
            reason=Reason.PAUSED.value,
            leased_by=None,
            leased_until=None,
        )
    )


def close_all(
    session: Session,
    campaign: Campaign,
    now: datetime,
    ending: tuple[MessageState, Reason] = CANCELLED,
) -> None:
    """Close the waiting texts of a campaign for good, in a state and for a reason."""
    close_waiting(session, Message.campaign_id == campaign.id, *ending)
    take_back_invitations(session, campaign, now)


def take_back_invitations(session: Session, campaign: Campaign, now: datetime) -> None:
    """End subscriptions whose invitation was never sent, so that they may be invited again.

    A person who was invited before stays invited since the earlier invitation.
    """
    came = exists().where(
        Attempt.message_id == Message.id, Attempt.state != AttemptState.FAILED.value
    )
    theirs = Message.subscription_id == Subscription.id
    unsent = exists().where(
        theirs, Message.campaign_id == campaign.id, Message.state.in_(_CLOSED), ~came
    )
    was_sent = exists().where(theirs, came)
    answered = exists().where(AskedQuestion.subscription_id == Subscription.id)
    mine = (
        update(Subscription)
        .where(
            Subscription.campaign_id == campaign.id,
            Subscription.state == SubscriptionState.INVITED.value,
            unsent,
        )
        .execution_options(synchronize_session=False)
    )
    last = select(func.max(Message.created_at)).where(theirs, came).scalar_subquery()
    session.execute(mine.where(was_sent).values(invited_at=last))
    session.execute(
        mine.where(~was_sent, ~answered).values(
            state=SubscriptionState.LOST.value, never_asked=True, ended_at=now
        )
    )


def is_waiting(session: Session, campaign: Campaign) -> bool:
    """Return whether texts of a campaign wait or are being sent."""
    found = select(Message.id).where(
        Message.campaign_id == campaign.id,
        Message.state.in_([MessageState.QUEUED, MessageState.ATTEMPTING]),
    )
    return session.scalar(found.limit(1)) is not None


def _waiting(campaign: Campaign) -> ColumnElement[bool]:
    return and_(Message.campaign_id == campaign.id, Message.state == MessageState.QUEUED.value)


def approve_campaign(
    session: Session, public_id: UUID, party_id: int, settings: SmsSettings, now: datetime
) -> Campaign:
    """Approve a campaign; its figures are counted again and stored.

    People who register or are put on a list later are not included.

    Raises:
        NotAPlanner, UnknownCampaign, SamePerson: the person drafted it.
        WrongState: it is no draft, or its window is over.
        NobodyReached: everybody is excluded, or there is nobody.
        NobodyOnDuty: it invites to a programme in which nobody looks after its people.
    """
    require_role(session, party_id, APPROVES)
    campaign = lock_campaign(session, public_id, {CampaignState.DRAFTED})
    if campaign.drafted_by_id == party_id:
        raise SamePerson("You drafted this campaign: a second person must approve it")
    if campaign.closes_at <= now:
        raise WrongState("The window of the campaign is over: draft a new one")
    if campaign.kind == CampaignKind.INVITATION:
        homes = read_audience(campaign.audience).provinces or HOMES
        require_cover(session, campaign.programme or "", homes)
    found = dry_run(session, campaign, settings, now)
    if not found.total.people:
        raise NobodyReached(
            "The campaign reaches nobody: its dry run shows the people left out, and why"
        )
    campaign.state = CampaignState.APPROVED.value
    campaign.approved_by_id, campaign.approved_at = party_id, now
    campaign.people, campaign.segments, campaign.cost = found.total
    campaign.last_id = session.scalar(select(func.max(Party.id)))
    campaign.last_listed_id = session.scalar(select(func.max(Listed.id))) or 0
    session.flush()
    return campaign
