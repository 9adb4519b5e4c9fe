"""Error of a reader's clock, and warnings of it; pure. No time is corrected by it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.readers.moments import DateOrder, read_moment
from services.texts.catalogue import LANGUAGES, day_and_month, say_in_all

# A clock that a person has set is seldom nearer.
TOLERATED = timedelta(minutes=10)
_HOUR, _DAY = 3_600, 86_400
# Below two of a unit, use the smaller one.
_UNITS = (("days", _DAY), ("hours", _HOUR), ("minutes", 60))


def ahead_seconds(
    clock: str | None, moments: Iterable[str | None], now: datetime, zone: str
) -> int | None:
    """Return the seconds by which a reader's clock is ahead; below 0: behind; None: unknown.

    Args:
        clock: its time now, where the client sent it.
        moments: its times of the scans: one later than now proves that it is ahead.
        now: UTC.
        zone: of a time without an offset.
    """
    shown = _instant(read_moment(clock, DateOrder.DMY) if clock else None, zone)
    if shown is not None:
        return round((shown - now).total_seconds())
    instants = [found for moment in moments if (found := _instant(moment, zone))]
    latest = max(instants, default=now)
    return round((latest - now).total_seconds()) if latest - now > TOLERATED else None


def clock_answer(ahead: int | None) -> dict[str, object] | None:
    """Make the answer's member on a clock, None where no error is known."""
    if ahead is None or abs(ahead) <= TOLERATED.total_seconds():
        return None
    unit, seconds = next(
        (one for one in _UNITS if abs(ahead) >= 2 * one[1]),
        _UNITS[-1],
    )
    count = round(abs(ahead) / seconds)
    code = "reader.clock_ahead" if ahead > 0 else "reader.clock_behind"
    time = say_in_all(f"reader.{unit}", count=count)
    return {"ahead_seconds": ahead, "texts": say_in_all(code, time=time)}


def clock_warnings(
    ahead: int | None, scanned: Iterable[str | None], claimed: date, today: date
) -> list[dict[str, object]]:
    """Warn of a wrong clock, and of days in it that differ from the claimed one.

    Args:
        ahead: see `ahead_seconds`.
        scanned: the clock's times of the scans.
        claimed: local day of the confirmation.
        today: local day.
    """
    found: list[dict[str, object]] = []
    if clock := clock_answer(ahead):
        found.append({"code": "clock_ahead" if (ahead or 0) > 0 else "clock_behind", **clock})
    days = [at[:10] for at in scanned if at]
    future = sum(day > today.isoformat() for day in days)
    if future:
        told = say_in_all("reader.future_scans", count=future)
        found.append({"code": "future_scans", "texts": told})
    other = sum(day != claimed.isoformat() and day <= today.isoformat() for day in days)
    if other:
        day_told = {language: day_and_month(claimed, language) for language in LANGUAGES}
        told = say_in_all("reader.other_day", count=other, day=day_told)
        found.append({"code": "other_day", "texts": told})
    return found


def _instant(moment: str | None, zone: str) -> datetime | None:
    """Return the instant of a time to the second, None of a day alone."""
    if moment is None or "T" not in moment:
        return None
    found = datetime.fromisoformat(moment)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
