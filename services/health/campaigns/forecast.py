"""Texts by hour and minute: forecast at a campaign's rate, and counted in the database."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.storage.models import Campaign
from sms.quiet import quiet_until
from sms.settings import SmsSettings

MARGIN = timedelta(minutes=15)
"""Time before the quiet hours in which nothing is queued: it might wait for their end."""

_MINUTE = timedelta(minutes=1)

HOUR, MINUTE = "HH24:00", "HH24:MI"
_OF_SQLITE = {HOUR: "%H:00", MINUTE: "%H:%M"}


class Pace(NamedTuple):
    """Window (UTC) and texts a minute of a campaign; texts go while it is day in all zones."""

    opens_at: datetime
    closes_at: datetime
    rate: int
    zones: Sequence[str]
    settings: SmsSettings

    def is_open(self, now: datetime) -> bool:
        """Return whether texts may be queued now."""
        return self.opens_at <= now < self.closes_at and self._is_day(now)

    def _is_day(self, now: datetime) -> bool:
        start, end = self.settings.quiet_from, self.settings.quiet_until
        return not any(
            quiet_until(at, zone, start, end) for zone in self.zones for at in (now, now + MARGIN)
        )


class Forecast(NamedTuple):
    """Texts by hour (UTC) at a pace, and the people for whom the window is too short.

    `ends_at` is when the last is queued; None: the window is too short, or there are no people.
    """

    hours: dict[datetime, int]
    ends_at: datetime | None
    unsent: int


def pace_of(campaign: Campaign, zones: Sequence[str], settings: SmsSettings) -> Pace:
    """Return the pace of a campaign whose people live in these zones."""
    return Pace(campaign.opens_at, campaign.closes_at, campaign.rate, zones, settings)


def forecast(pace: Pace, people: int, now: datetime) -> Forecast:
    """Forecast the texts to a number of people from now on."""
    hours: Counter[datetime] = Counter()
    left, at = people, max(pace.opens_at, now)
    while left and at < pace.closes_at:
        if pace.is_open(at):
            share = min(pace.rate, left)
            hours[at.replace(minute=0, second=0, microsecond=0)] += share
            left -= share
        at += _MINUTE
    return Forecast(dict(hours), at if people and not left else None, left)


def count_by_time(
    session: Session,
    times: InstrumentedAttribute[Any],
    step: str,
    *which: ColumnElement[bool],
) -> dict[datetime, int]:
    """Return the number of rows in each HOUR or MINUTE (UTC) that has any, in order."""
    if session.get_bind().dialect.name == "sqlite":
        slot = func.strftime(f"%Y-%m-%dT{_OF_SQLITE[step]}", times)
    else:
        slot = func.to_char(times, f'YYYY-MM-DD"T"{step}')
    rows = session.execute(select(slot, func.count()).where(*which).group_by(slot).order_by(slot))
    return {datetime.fromisoformat(at).replace(tzinfo=UTC): many for at, many in rows}
