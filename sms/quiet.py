"""Quiet hours in the receiver's own time; pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, zone: str, start: time, end: time) -> datetime | None:
    """Return when the quiet hours end that `now` is in, None outside them.

    Args:
        now: UTC.
        zone: IANA name of the receiver's time zone.
        start: local time at which they begin.
        end: local time at which they end, itself outside; the same as `start`: there are none.

    Returns:
        UTC.
    """
    local = now.astimezone(ZoneInfo(zone))
    at = local.time()
    quiet = start <= at < end if start <= end else at >= start or at < end
    return next_at(now, zone, end) if quiet else None


def next_at(now: datetime, zone: str, at: time) -> datetime:
    """Return the next instant (UTC) after `now` at which it is `at` in a zone."""
    local = now.astimezone(ZoneInfo(zone))
    there = datetime.combine(local.date(), at, local.tzinfo)
    if there <= local:
        there = datetime.combine(local.date() + timedelta(days=1), at, local.tzinfo)
    return there.astimezone(UTC)
