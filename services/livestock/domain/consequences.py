"""Table of consequences: event type and condition -> flag, warning and alarm; pure.

A condition is what holds of an animal, or of the road that it takes, when something happens to it.
Each pair of event type and condition has its row, be it one of no consequence. A flag is a task of
the officers of the province. A warning is the sentence that answers the report: it says first what
must be done now, and then that the report was written down.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any, NamedTuple

from services.livestock.domain.model import EventType, FlagCode, Warned
from services.livestock.domain.statuses import StatusKind


class Condition(StrEnum):
    """Condition of an animal or of its road, gravest first: the first one is answered."""

    STOLEN = "stolen"
    ENDED = "ended"
    INFECTED = "infected"
    SUSPECT = "suspect"
    CONTACT = "contact"
    PORK_STOLEN = "pork_stolen"
    PORK_SICK = "pork_sick"
    PORK_DEAD = "pork_dead"
    PORK_RESIDUE = "pork_residue"
    PLACE_INFECTED = "place_infected"
    PLACE_SUSPECT = "place_suspect"
    QUARANTINE = "quarantine"
    ZONE_LEAVING = "zone_leaving"
    ZONE_ENTERING = "zone_entering"
    STANDSTILL = "standstill"
    RESIDUE = "residue"
    NO_PERMIT = "no_permit"
    TAG_GONE = "tag_gone"
    TAG_TAKEN = "tag_taken"
    TAG_ELSEWHERE = "tag_elsewhere"
    PARENT = "parent"
    PORK_ALIVE = "pork_alive"
    PORK_EARLY = "pork_early"
    PORK_UNKNOWN = "pork_unknown"
    PORK_OTHERS = "pork_others"
    PORK_HEAVY = "pork_heavy"
    BARRED_SINCE = "barred_since"
    AGAINST_THE_BOOK = "against_the_book"
    SICK_LATELY = "sick_lately"
    TREATED_LATELY = "treated_lately"
    SWILL_LATELY = "swill_lately"


@dataclass(frozen=True, slots=True)
class Consequence:
    """Consequence of an event under a condition.

    Attributes:
        flag: code of its flag, which tells the rule that was broken.
        warning: sentence `warn.<warning>` of the reply.
        alarm: True: the keeper and the officers are told at once.
    """

    flag: FlagCode | None = None
    warning: str | None = None
    alarm: bool = False


class Finding(NamedTuple):
    """A condition that holds, with the values that its sentence may tell."""

    condition: Condition
    values: Mapping[str, Any] = {}


NOTHING = Consequence()

_Types = frozenset[EventType]
_EVERY: _Types = frozenset(EventType)
# Events of papers and places, none of which shows an animal or moves it.
OF_PAPER: _Types = frozenset(
    {
        EventType.PREMISES, EventType.ALLOCATION, EventType.ORDER, EventType.PERMIT,
        EventType.OUTBREAK, EventType.NOTICE, EventType.VOID, EventType.AGREE, EventType.OBJECT,
        EventType.STATUS, EventType.STOLEN, EventType.RECOVERED, EventType.NOTIFICATION,
        EventType.CENSUS,
    }
)  # fmt: skip
_MOVES: _Types = frozenset({EventType.DEPART, EventType.ARRIVE})
# What may be said of a dead animal: a finding, a paper, a question.
_AFTER_DEATH: _Types = OF_PAPER | {
    EventType.CHECK, EventType.SAMPLE, EventType.RESULT, EventType.DECISION,
}  # fmt: skip
_LEAVES_OR_ENDS: _Types = _MOVES | {EventType.TRANSFER, EventType.SLAUGHTER}
_BEGINS: _Types = frozenset({EventType.REGISTER, EventType.BIRTH})
# A tag is put into an ear.
_FITS: _Types = _BEGINS | {EventType.RETAG}
_BY_TAG: _Types = _FITS | _LEAVES_OR_ENDS


class Row(NamedTuple):
    """One row of the table: all of its types under all of its conditions."""

    types: _Types
    conditions: tuple[Condition, ...]
    then: Consequence


def _warns(flag: FlagCode, warning: str, *, alarm: bool = False) -> Consequence:
    return Consequence(flag, warning, alarm)


_PORK: Mapping[Condition, FlagCode] = {
    Condition.PORK_STOLEN: FlagCode.PORK_OF_STOLEN,
    Condition.PORK_SICK: FlagCode.PORK_OF_SICK,
    Condition.PORK_DEAD: FlagCode.PORK_OF_DEAD,
    Condition.PORK_RESIDUE: FlagCode.PORK_IN_WITHDRAWAL,
    Condition.PORK_ALIVE: FlagCode.PORK_OF_LIVING,
    Condition.PORK_EARLY: FlagCode.PORK_BEFORE_SLAUGHTER,
    Condition.PORK_UNKNOWN: FlagCode.PORK_OF_UNKNOWN,
    Condition.PORK_OTHERS: FlagCode.PORK_OF_OTHERS,
    Condition.PORK_HEAVY: FlagCode.PORK_TOO_HEAVY,
}
DECLARED: Mapping[Condition, FlagCode] = {
    Condition.SICK_LATELY: FlagCode.DECLARED_HEALTHY,
    Condition.TREATED_LATELY: FlagCode.DECLARED_UNTREATED,
    Condition.SWILL_LATELY: FlagCode.DECLARED_NO_SWILL,
}
"""By condition that a seller denies, the flag of their declaration."""
_SICK = (Condition.SUSPECT, Condition.CONTACT)
ROWS: tuple[Row, ...] = (
    # A question about a stolen pig is no wrong; but it shows where the pig is.
    Row(frozenset({EventType.DECISION}), (Condition.STOLEN,), Consequence(alarm=True)),
    Row(
        _EVERY - OF_PAPER - {EventType.DECISION},
        (Condition.STOLEN,),
        _warns(FlagCode.SEEN_WHILE_STOLEN, "stolen", alarm=True),
    ),
    Row(_EVERY - _AFTER_DEATH, (Condition.ENDED,), _warns(FlagCode.EVENT_AFTER_DEATH, "ended")),
    Row(
        _LEAVES_OR_ENDS,
        (Condition.INFECTED,),
        _warns(FlagCode.MOVED_WHILE_INFECTED, "infected"),
    ),
    Row(_LEAVES_OR_ENDS, _SICK, _warns(FlagCode.MOVED_WHILE_SUSPECT, "suspect")),
    Row(
        _MOVES,
        (Condition.PLACE_INFECTED,),
        _warns(FlagCode.MOVED_AT_INFECTED_PLACE, "place"),
    ),
    Row(_MOVES, (Condition.PLACE_SUSPECT,), _warns(FlagCode.MOVED_AT_SUSPECT_PLACE, "place")),
    Row(
        frozenset({EventType.DEPART}),
        (Condition.QUARANTINE,),
        _warns(FlagCode.MOVED_IN_QUARANTINE, "left_quarantine"),
    ),
    Row(
        frozenset({EventType.DEPART}),
        (Condition.ZONE_LEAVING,),
        _warns(FlagCode.LEFT_ZONE, "left_zone"),
    ),
    Row(
        frozenset({EventType.DEPART}),
        (Condition.ZONE_ENTERING,),
        _warns(FlagCode.ENTERED_ZONE, "left_for_zone"),
    ),
    Row(
        frozenset({EventType.ARRIVE}),
        (Condition.QUARANTINE,),
        _warns(FlagCode.MOVED_IN_QUARANTINE, "came_barred"),
    ),
    Row(
        frozenset({EventType.ARRIVE}),
        (Condition.ZONE_LEAVING,),
        _warns(FlagCode.LEFT_ZONE, "came_barred"),
    ),
    Row(
        frozenset({EventType.ARRIVE}),
        (Condition.ZONE_ENTERING,),
        _warns(FlagCode.ENTERED_ZONE, "came_barred"),
    ),
    Row(
        frozenset({EventType.DEPART}),
        (Condition.STANDSTILL,),
        _warns(FlagCode.LEFT_IN_STANDSTILL, "standstill"),
    ),
    Row(
        frozenset({EventType.DEPART}),
        (Condition.NO_PERMIT,),
        _warns(FlagCode.MOVED_WITHOUT_PERMIT, "no_permit"),
    ),
    # Pork is registered when it leaves, with the pigs that it came from.
    *(
        Row(frozenset({EventType.REGISTER}), (condition,), _warns(flag, condition.value))
        for condition, flag in _PORK.items()
    ),
    # Nobody could know it on the day, so nobody is told to turn back.
    Row(_MOVES, (Condition.BARRED_SINCE,), Consequence(FlagCode.REPORTED_LATE)),
    Row(
        frozenset({EventType.SLAUGHTER}),
        (Condition.RESIDUE,),
        _warns(FlagCode.SLAUGHTERED_IN_WITHDRAWAL, "residue"),
    ),
    Row(_BY_TAG, (Condition.TAG_GONE,), _warns(FlagCode.TAG_OUT_OF_USE, "tag_gone")),
    # At a roadblock the inspector reads the ear anyway.
    Row(
        frozenset({EventType.CHECK}),
        (Condition.TAG_GONE,),
        Consequence(FlagCode.TAG_OUT_OF_USE),
    ),
    Row(
        frozenset({EventType.RETAG}),
        (Condition.TAG_TAKEN,),
        _warns(FlagCode.TAG_FITTED_TWICE, "tag_taken"),
    ),
    Row(_FITS, (Condition.TAG_ELSEWHERE,), _warns(FlagCode.TAG_ISSUED_ELSEWHERE, "tag_elsewhere")),
    Row(_BEGINS, (Condition.PARENT,), _warns(FlagCode.PARENT_IMPOSSIBLE, "parent")),
    # The receipt of a pass against the book lists what the book says.
    Row(
        frozenset({EventType.CHECK}),
        (Condition.AGAINST_THE_BOOK,),
        Consequence(FlagCode.PASSED_AGAINST_BOOK),
    ),
    # The buyer is told by the question that asks whether they take it.
    *(
        Row(frozenset({EventType.DECLARATION}), (condition,), _warns(flag, "declared"))
        for condition, flag in DECLARED.items()
    ),
    # What concerns no movement, no sale and no slaughter is care, and welcome.
    Row(OF_PAPER, (Condition.STOLEN,), NOTHING),
    Row(_AFTER_DEATH, (Condition.ENDED,), NOTHING),
    Row(_EVERY - _LEAVES_OR_ENDS, (Condition.INFECTED, *_SICK), NOTHING),
    Row(
        _EVERY - _MOVES,
        (
            Condition.PLACE_INFECTED,
            Condition.PLACE_SUSPECT,
            Condition.QUARANTINE,
            Condition.ZONE_LEAVING,
            Condition.ZONE_ENTERING,
        ),
        NOTHING,
    ),
    Row(_EVERY - {EventType.DEPART}, (Condition.STANDSTILL, Condition.NO_PERMIT), NOTHING),
    Row(_EVERY - _MOVES, (Condition.BARRED_SINCE,), NOTHING),
    Row(_EVERY - {EventType.SLAUGHTER}, (Condition.RESIDUE,), NOTHING),
    # Of a pig at home people go on saying the number that they know.
    Row(_EVERY - _BY_TAG - {EventType.CHECK}, (Condition.TAG_GONE,), NOTHING),
    Row(_EVERY - {EventType.RETAG}, (Condition.TAG_TAKEN,), NOTHING),
    Row(_EVERY - _FITS, (Condition.TAG_ELSEWHERE,), NOTHING),
    Row(_EVERY - _BEGINS, (Condition.PARENT,), NOTHING),
    Row(_EVERY - {EventType.CHECK}, (Condition.AGAINST_THE_BOOK,), NOTHING),
    Row(_EVERY - {EventType.REGISTER}, tuple(_PORK), NOTHING),
    Row(_EVERY - {EventType.DECLARATION}, tuple(DECLARED), NOTHING),
)
"""The table as it is read and tested; no pair stands in two rows."""


def _pairs() -> Iterator[tuple[tuple[EventType, Condition], Consequence]]:
    for row in ROWS:
        for pair in product(row.types, row.conditions):
            yield pair, row.then


TABLE: Mapping[tuple[EventType, Condition], Consequence] = dict(_pairs())
"""Consequence of each event type under each condition."""

OF_STATUS: Mapping[StatusKind, Condition] = {
    StatusKind.STOLEN: Condition.STOLEN,
    StatusKind.INFECTED: Condition.INFECTED,
    StatusKind.SUSPECT: Condition.SUSPECT,
    StatusKind.CONTACT: Condition.CONTACT,
    # It is broken where the permit is lacking, and not by being there.
    StatusKind.PERMIT_REQUIRED: Condition.NO_PERMIT,
    StatusKind.RESIDUE: Condition.RESIDUE,
}
"""The condition that each status of an animal is, or brings about."""

OF_ROAD = frozenset(
    {
        Condition.PLACE_INFECTED, Condition.PLACE_SUSPECT, Condition.QUARANTINE,
        Condition.ZONE_LEAVING, Condition.ZONE_ENTERING, Condition.NO_PERMIT,
        Condition.BARRED_SINCE,
        *_PORK,
    }
)  # fmt: skip
"""Conditions that follow from orders, permits, places and other animals, which no record of the
animal tells."""


OF_TAGS = frozenset(
    {Condition.TAG_GONE, Condition.TAG_TAKEN, Condition.TAG_ELSEWHERE, Condition.PARENT}
)
"""Conditions of a number or of a parent, as they are when a report is recorded."""


OF_NUMBERS = frozenset(
    {
        FlagCode.TAG_OUT_OF_USE, FlagCode.TAG_FITTED_TWICE, FlagCode.TAG_ISSUED_ELSEWHERE,
        FlagCode.PARENT_IMPOSSIBLE,
    }
)  # fmt: skip
"""Flags of those: a report gets them whether it takes effect or is evidence."""


def judged_once() -> Mapping[FlagCode, _Types]:
    """Return the flags that no record of the animal tells, and the types of events that get them.

    They follow from orders, permits and places, or from what was known of numbers and parents.
    """
    found: dict[FlagCode, set[EventType]] = {}
    for (kind, condition), then in TABLE.items():
        if condition in OF_ROAD | OF_TAGS and then.flag is not None:
            found.setdefault(then.flag, set()).add(kind)
    return {flag: frozenset(kinds) for flag, kinds in found.items()}


def flags_of(kind: EventType, findings: Iterable[Finding]) -> list[FlagCode]:
    """Return the flags of an event of a type under some conditions."""
    flags = (TABLE[kind, one.condition].flag for one in findings)
    return [flag for flag in flags if flag is not None]


def gravest(warned: Iterable[Warned]) -> list[Warned]:
    """Return the warnings of the gravest condition among some, which the reply tells."""
    order = [condition.value for condition in Condition]
    found = sorted(warned, key=lambda one: order.index(one.condition))
    return [
        one for one in found if (one.condition, one.code) == (found[0].condition, found[0].code)
    ]
