"""Alarms of one place: one an hour, unless it becomes worse; the others are counted; pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

PERIOD = timedelta(hours=1)
"""Time after an alarm of a place in which another one that is no worse is only counted."""


class Severity(IntEnum):
    """Severity of an alarm: a worse one goes at once."""

    SICKNESS = 1
    DEATHS = 2
    SUSPICION = 3


@dataclass(frozen=True, slots=True)
class AlarmedPlace:
    """A place whose alarm went.

    Attributes:
        since: when the last text about it went (UTC).
        severity: the worst that was told.
        untold: reports that came since, and were told to nobody yet.
    """

    since: datetime
    severity: Severity
    untold: int = 0

    def is_over(self, now: datetime) -> bool:
        """Tell whether its hour is over."""
        return now - self.since >= PERIOD


def next_alarm(
    known: AlarmedPlace | None, severity: Severity, now: datetime
) -> tuple[bool, AlarmedPlace]:
    """Decide whether an alarm goes now; return what is known of its place from then on."""
    if known is None or (known.is_over(now) and not known.untold):
        return True, AlarmedPlace(now, severity)
    if severity > known.severity:
        return True, AlarmedPlace(now, severity, known.untold)
    return False, replace(known, untold=known.untold + 1)
