"""The numbers of an animal: its first, and those that it was retagged with; which it lost."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.findings import AuditReport
from services.audit.projections.common import wrong
from services.livestock.domain.model import EventType, Key, Scheme, read_key
from services.livestock.recording.replay import History
from services.livestock.recording.side_effects import NUMBERED
from services.storage.models import Identifier
from services.storage.rowsets import keys

Numbers = dict[Key, "date | None"]
"""Each number, and the day on which it was lost."""


def read_numbers(session: Session, animals: Iterable[int]) -> Mapping[int, Numbers]:
    """Read the numbers of some animals, by database key."""
    found: defaultdict[int, Numbers] = defaultdict(dict)
    rows = session.execute(
        select(
            Identifier.animal_id, Identifier.scheme, Identifier.value, Identifier.retired_on
        ).where(Identifier.animal_id.in_(keys(session, animals)))
    )
    for animal, scheme, value, retired_on in rows:
        found[animal or 0][Key(scheme, value)] = retired_on
    return found


def compare_numbers(first: Key, history: History, stored: Numbers, report: AuditReport) -> None:
    """Compare the numbers of one animal; short ones may be drawn without an event."""
    given = compare_given(first, history, stored, report)
    for key in sorted(stored.keys() - given):
        if key.scheme != Scheme.SHORT:
            wrong(report, f"identifier {':'.join(key)}", "no event gives it")
    in_order, in_all = _lost(first, history)
    for key, day in stored.items():
        right = {in_order.get(key), in_all.get(key)}
        if day not in right and not (key.scheme == Scheme.SHORT and day is None):
            wrong(report, f"identifier {':'.join(key)}", "retired_on")


def compare_given(first: Key, history: History, stored: Numbers, report: AuditReport) -> set[Key]:
    """Look for the numbers that events give to one animal; return them."""
    given = {first, *_given(history)}
    for key in sorted(given - stored.keys()):
        wrong(report, f"identifier {':'.join(key)}", f"events give it to {':'.join(first)}")
    return given


def _given(history: History) -> Iterator[Key]:
    for event in history.in_force:
        if event.type is EventType.RETAG and event.journal_id in history.leads:
            yield read_key(event.details["new"])


def _lost(first: Key, history: History) -> tuple[Numbers, Numbers]:
    """Return on which days numbers were lost, by the events in order, and by all of them.

    An event that comes before the number is the animal's does nothing, until another that names the
    same number is declared wrong: then all that remain count.
    """
    known, in_order, in_all = {first}, Numbers(), Numbers()
    for event in history.in_force:
        if event.type not in NUMBERED or event.journal_id not in history.leads:
            continue
        if "new" in event.details:
            known.add(read_key(event.details["new"]))
        if "lost" in event.details:
            lost = read_key(event.details["lost"])
            in_all[lost] = event.day
            if lost in known or lost.scheme == Scheme.SHORT:
                in_order[lost] = event.day
    return in_order, in_all
