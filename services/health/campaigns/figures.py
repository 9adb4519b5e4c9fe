"""Figures of a campaign: its dry run before anything is sent, and its progress after.

In a dry run each person counts by themselves: names lengthen texts, and the number decides the
channel that is paid.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.core.collecting import seldom
from services.health.campaigns.audience import REASONS, Reach, Stretch
from services.health.campaigns.audience_query import chunks
from services.health.campaigns.forecast import HOUR, MINUTE, count_by_time, forecast, pace_of
from services.health.campaigns.model import (
    CampaignState,
    TextSize,
    Wording,
    reach_of,
    sizes,
    wording_of,
)
from services.storage.models import Attempt, Campaign, Message
from sms.message import AttemptState, MessageState
from sms.routing import candidates
from sms.settings import SmsSettings

_AN_HOUR = timedelta(hours=1)

LOOK_BACK = timedelta(hours=1)
_COUNTED = [state.value for state in AttemptState if state is not AttemptState.FAILED]


class Share(NamedTuple):
    """Number of people, and the segments and cost (toea) of their texts."""

    people: int = 0
    segments: int = 0
    cost: int = 0

    def plus(self, people: int, segments: int, cost: int) -> "Share":
        """Return the sum with more people."""
        return Share(self.people + people, self.segments + segments, self.cost + cost)


_Shares = dict[str, Share]


class Peak(NamedTuple):
    """An hour (UTC): texts that the campaign queues in it, and others already waiting for it."""

    at: datetime
    campaign: int
    others: int


class DryRun(NamedTuple):
    """Figures of a campaign before it is sent.

    Attributes:
        languages, provinces, encodings, channels: shares by each; "": unknown province.
        left_out: people by the code of the exclusion.
        peaks: hours in which it queues texts.
        ends_at: when the last is queued; None: see `unsent`.
        unsent: people for whom the window is too short.
    """

    total: Share
    languages: Mapping[str, Share]
    provinces: Mapping[str, Share]
    encodings: Mapping[str, Share]
    channels: Mapping[str, Share]
    left_out: Mapping[str, int]
    payer: str
    peaks: tuple[Peak, ...]
    ends_at: datetime | None
    unsent: int

    @property
    def fits(self) -> bool:
        """True where the window is long enough for everybody."""
        return not self.unsent


class _CostGroup(NamedTuple):
    """People whose texts cost the same."""

    language: str
    province: str
    channels: tuple[str, ...]
    size: TextSize


def dry_run(session: Session, campaign: Campaign, settings: SmsSettings, now: datetime) -> DryRun:
    """Count the figures of a campaign in any state; nothing is written."""
    reach = reach_of(session, campaign)
    with seldom():
        alike, left_out = _count(session, reach, wording_of(campaign), settings, now)
    total, shares = _sum(alike, settings)
    planned = forecast(pace_of(campaign, reach.audience.zones, settings), total.people, now)
    return DryRun(
        total,
        *shares,
        left_out=dict(sorted(left_out.items())),
        payer=campaign.payer,
        peaks=_peaks(session, campaign, planned.hours),
        ends_at=planned.ends_at,
        unsent=planned.unsent,
    )


def _count(
    session: Session, reach: Reach, wording: Wording, settings: SmsSettings, now: datetime
) -> tuple[Counter[_CostGroup], Counter[str]]:
    """Count people by cost group, and exclusions by reason, without keeping personal data."""
    alike: Counter[_CostGroup] = Counter()
    left_out: Counter[str] = Counter()
    size, channels_of = sizes(wording), _router(settings)
    # Unsealing is slow: read names and numbers only if they affect the count.
    by_name = wording.sized_by_name
    by_number = any(route.prefix != "+" for route in settings.routes)
    sealed = [*(["name"] if by_name else []), *(["number"] if by_number else [])]
    for _, people in chunks(session, reach, now, sealed):
        for row in people:
            channels = channels_of(row.number if by_number else "+")
            reason = row.reason or (None if channels else REASONS.no_route)
            if reason:
                left_out[reason] += 1
                continue
            measured = size(row.language, row.name if by_name else None)
            alike[_CostGroup(row.language, row.province or "", channels, measured)] += 1
    return alike, left_out


def _router(settings: SmsSettings) -> Callable[[str], tuple[str, ...]]:
    """Return a function from a number to its channels, cached by the number's prefix."""
    longest = max((len(route.prefix) for route in settings.routes), default=0)
    channels = cache(partial(candidates, settings.routes))
    return lambda number: channels(number[:longest])


def _sum(
    alike: Mapping[_CostGroup, int], settings: SmsSettings
) -> tuple[Share, tuple[_Shares, _Shares, _Shares, _Shares]]:
    """Sum the cost groups: of all, and by language, province, encoding and channel."""
    total = Share()
    shares: tuple[_Shares, _Shares, _Shares, _Shares] = {}, {}, {}, {}
    for one, many in sorted(alike.items()):
        channel, segments = _billed(one, settings)
        more = many, many * segments, many * segments * settings.price_of(channel)
        total = total.plus(*more)
        names = one.language, one.province, one.size.encoding.value, channel
        for by, name in zip(shares, names, strict=True):
            by[name] = by.get(name, Share()).plus(*more)
    return total, shares


def _billed(one: _CostGroup, settings: SmsSettings) -> tuple[str, int]:
    """Return the first channel, and the segments that it bills."""
    if one.size.segments == 1:
        return one.channels[0], 1
    joining = [name for name in one.channels if name not in settings.one_segment]
    return (joining[0], one.size.segments) if joining else (one.channels[0], one.size.parts)


def _peaks(session: Session, campaign: Campaign, hours: Mapping[datetime, int]) -> tuple[Peak, ...]:
    if not hours:
        return ()
    # One that is not stored yet has no messages of its own.
    own = () if campaign.id is None else (Message.campaign_id.is_distinct_from(campaign.id),)
    others = count_by_time(
        session,
        Message.due_at,
        HOUR,
        Message.state == MessageState.QUEUED.value,
        Message.due_at >= min(hours),
        Message.due_at < max(hours) + _AN_HOUR,
        *own,
    )
    return tuple(Peak(at, many, others.get(at, 0)) for at, many in sorted(hours.items()))


class StateCount(NamedTuple):
    """Number of messages in a state, by reason."""

    state: str
    reason: str | None
    messages: int


class Progress(NamedTuple):
    """Progress of a campaign.

    Attributes:
        people: at approval; None: not approved.
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
    left = Stretch(campaign.cursor, campaign.last_id or 0)
    if campaign.state != CampaignState.FINISHED or left.after >= (left.last or 0):
        return 0
    reach, ended_at = reach_of(session, campaign), campaign.ended_at or campaign.closes_at
    found = chunks(session, reach, ended_at, stretch=left)
    return sum(one.reason is None for _, people in found for one in people)
