"""New events applied to the state of their animals, in order of days.

Events that are not older than the last one of their animal are applied to its stored state. Older
ones, and those that parts of a mob inherit, have it made again from the journal.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.events import Event, registration_of
from services.livestock.domain.model import AnimalKind, AnimalRef, EventType, FlagCode
from services.livestock.domain.statuses import makes_status
from services.livestock.recording.projection import (
    STATE_COLUMNS,
    check_row,
    flag_row,
    is_finding,
    read_states,
    save_moves,
    source_rows,
    state_values,
    states_of,
    write_rows,
)
from services.livestock.recording.rebuilding import DESCENT, Rebuilt, descents, parts_of, rebuild
from services.storage.bulk import update_rows
from services.storage.models import Animal, Check, Flag, PorkSource

# Details of a registration that name other animals.
_NAMING = {*DESCENT, "pigs"}
_Told = Mapping[int, Sequence[Event]]


class Projected(NamedTuple):
    """States and flags that new events made of their animals.

    Attributes:
        flags: of each event, with the animals that they are of.
        states: of all animals that the events name, by database key.
        arrived: animals of which something that arrived, or from where, is not as before.
    """

    flags: list[list[tuple[int, FlagCode]]]
    states: dict[int, AnimalState]
    arrived: set[int]


class NewEvent(NamedTuple):
    """New event, and the database keys of its animals, each once."""

    event: Event
    animals: Collection[int]


def project(
    session: Session, animals: Iterable[AnimalRef], events: Sequence[NewEvent]
) -> Projected:
    """Apply new events to the state of their animals, and write what changed, in bulk.

    Args:
        animals: all that the events name.
        events: in the journal's order.
    """
    refs, told = {ref.id: ref for ref in animals}, defaultdict[int, list[Event]](list)
    for one in events:
        for animal in one.animals:
            told[animal].append(one.event)
    states = states_of(session, refs.values())
    late = {
        one for one, of in told.items() if any(map(_looks_back, of)) or not _follow(states[one], of)
    }
    found = _advance(session, states, {one: of for one, of in told.items() if one not in late})
    arrived = {one for one in found if _came_anew(states[one])}
    again = [refs[one] for one in late] + _parts_behind(session, refs, told)
    rebuilt, moved = rebuild(session, again) if again else Rebuilt({}, set())
    for animal, its in rebuilt.items():
        new = {event.journal_id for event in told.get(animal, ())}
        found[animal] = [flag for flag in its if flag[0] in new]
    # A part of a mob that has something new, too, was rebuilt with it.
    again_too = rebuilt.keys() & told.keys()
    states |= read_states(session, again_too) if again_too else {}
    _write_findings(session, events, found, again_too)
    flags = [
        [(animal, code) for animal in one.animals for code in _codes(one, found[animal])]
        for one in events
    ]
    return Projected(flags, states, arrived | moved)


def _came_anew(state: AnimalState) -> bool:
    """Tell whether events that were applied changed what arrived, or from where it came."""
    return any(move.changed and move.arrival is not None for move in state.moves)


def _looks_back(event: Event) -> bool:
    """Tell whether an event is judged by earlier ones that the stored state does not hold."""
    return makes_status(event) or event.type is EventType.DECLARATION


def _follow(state: AnimalState, events: Sequence[Event]) -> bool:
    """Tell whether events can be applied to a stored state: see `AnimalState.follows`."""
    begun = registration_of(events) if state.registered_by_id is None else None
    return state.follows(events) and (begun is None or "part_of" not in begun.details)


def _advance(
    session: Session, states: Mapping[int, AnimalState], told: _Told
) -> dict[int, list[tuple[int, FlagCode]]]:
    """Apply events that follow; return their flags by animal."""
    before = {animal: state_values(states[animal]) for animal in told}
    found = {animal: states[animal].fold(events) for animal, events in told.items()}
    after = {animal: state_values(states[animal]) for animal in told}
    changed = [(animal, *after[animal]) for animal in told if after[animal] != before[animal]]
    update_rows(session, Animal, STATE_COLUMNS, changed)
    save_moves(session, {animal: states[animal].moves for animal in told})
    begun = {
        animal: event
        for animal, events in told.items()
        for event in events
        if event.journal_id == states[animal].registered_by_id and event.details.keys() & _NAMING
    }
    if begun:
        write_rows(session, insert(PorkSource), source_rows(begun))
        rows = descents(session, begun)
        write_rows(session, update(Animal), [{"id": one, **row} for one, row in rows.items()])
    return found


def _parts_behind(session: Session, refs: Mapping[int, AnimalRef], told: _Told) -> list[AnimalRef]:
    """Return the parts that left a mob after what is told of it now."""
    since: dict[int | None, date] = {
        animal: min(event.day for event in events)
        for animal, events in told.items()
        if refs[animal].kind == AnimalKind.MOB
    }
    return [
        part.ref
        for part in (parts_of(session, since) if since else ())
        if part.left_on is not None and part.left_on > since[part.mob]
    ]


def _codes(one: NewEvent, found: Sequence[tuple[int, FlagCode]]) -> list[FlagCode]:
    return [code for journal, code in found if journal == one.event.journal_id]


def _write_findings(
    session: Session,
    events: Sequence[NewEvent],
    found: Mapping[int, Sequence[tuple[int, FlagCode]]],
    late: Collection[int],
) -> None:
    """Write flags and checks of new events; those of a rebuilt state stand already."""
    flagged = [
        flag_row(animal, one.event.journal_id, code)
        for one in events
        for animal in one.animals
        if animal not in late
        for code in _codes(one, found[animal])
    ]
    checks = [
        check_row(animal, one.event)
        for one in events
        if is_finding(one.event)
        for animal in one.animals
        if animal not in late
    ]
    write_rows(session, insert(Flag), flagged)
    write_rows(session, insert(Check), checks)
