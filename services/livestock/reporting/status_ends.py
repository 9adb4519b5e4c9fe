"""Ends of statuses as officers report them: one that ends nothing, or too early, is refused."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.livestock.domain.model import EventType, Report
from services.livestock.domain.statuses import StatusKind, holding
from services.livestock.recording.identity import find_animals, find_premises
from services.livestock.recording.projection import read_states
from services.livestock.recording.statuses import place_statuses

_BEGUN, _ENDED = "begun", "ended"


def require_ends(session: Session, reports: Sequence[Report]) -> None:
    """Refuse the end of a status that none of its animals, and not its place, has on that day.

    Raises:
        Invalid: `fields` names each such event by its place among the reports.
    """
    wrong = {place: {"occurred": fault} for place, fault in ends_of_nothing(session, reports)}
    if wrong:
        raise Invalid("A status cannot end before it begins: see errors", {"events": wrong})


def ends_of_nothing(session: Session, reports: Sequence[Report]) -> Iterator[tuple[int, str]]:
    """Yield the ends of statuses that do not hold: places among the reports, and the faults."""
    told = [one for one in reports if one.type is EventType.STATUS]
    begun = {one.details["status"] for one in told if one.details["action"] == _BEGUN}
    for place, one in enumerate(reports):
        if (
            one.type is EventType.STATUS
            and one.details["action"] == _ENDED
            and one.details["status"] not in begun
            and one.details["status"] not in _kinds(session, one)
        ):
            yield place, f"No such status holds on {one.occurred.day}: it ends nothing."


def _kinds(session: Session, report: Report) -> set[StatusKind]:
    animals = {ref.id for ref in find_animals(session, report.animals).values()}
    found = [one for state in read_states(session, animals).values() for one in state.statuses]
    if report.premises is not None:
        places = find_premises(session, [report.premises]).values()
        for statuses in place_statuses(session, [ref.id for ref in places]).values():
            found += statuses
    return {one.kind for one in holding(found, report.occurred.day)}


def ends_too_early(details: Mapping[str, Any], day: date) -> bool:
    """Tell whether the details of a status end it on the day of its beginning, or before; pure."""
    return "until" in details and date.fromisoformat(details["until"]) <= day
