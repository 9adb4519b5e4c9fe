"""The numbers of an animal: its first, and those that it was retagged with; which it lost."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.audit.findings import AuditReport
from services.audit.projections.common import wrong
from services.livestock.domain.events import Event
from services.livestock.domain.model import EventType, Key, Scheme, read_key
from services.livestock.recording.replay import History
from services.livestock.recording.side_effects import NUMBERED
from services.storage.models import Identifier, LedgerLeaf
from services.storage.rowsets import keys, pairs

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


def read_taken(
    session: Session, told: Iterable[History], stored: Iterable[Numbers]
) -> AbstractSet[int]:
    """Return the retaggings whose number is another animal's, which an event of its own tells.

    Only retaggings are asked about whose animal does not have the number.
    """
    wanted = {
        event.journal_id: read_key(event.details["new"])
        for history, numbers in zip(told, stored, strict=True)
        for event in _retaggings(history)
        if read_key(event.details["new"]) not in numbers
    }
    if not wanted:
        return frozenset()
    rows = session.execute(
        select(Identifier.scheme, Identifier.value).where(
            tuple_(Identifier.scheme, Identifier.value).in_(pairs(session, wanted.values())),
            Identifier.animal_id.is_not(None),
        )
    )
    owned = {Key(row.scheme, row.value) for row in rows}
    by_subject = {public_subject(*key): key for key in wanted.values()}
    named = defaultdict[Key, set[int]](set)
    leaves = select(LedgerLeaf.subject, LedgerLeaf.journal_id)
    for subject, event in session.execute(leaves.where(LedgerLeaf.subject.in_(by_subject))):
        named[by_subject[subject]].add(event or 0)
    return {
        event
        for event, key in wanted.items()
        if key in owned and (key.scheme == Scheme.SHORT or named[key] - {event})
    }


def compare_numbers(
    first: Key, history: History, stored: Numbers, taken: AbstractSet[int], report: AuditReport
) -> None:
    """Compare the numbers of one animal; short ones may be drawn without an event."""
    given = compare_given(first, history, stored, taken, report)
    for key in sorted(stored.keys() - given):
        if key.scheme != Scheme.SHORT:
            wrong(report, f"identifier {':'.join(key)}", "no event gives it")
    in_order, in_all = _lost(first, history)
    for key, day in stored.items():
        right = {in_order.get(key), in_all.get(key)}
        if day not in right and not (key.scheme == Scheme.SHORT and day is None):
            wrong(report, f"identifier {':'.join(key)}", "retired_on")


def compare_given(
    first: Key, history: History, stored: Numbers, taken: AbstractSet[int], report: AuditReport
) -> set[Key]:
    """Look for the numbers that events give to one animal; return them."""
    given = {
        first,
        *(
            read_key(event.details["new"])
            for event in _retaggings(history)
            if event.journal_id not in taken
        ),
    }
    for key in sorted(given - stored.keys()):
        wrong(report, f"identifier {':'.join(key)}", f"events give it to {':'.join(first)}")
    return given


def _retaggings(history: History) -> Iterator[Event]:
    for event in history.in_force:
        if event.type is EventType.RETAG and event.journal_id in history.leads:
            yield event


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
