"""Days by the clock of a place; pure."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Pacific/Port_Moresby"
"""IANA zone of the capital, and of every province but Bougainville."""


def local_day(at: datetime, zone: str = DEFAULT_ZONE) -> date:
    """Return the local day of an instant; without a zone, in the capital.

    Of an instant beyond the calendar: the calendar's first or last day.
    """
    try:
        return at.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return date.min if at.year == date.min.year else date.max


def start_of_day(day: date, zone: str = DEFAULT_ZONE) -> datetime:
    """Return the instant (UTC) at which a local day begins; without a zone, in the capital."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
