"""Time of an event, as a machine claims it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from services.core.errors import Invalid
from services.core.geography import BOUGAINVILLE_ZONE
from services.livestock.domain.errors import FutureDay
from services.livestock.domain.model import Occurred, Precision
from sms.local_time import DEFAULT_ZONE

# How far a clock may run ahead.
_SKEW = timedelta(minutes=5)
_FIRST = date(1970, 1, 1)
_FAULT = "Write a day, 2026-11-25, or a local date and time, 2026-11-25T08:30:00."


class OccurredSchema(Schema):
    """A day or a second, in the local time of the premises."""

    at = fields.String(
        required=True,
        validate=validate.Length(10, 35),
        metadata={
            "description": "ISO 8601: a day, or a date and time, which is local where it has no "
            "offset. Not in the future; a clock may run five minutes ahead.",
            "example": "2026-11-25",
        },
    )
    precision = fields.String(
        validate=validate.OneOf([one.value for one in Precision]),
        metadata={"description": "Without it, as `at` is written."},
    )
    zone = fields.String(
        validate=validate.OneOf([DEFAULT_ZONE, BOUGAINVILLE_ZONE]),
        metadata={"description": "IANA zone; without it, that of the premises."},
    )


class Claimed(TypedDict, total=False):
    """Loaded form of `OccurredSchema`."""

    at: str
    precision: str
    zone: str


def read_occurred(given: Claimed, zone: str, now: datetime) -> Occurred:
    """Read when something happened.

    Args:
        given: as sent.
        zone: of the premises; used if none is given.
        now: UTC.

    Raises:
        Invalid: `fields` names the fault of `at`.
        FutureDay: the day has not come.
    """
    zone = given.get("zone", zone)
    here = ZoneInfo(zone)
    text = given["at"]
    exact = _precision(given) is Precision.SECOND
    local = _read(text, here, exact=exact)
    latest = (now + _SKEW).astimezone(here) if exact else now.astimezone(here)
    if local.date() < _FIRST:
        raise Invalid(_FAULT, {"at": "It is before 1970."})
    if local > latest.replace(tzinfo=None):
        raise FutureDay
    if exact:
        return Occurred(local.isoformat(timespec="seconds"), Precision.SECOND, zone)
    return Occurred.on(local.date(), zone)


def _precision(given: Mapping[str, object]) -> Precision:
    written = Precision.DAY if len(str(given["at"])) == len("2026-11-25") else Precision.SECOND
    wanted = Precision(str(given.get("precision", written)))
    if wanted is Precision.SECOND and written is Precision.DAY:
        raise Invalid(_FAULT, {"precision": "A day alone is not exact to the second."})
    return wanted


def _read(text: str, here: ZoneInfo, *, exact: bool) -> datetime:
    """Return the local time, the beginning of the day where it need not be exact."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            found = found.astimezone(UTC).astimezone(here).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise Invalid(_FAULT, {"at": _FAULT}) from error
    return found if exact else datetime.combine(found.date(), datetime.min.time())
