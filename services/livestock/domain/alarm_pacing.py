"""Alarms of one place and of one sender: few an hour, the others are counted; pure.

Of a place one goes in an hour, unless it becomes worse. Of a sender those of three places go.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

PERIOD = timedelta(hours=1)
"""Time after an alarm of a place in which another one that is no worse is only counted."""


MOST_PLACES = 3
"""Places whose alarms go of one sender in an hour."""
MOST_PLACES_OF_BOX = 10
"""Places whose alarms go in a day of what anybody may have said by one village box."""
DAY = timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class AlarmSender:
    """A sender whose reports alarmed: a person, or a village box of which anybody may have said it.

    Attributes:
        since: when its hour began (UTC).
        places: whose alarms went in this hour.
        day: when its day began (UTC).
        of_day: places whose alarms went in this day.
        untold: places that were counted since, by database key.
    """

    since: datetime
    day: datetime
    places: int = 0
    of_day: int = 0
    untold: frozenset[int] = frozenset()

    def tells_at(self, most_of_day: int | None) -> datetime:
        """Return when its counted places are told, all at once."""
        spent = most_of_day is not None and self.of_day >= most_of_day
        return self.day + DAY if spent else self.since + PERIOD

    def begun_anew(self, now: datetime) -> "AlarmSender":
        """Return it with a new hour, and a new day where its own is over."""
        if now - self.day >= DAY:
            return AlarmSender(now, now)
        return replace(self, since=now, places=0, untold=frozenset())


def next_of_sender(
    known: AlarmSender | None, place: int, most_of_day: int | None, now: datetime
) -> tuple[bool, AlarmSender]:
    """Decide whether a sender's alarm of a place goes; return what is known of them from then on.

    `most_of_day`: places of a day; None: as many as there are.
    """
    if known is None:
        known = AlarmSender(now, now)
    elif now - known.since >= PERIOD and not known.untold:
        known = known.begun_anew(now)
    spent = most_of_day is not None and known.of_day >= most_of_day
    if spent or known.places >= MOST_PLACES:
        return False, replace(known, untold=known.untold | {place})
    return True, replace(known, places=known.places + 1, of_day=known.of_day + 1)
