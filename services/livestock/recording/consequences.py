"""Consequences of new events: conditions as the database tells them, and flags and warnings.

Which consequence a condition has is `services.livestock.domain.consequences`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.consequences import (
    DECLARED,
    TABLE,
    Condition,
    Finding,
    flags_of,
)
from services.livestock.domain.events import Event, names_pigs
from services.livestock.domain.model import AnimalKind, EventType, FlagCode, Key, Origin, Warned
from services.livestock.domain.movement_questions import MovingAnimal
from services.livestock.recording.order_compliance import MOVING, Departing, JudgedRoads
from services.livestock.recording.pork import pork_findings
from services.livestock.recording.projection import flag_row, write_rows
from services.storage.models import Flag


class Happened(NamedTuple):
    """New event, its animals as it names them, by database key, and the flags of their fold.

    `numbers` are findings on the numbers that it names, by event and animal.
    """

    event: Event
    animals: Mapping[int, Key]
    flags: Sequence[tuple[int, FlagCode]]
    numbers: Mapping[tuple[int, int], list[Finding]] = {}


class Followed(NamedTuple):
    """All flags of an event, by its animals as it names them; its warnings, and its alarms."""

    flags: tuple[tuple[Key, FlagCode], ...]
    warnings: tuple[Warned, ...]
    alarms: tuple[Key, ...] = ()


def follow(
    session: Session,
    new: Sequence[Happened],
    states: Mapping[int, AnimalState],
    origin: Origin,
) -> list[Followed]:
    """Write the flags of the conditions under which new events happened, and warn of them.

    Args:
        states: of their animals, by database key, as the events made them.
    """
    moving = [one for one in new if one.event.type in MOVING and not one.event.evidence]
    roads = _roads(session, moving, states, origin.recorded_at) if moving else {}
    for one in new:
        if "pigs" in one.event.details and names_pigs(one.event):
            for animal in one.animals:
                roads[one.event.journal_id, animal] = pork_findings(
                    session, one.event, animal, origin.actor
                )
    done, written = [], []
    for one in new:
        on_road = {
            animal: found for animal in one.animals if (found := _judged(one, animal, roads))
        }
        flags = _flags(one.event.type, on_road)
        written += [(animal, one.event.journal_id, code) for animal, code in flags]
        every = dict.fromkeys((one.animals[animal], code) for animal, code in (*one.flags, *flags))
        alarms = tuple(_alarms(one, states))
        done.append(Followed(tuple(every), tuple(_warnings(one, states, on_road)), alarms))
    _write(session, written)
    return done


def _judged(
    one: Happened, animal: int, roads: Mapping[tuple[int, int], list[Finding]]
) -> Sequence[Finding]:
    """Return what is found once, when an event is recorded."""
    pair = (one.event.journal_id, animal)
    found = roads.get(pair, ())
    return [*found, *one.numbers[pair]] if pair in one.numbers else found


def judge_later(
    session: Session, one: Happened, states: Mapping[int, AnimalState], reported_at: datetime
) -> None:
    """Write the flags that orders and permits give a movement whose effect came later."""
    roads = _roads(session, [one], states, reported_at)
    flags = _flags(one.event.type, {animal: found for (_, animal), found in roads.items()})
    _write(session, [(animal, one.event.journal_id, code) for animal, code in flags])


def _write(session: Session, flags: Iterable[tuple[int, int, FlagCode]]) -> None:
    """Write flags by the database keys of animal and event, each of them once."""
    write_rows(session, insert(Flag), [flag_row(*flag) for flag in dict.fromkeys(flags)])


def _roads(
    session: Session,
    moving: Sequence[Happened],
    states: Mapping[int, AnimalState],
    reported_at: datetime,
) -> dict[tuple[int, int], list[Finding]]:
    """Return what orders and permits say of each animal of each movement."""
    judged = JudgedRoads(session, [one.event for one in moving], reported_at)
    found = {one.event.journal_id: judged.findings(one.event) for one in moving}
    departing = [
        Departing(one.event, [_moving(one.animals[key], key, states[key]) for key in one.animals])
        for one in moving
        if one.event.type is EventType.DEPART
        and not found[one.event.journal_id]
        and judged.knows_permits(one.event)
    ]
    lacking = judged.lacking(departing)
    # It excuses no missing permit.
    since = {
        (one.event.journal_id, animal)
        for one in moving
        for animal in one.animals
        if judged.is_barred_since(one.event, states[animal].statuses)
    }
    return {
        (event, animal): [
            *found[event],
            *([Finding(Condition.NO_PERMIT)] if animal in lacking.get(event, ()) else []),
            *(
                [Finding(Condition.BARRED_SINCE)]
                if (event, animal) in since and not found[event]
                else []
            ),
        ]
        for event, animals in ((one.event.journal_id, one.animals) for one in moving)
        for animal in animals
        if found[event] or event in lacking or (event, animal) in since
    }


def _moving(key: Key, animal: int, state: AnimalState) -> MovingAnimal:
    return MovingAnimal(
        str(key),
        AnimalKind(state.kind),
        head_count=state.head_count,
        id=animal,
        statuses=tuple(state.statuses),
    )


def _flags(kind: EventType, found: Mapping[int, Iterable[Finding]]) -> list[tuple[int, FlagCode]]:
    return [
        (animal, code)
        for animal, every in found.items()
        for code in (flags_of(kind, every) if every else ())
    ]


def _alarms(one: Happened, states: Mapping[int, AnimalState]) -> Iterator[Key]:
    """Yield the animals of an event that alarm, whoever reports it."""
    for animal, key in one.animals.items():
        found = states[animal].findings(one.event) if states[animal].statuses else ()
        if any(TABLE[one.event.type, condition].alarm for condition, _ in found):
            yield key


def _warnings(
    one: Happened, states: Mapping[int, AnimalState], on_road: Mapping[int, Sequence[Finding]]
) -> Iterator[Warned]:
    if one.event.evidence:
        return
    for animal in one.animals:
        stays = [Finding(Condition.STANDSTILL, {"count": states[animal].standstill_days})]
        still = stays if (animal, FlagCode.LEFT_IN_STANDSTILL) in one.flags else []
        # Its fold saw what the stored state does not hold.
        still += [Finding(on) for on, flag in DECLARED.items() if (animal, flag) in one.flags]
        for condition, values in (
            *states[animal].findings(one.event),
            *still,
            *on_road.get(animal, ()),
        ):
            code = TABLE[one.event.type, condition].warning
            if code is not None:
                yield Warned(one.animals[animal], condition, code, values)
