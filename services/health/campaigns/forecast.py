"""When the texts of a campaign go, minute by minute at its rate; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.storage.models import Campaign
from sms.quiet import quiet_until
from sms.settings import SmsSettings

MARGIN = timedelta(minutes=15)
"""Nothing is queued so shortly before the quiet hours: it might have to wait for their end."""

_MINUTE = timedelta(minutes=1)


class Pace(NamedTuple):
    """When a campaign may send, and how fast.

    Attributes:
        opens_at, closes_at: UTC.
        rate: texts a minute.
        zones: in which its people live; it must be day in all of them.
        settings: with the quiet hours.
    """

    opens_at: datetime
    closes_at: datetime
    rate: int
    zones: Sequence[str]
    settings: SmsSettings

    def is_open(self, now: datetime) -> bool:
        """Tell whether texts may be queued now."""
        return self.opens_at <= now < self.closes_at and self._is_day(now)

    def _is_day(self, now: datetime) -> bool:
        start, end = self.settings.quiet_from, self.settings.quiet_until
        return not any(
            quiet_until(at, zone, start, end) for zone in self.zones for at in (now, now + MARGIN)
        )


class Forecast(NamedTuple):
    """What the pace comes to.

    Attributes:
        hours: how many texts are queued in each hour (UTC) that has any.
        ends_at: when the last is; None: the window is too short for all, or there is none.
        unsent: for how many the window is too short.
    """

    hours: dict[datetime, int]
    ends_at: datetime | None
    unsent: int


def pace_of(campaign: Campaign, zones: Sequence[str], settings: SmsSettings) -> Pace:
    """Return the pace of a campaign whose people live in these zones."""
    return Pace(campaign.opens_at, campaign.closes_at, campaign.rate, zones, settings)


def forecast(pace: Pace, people: int, now: datetime) -> Forecast:
    """Return when texts to so many people are queued from now on."""
    hours: Counter[datetime] = Counter()
    left, at = people, max(pace.opens_at, now)
    while left and at < pace.closes_at:
        if pace.is_open(at):
            share = min(pace.rate, left)
            hours[at.replace(minute=0, second=0, microsecond=0)] += share
            left -= share
        at += _MINUTE
    return Forecast(dict(hours), at if people and not left else None, left)
