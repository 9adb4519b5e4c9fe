"""Reports of programs: recorded, and told to whoever must know, by whatever road they came.

The API, partners' documents, tag readers and imported files all record here.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from services.livestock.control.alarms import raise_alarms_of
from services.livestock.control.new_keepers import keepers_before, tell_new_keepers
from services.livestock.control.results import follow_results
from services.livestock.control.theft_ends import tell_ends
from services.livestock.control.thefts import tell_sights, tell_thefts
from services.livestock.domain.model import Origin, Recorded, Report
from services.livestock.recording.record import record_events

_OF_LATE = timedelta(days=29)


def first_of_late(now: datetime) -> date:
    """Return the first day of which people are told: before lies another system's history."""
    return now.date() - _OF_LATE


def record_and_tell(
    session: Session, reports: Sequence[Report], origin: Origin, since: date = date.min
) -> list[Recorded]:
    """Record what a program reports, and tell of thefts, their ends, sights, harm and results.

    Args:
        since: first day that is told of; what happened before is history.

    Raises:
        NotYourRole, UnknownNumber, WrongKind: see `services.livestock.recording.record`.
    """
    before = keepers_before(session, reports)
    done = record_events(session, reports, origin)
    late = [one for one in done if one.report.occurred.day >= since]
    tell_sights(session, late, origin)
    parts = [part for one in late for part in one.parts]
    tell_thefts(session, parts, origin)
    tell_ends(session, parts, origin)
    tell_new_keepers(session, parts, before, origin)
    raise_alarms_of(session, parts, origin)
    follow_results(session, parts, origin)
    return done
