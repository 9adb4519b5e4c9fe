"""The life of a tag: ordered, issued, fitted, lost, replaced, retired; told by events; pure.

The order is that of the days on which it happened, then of the journal. So a report that comes late
changes what is told of the tag, and who fitted it first; which animal the number stands for goes by
who reported first, as with registrations.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.livestock.domain.events import BEGINNINGS, Event
from services.livestock.domain.model import EventType, FlagCode, Key, read_key

_ENDS = frozenset({EventType.DEATH, EventType.SLAUGHTER})


class TagState(StrEnum):
    """State of a tag.

    LOST: it fell off. REPLACED: its animal wears another instead. RETIRED: its animal is dead.
    """

    ORDERED = "ordered"
    ISSUED = "issued"
    FITTED = "fitted"
    LOST = "lost"
    REPLACED = "replaced"
    RETIRED = "retired"


_OF_PAPER = frozenset({TagState.ORDERED, TagState.ISSUED})
OUT_OF_USE = frozenset({TagState.LOST, TagState.REPLACED, TagState.RETIRED})


class TagStep(NamedTuple):
    """One step of a tag's life; animal, premises and event are database keys.

    `flag` is what is wrong with it, by the steps before it.
    """

    state: TagState
    on: date
    event: int
    animal: int | None = None
    premises: int | None = None
    flag: FlagCode | None = None


class Wearer(NamedTuple):
    """An animal that had a number, by its database key: its first number, and its events."""

    animal: int
    first: Key
    events: Sequence[Event]


def life_of(
    number: Key,
    papers: Iterable[TagStep],
    wearers: Iterable[Wearer],
    elsewhere: AbstractSet[int] = frozenset(),
) -> list[TagStep]:
    """Return the steps of a tag's life, each with what is wrong with it.

    Args:
        papers: that it was ordered and issued.
        wearers: the animals that ever had it.
        elsewhere: events that are flagged since the tag was issued to another place.
    """
    steps = [*papers, *(step for one in wearers for step in _worn(number, one))]
    steps.sort(key=lambda one: (one.on, one.event))
    return list(_judged(steps, elsewhere))


def state_of(steps: Sequence[TagStep]) -> TagState | None:
    """Return the state of a tag; None: nobody ordered, issued or fitted it.

    A range may be written down long after its tags were fitted.
    """
    worn = [one for one in steps if one.state not in _OF_PAPER]
    return (worn or steps)[-1].state if steps else None


def _worn(number: Key, wearer: Wearer) -> Iterator[TagStep]:
    """Yield what the events of one animal tell of one of its numbers."""
    state = None
    for event in sorted(wearer.events, key=lambda one: one.order):
        if event.evidence or event.inherited:
            continue
        told = _next(number, wearer.first, event, state)
        if told is not None:
            state = told
            yield TagStep(told, event.day, event.journal_id, wearer.animal, event.premises)


def _next(number: Key, first: Key, event: Event, state: TagState | None) -> TagState | None:
    """Return what an event makes of a number, None where it changes nothing."""
    new, lost = (_named(event.details, name) for name in ("new", "lost"))
    if event.type in BEGINNINGS:
        return TagState.FITTED if number == first else None
    if event.type is EventType.RETAG:
        if new == number:
            return TagState.FITTED
        return TagState.REPLACED if lost == number or state is TagState.LOST else None
    if event.type is EventType.TAG_LOST:
        return TagState.LOST if lost == number else None
    whole = event.type in _ENDS and "head_count" not in event.details
    return TagState.RETIRED if whole and state not in {None, TagState.RETIRED} else None


def _named(details: Mapping[str, object], name: str) -> Key | None:
    return read_key(str(details[name])) if name in details else None


def _judged(steps: Iterable[TagStep], elsewhere: AbstractSet[int]) -> Iterator[TagStep]:
    state, worn = None, False
    for step in steps:
        flag = None
        if step.state is TagState.FITTED:
            if state in OUT_OF_USE:
                flag = FlagCode.TAG_OUT_OF_USE
            elif worn:
                flag = FlagCode.TAG_FITTED_TWICE
            elif step.event in elsewhere:
                flag = FlagCode.TAG_ISSUED_ELSEWHERE
            worn = True
        state = state if step.state in _OF_PAPER else step.state
        yield step._replace(flag=flag)
