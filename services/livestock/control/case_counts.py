"""Counting an outbreak: sick, dead, culled, disposed of and slaughtered, out of the journal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.livestock.control.affected import areas_of, may_bind, premises_in
from services.livestock.control.outbreaks import OutbreakState, history
from services.livestock.domain.areas import Area
from services.livestock.domain.model import EventType
from services.livestock.queries.known_events import AT_ONCE, known_events
from services.livestock.recording.decision_context import premises_keys
from services.storage.models import Outbreak, Premises
from services.storage.rowsets import keys as keys_of

_TYPES = (EventType.SICKNESS, EventType.DEATH, EventType.SLAUGHTER)
OF_LABORATORIES = (EventType.SAMPLE, EventType.RESULT)
"""Events that tell what a laboratory was asked, and what it found."""
# Other causes, such as accidents, do not belong to the outbreak.
_OF_DISEASE = frozenset({"disease", "unknown"})
_DISPOSED = frozenset({"buried", "burned", "rendered"})


class Figure(StrEnum):
    """Figure that is counted."""

    SICK = "sick"
    DEAD = "dead"
    CULLED = "culled"
    DISPOSED = "disposed"
    SLAUGHTERED = "slaughtered"


Counts = dict[Figure, int]


class CaseEvent(NamedTuple):
    """Journal event that may count.

    Attributes:
        premises: database key.
    """

    journal_id: int
    record: Mapping[str, Any]
    premises: int

    @property
    def day(self) -> date:
        """The local day, as claimed."""
        return date.fromisoformat(self.record["occurred"]["at"][:10])

    @property
    def details(self) -> Mapping[str, Any]:
        """Details of the event."""
        details: Mapping[str, Any] = self.record.get("details", {})
        return details

    @property
    def animals(self) -> list[tuple[str, str]]:
        """The ledger keys of the animals and mobs that it names."""
        named = [one for one in self.record["subjects"] if "scheme" in one]
        return [(one["scheme"], one["value"]) for one in named]


class Case(NamedTuple):
    """Pigs of one figure at premises on a local day."""

    figure: Figure
    premises: int
    day: date
    heads: int


class OutbreakExtent(NamedTuple):
    """Places and days of an outbreak, as known at an instant.

    Attributes:
        over: the local day on which it was released; the last day of all: not yet.
        areas: of its orders, free zones left out.
        known_at: UTC; None: now.
    """

    outbreak: Outbreak
    over: date
    areas: Sequence[Area]
    known_at: datetime | None


def extent_of(
    session: Session, outbreak: Outbreak, known_at: datetime | None = None
) -> OutbreakExtent:
    """Read where an outbreak is; one of which nobody knew by then was over before it began."""
    steps = history(session, outbreak, known_at)
    over = steps[-1].day if steps and steps[-1].state is OutbreakState.RELEASED else date.max
    areas = areas_of(session, outbreak.id, known_at)
    return OutbreakExtent(outbreak, over if steps else date.min, areas, known_at)


def cases_of(session: Session, extent: OutbreakExtent, on: date) -> list[Case]:
    """Return the cases of an outbreak from its beginning to a day, in the journal's order.

    It counts at the index premises and in the areas of the outbreak's orders, free zones left out,
    until the day on which it was released. Events that were declared void are left out, so are
    suspicions of another disease. An animal counts once in a figure, on its first day; pigs that
    are told by a number alone count as often as they are told.
    """
    events = events_of(session, extent, on, _TYPES)
    return list(count_cases(events, extent.outbreak.disease))


def count_cases(events: Iterable[CaseEvent], disease: str) -> Iterator[Case]:
    """Yield the cases in events; pure."""
    seen: dict[Figure, set[tuple[str, str]]] = {figure: set() for figure in Figure}
    for event in events:
        for figure in _figures(event, disease):
            heads = event.details.get("head_count")
            if heads is None:
                new = set(event.animals) - seen[figure]
                seen[figure] |= new
                heads = len(new) if event.animals else 1
            if heads:
                yield Case(figure, event.premises, event.day, heads)


def add_up(cases: Iterable[Case]) -> Counts:
    """Return the sum of each figure; pure."""
    counts = dict.fromkeys(Figure, 0)
    for case in cases:
        counts[case.figure] += case.heads
    return counts


def events_of(
    session: Session, extent: OutbreakExtent, on: date, types: Sequence[EventType]
) -> Iterator[CaseEvent]:
    """Yield the events of an outbreak's places and days up to a day, void ones left out."""
    began = extent.outbreak.began_on
    if extent.over < began:
        return
    # Cases of the whole country are many: a place's are found by its key on the ledger. Samples and
    # results are few, and found sooner by their days.
    common = not set(OF_LABORATORIES).issuperset(types)
    places = select(Premises.subject_key).where(_near(session, extent)) if common else None
    days = (began, min(on, extent.over))
    records = known_events(session, types, days, extent.known_at, places)
    inside: dict[str, int] = {}
    known: set[str] = set()
    while some := list(islice(records, AT_ONCE)):
        if named := {at for _, one in some if (at := place_in(one))} - known:
            inside |= _inside(session, extent, named)
            known |= named
        for key, one in some:
            if (at := place_in(one)) and at in inside:
                yield CaseEvent(key, one, inside[at])


def _near(session: Session, extent: OutbreakExtent) -> ColumnElement[bool]:
    index = Premises.id == extent.outbreak.index_premises_id
    return or_(index, *(may_bind(session, area) for area in extent.areas))


def place_in(record: Mapping[str, Any]) -> str | None:
    """Return the public id of the premises at which an event was."""
    public_id: str | None = record.get("at", {}).get("premises")
    return public_id


def _inside(session: Session, extent: OutbreakExtent, named: set[str]) -> dict[str, int]:
    """Return the database keys of those premises that belong to the outbreak, by public id."""
    keys = premises_keys(session, map(UUID, named))
    wanted = keys_of(session, keys.values())
    known = {*premises_in(session, extent.areas, Premises.id.in_(wanted))}
    known.add(extent.outbreak.index_premises_id)
    return {public_id: key for public_id, key in keys.items() if key in known}


def _figures(event: CaseEvent, disease: str) -> Iterator[Figure]:
    kind, details = EventType(event.record["type"]), event.details
    if kind is EventType.SLAUGHTER:
        yield Figure.SLAUGHTERED
    if kind is EventType.SICKNESS and details.get("suspicion", disease) == disease:
        yield Figure.SICK
    if kind is not EventType.DEATH:
        return
    if details.get("cause") == "culled":
        yield Figure.CULLED
    elif details.get("cause", "unknown") in _OF_DISEASE:
        yield Figure.DEAD
    else:
        return
    if details.get("disposal") in _DISPOSED:
        yield Figure.DISPOSED
