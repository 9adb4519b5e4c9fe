"""Times as standards write them: an instant and an offset from UTC.

They know no day without a time of day. A day is written as its local noon, which is on that day
for every reader less than twelve hours away and exists in every zone, and marked as a day.
"""

import re
from datetime import UTC, datetime, time, timedelta, timezone
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from services.core.geography import BOUGAINVILLE_ZONE
from services.livestock.domain.model import Occurred, Precision
from services.livestock.standards.errors import UnreadableMember
from sms.local_time import DEFAULT_ZONE, local_day

NOON = time(12)
_INSTANT = re.compile(r"(?:19|2\d)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_OFFSET = re.compile(r"([+-])(?:(0\d|1[0-3]):([0-5]\d)|(14):(00))")
_ZONES = {"+10:00": DEFAULT_ZONE, "+11:00": BOUGAINVILLE_ZONE}


class Written(NamedTuple):
    """A time as standards write it; `zone` is None where the offset is enough."""

    time: str
    offset: str
    precision: Precision
    zone: str | None


def write_time(occurred: Occurred) -> Written:
    """Write when it happened."""
    if occurred.precision == Precision.DAY:
        local = datetime.combine(occurred.day, NOON)
    else:
        local = datetime.fromisoformat(occurred.text)
    ahead = local.replace(tzinfo=ZoneInfo(occurred.zone)).utcoffset() or timedelta()
    # Local mean time of the nineteenth century has seconds, which an offset cannot write.
    whole = timedelta(minutes=round(ahead / timedelta(minutes=1)))
    text = local.replace(tzinfo=timezone(whole)).isoformat(timespec="seconds")
    offset = text[-len("+10:00") :]
    zone = None if _ZONES.get(offset) == occurred.zone else occurred.zone
    return Written(text, offset, occurred.precision, zone)


def is_future(occurred: Occurred, now: datetime) -> bool:
    """Check for a claimed time after `now`."""
    if occurred.precision == Precision.DAY:
        return occurred.day > local_day(now, occurred.zone)
    return datetime.fromisoformat(write_time(occurred).time) > now


def read_time(instant: datetime, ahead: timedelta, zone: str, precision: object) -> Occurred:
    """Read when it happened.

    Args:
        ahead: offset of the local time from UTC.
        precision: `day` or `second`.
    """
    local = instant.astimezone(timezone(ahead)).replace(tzinfo=None)
    if precision == Precision.DAY:
        return Occurred.on(local.date(), zone)
    return Occurred(local.isoformat(timespec="seconds"), Precision.SECOND, zone)


def usual_zone(offset: str) -> str:
    """Return the zone of Papua New Guinea that has an offset.

    Raises:
        UnreadableMember: none has.
    """
    if offset not in _ZONES:
        raise UnreadableMember("is no offset of Papua New Guinea: name the zone as bilum:zone")
    return _ZONES[offset]


def read_zone(text: object) -> str:
    """Read the name of a zone.

    Raises:
        UnreadableMember: it is none of IANA's.
    """
    if not isinstance(text, str) or text not in _known_zones():
        raise UnreadableMember("must be a zone of IANA, such as Pacific/Port_Moresby")
    return text


def offset_at(instant: datetime, zone: str) -> timedelta:
    """Return how far a zone is ahead of UTC."""
    return instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def read_instant(text: object) -> datetime:
    """Read an instant (RFC 3339) to the second.

    Raises:
        UnreadableMember: it is none, or has parts of a second.
    """
    if not isinstance(text, str) or not (found := _INSTANT.fullmatch(text)):
        raise UnreadableMember("must be a date, a time and an offset, such as …T12:00:00+10:00")
    if (found[1] or "").strip(".0"):
        raise UnreadableMember("must be a whole second: parts of it are not kept")
    try:
        return datetime.fromisoformat(text.replace(found[1] or "\0", "")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableMember("is no day or time of the calendar") from error


def read_offset(text: object) -> timedelta:
    """Read an offset from UTC.

    Raises:
        UnreadableMember: it is none.
    """
    found = _OFFSET.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise UnreadableMember("must be an offset from UTC, such as +10:00")
    sign, hours, minutes = found[1], found[2] or found[4], found[3] or found[5]
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return -ahead if sign == "-" else ahead


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
