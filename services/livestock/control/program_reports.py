"""Reports of programs: recorded, and told to whoever must know, by whatever road they came.

The API, partners' documents, tag readers and imported files all record here.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from services.livestock.control.alarms import raise_alarms_of
from services.livestock.control.new_keepers import keepers_before, tell_new_keepers
from services.livestock.control.owner_notices import TOLD_TO_OWNERS, tell_owners
from services.livestock.control.results import follow_results
from services.livestock.control.theft_ends import tell_ends
from services.livestock.control.thefts import tell_sights, tell_thefts
from services.livestock.domain.model import EventType, Origin, Recorded, Report
from services.livestock.recording.record import record_events
from sms.local_time import local_day

_Tell = Callable[[Session, Sequence[Recorded], Origin], None]
_OF_LATE = timedelta(days=29)
_FOLLOWED: Sequence[tuple[frozenset[EventType], _Tell]] = (
    (frozenset({EventType.STOLEN}), tell_thefts),
    (frozenset({EventType.RECOVERED}), tell_ends),
    (frozenset({EventType.SICKNESS, EventType.DEATH}), raise_alarms_of),
    (TOLD_TO_OWNERS, tell_owners),
    (frozenset({EventType.RESULT}), follow_results),
)


def first_of_late(now: datetime) -> date:
    """Return the first day of which people are told: before lies another system's history."""
    return local_day(now) - _OF_LATE


def record_and_tell(
    session: Session, reports: Sequence[Report], origin: Origin, since: date = date.min
) -> list[Recorded]:
    """Record what a program reports, and tell whoever must know what follows.

    Args:
        since: first day that is told of; what happened before is history.

    Raises:
        NotYourRole, UnknownNumber, WrongKind: see `services.livestock.recording.record`.
    """
    given = [one for one in reports if one.type is EventType.TRANSFER]
    before = keepers_before(session, given) if given else {}
    done = record_events(session, reports, origin)
    late = [one for one in done if one.report.occurred.day >= since]
    tell_sights(session, late, origin)
    parts = [part for one in late for part in one.parts]
    for kinds, tell in _FOLLOWED:
        if told := [one for one in parts if one.report.type in kinds]:
            tell(session, told, origin)
    if given:
        tell_new_keepers(session, parts, before, origin)
    return done
