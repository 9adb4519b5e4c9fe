"""Progress of a campaign, counted from its messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.health.campaigns.audience_query import people
from services.health.campaigns.model import CampaignState, reach_of
from services.health.campaigns.time_buckets import MINUTE, count_by_time
from services.storage.models import Attempt, Campaign, Message
from sms.message import AttemptState, MessageState

LOOK_BACK = timedelta(hours=1)
_COUNTED = [state.value for state in AttemptState if state is not AttemptState.FAILED]


class StateCount(NamedTuple):
    """Number of messages in a state, by reason."""

    state: str
    reason: str | None
    messages: int


class Progress(NamedTuple):
    """Progress of a campaign.

    Attributes:
        people: at approval; None: not approved.
        queued: texts so far.
        delivered: confirmed by the operator.
        segments, cost: of what was sent so far; cost in toea.
        minutes: attempts in each minute (UTC) of the last hour that has any.
        out_of_window: people for whom the window closed too early.
    """

    state: str
    people: int | None
    queued: int
    delivered: int
    segments: int
    cost: int
    messages: tuple[StateCount, ...]
    minutes: Mapping[datetime, int]
    out_of_window: int


def progress_of(session: Session, campaign: Campaign, now: datetime) -> Progress:
    """Count the progress of a campaign, without its tests."""
    mine = Message.campaign_id == campaign.id
    rows = session.execute(
        select(Message.state, Message.reason, func.count())
        .where(mine)
        .group_by(Message.state, Message.reason)
        .order_by(Message.state, Message.reason)
    )
    messages = tuple(StateCount(*row) for row in rows)
    segments, cost = session.execute(
        select(
            func.coalesce(func.sum(Attempt.segments), 0), func.coalesce(func.sum(Attempt.cost), 0)
        )
        .join(Message, Message.id == Attempt.message_id)
        .where(mine, Attempt.state.in_(_COUNTED))
    ).one()
    tries = Attempt.message_id.in_(select(Message.id).where(mine))
    return Progress(
        state=campaign.state,
        people=campaign.people,
        queued=campaign.queued,
        delivered=sum(one.messages for one in messages if one.state == MessageState.DELIVERED),
        segments=int(segments),
        cost=int(cost),
        messages=messages,
        minutes=count_by_time(
            session, Attempt.started_at, MINUTE, tries, Attempt.started_at > now - LOOK_BACK
        ),
        out_of_window=_out_of_window(session, campaign),
    )


def _out_of_window(session: Session, campaign: Campaign) -> int:
    last = campaign.last_id or 0
    if campaign.state != CampaignState.FINISHED or campaign.cursor >= last:
        return 0
    found = people(reach_of(session, campaign), campaign.ended_at or campaign.closes_at).subquery()
    return (
        session.scalar(
            select(func.count())
            .select_from(found)
            .where(
                found.c.reason.is_(None),
                found.c.party_id > campaign.cursor,
                found.c.party_id <= last,
            )
        )
        or 0
    )
