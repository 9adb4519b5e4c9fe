"""States of animals made again from the journal, and those of the parts of mobs among them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.events import Event, registration_of
from services.livestock.domain.model import AnimalKind, AnimalRef, FlagCode, Key, read_key
from services.livestock.domain.movements import Move
from services.livestock.recording.identity import find_animals
from services.livestock.recording.policy import policy_of
from services.livestock.recording.projection import (
    JUDGED,
    check_row,
    flag_row,
    is_finding,
    move_values,
    read_moves,
    save_moves,
    source_rows,
    state_row,
    write_rows,
)
from services.livestock.recording.replay import History, histories, replay
from services.livestock.recording.statuses import save_statuses
from services.storage.models import Animal, Check, Flag, Movement, PorkSource
from services.storage.models import Status as StatusRow
from services.storage.rowsets import keys

DESCENT = {"dam": "dam_id", "sire": "sire_id", "part_of": "part_of_id"}
_AT_ONCE = 500

Flags = dict[int, list[tuple[int, FlagCode]]]
"""By animal: each flag with the journal key of its event."""


class Rebuilt(NamedTuple):
    """Flags that follow from the events of animals, and which movements are not as before."""

    flags: Flags
    moved: set[int]


class Part(NamedTuple):
    """A part of a mob, and the day on which it left it."""

    ref: AnimalRef
    mob: int | None
    left_on: date | None


def rebuild(session: Session, animals: Iterable[AnimalRef]) -> Rebuilt:
    """Replay the journal of some animals, and of the parts of mobs among them, into their rows.

    Events that are void or erased do not count. A movement keeps its row while it has its sides.
    """
    refs = {ref.id: ref for ref in animals}
    refs |= {part.ref.id: part.ref for part in all_parts(session, refs.values())}
    wanted, found = list(refs.values()), Rebuilt({}, set())
    for start in range(0, len(wanted), _AT_ONCE):
        some = _rebuild(session, wanted[start : start + _AT_ONCE])
        found.flags.update(some.flags)
        found.moved.update(some.moved)
    return found


def parts_of(session: Session, mobs: Iterable[int | None]) -> list[Part]:
    """Return the parts that some mobs have now, by database keys of the mobs."""
    rows = session.execute(
        select(
            Animal.id,
            Animal.scheme,
            Animal.value,
            Animal.kind,
            Animal.part_of_id.label("mob"),
            Animal.registered_on,
        ).where(Animal.part_of_id.in_(keys(session, mobs)))
    )
    return [
        Part(AnimalRef(row.id, Key(row.scheme, row.value), row.kind), row.mob, row.registered_on)
        for row in rows
    ]


def all_parts(session: Session, animals: Iterable[AnimalRef]) -> list[Part]:
    """Return the parts of some animals, and the parts of those."""
    found: dict[int, Part] = {}
    mobs = {ref.id for ref in animals if ref.kind == AnimalKind.MOB}
    while mobs:
        new = [part for part in parts_of(session, mobs) if part.ref.id not in found]
        found |= {part.ref.id: part for part in new}
        mobs = {part.ref.id for part in new if part.ref.kind == AnimalKind.MOB}
    return list(found.values())


def descents(
    session: Session, begun: Mapping[int, Event | None]
) -> dict[int, dict[str, int | None]]:
    """Return dam, sire and mob as columns, by animal, from registrations; if known here."""
    told = {
        animal: {
            column: read_key(event.details[name])
            for name, column in DESCENT.items()
            if event is not None and name in event.details
        }
        for animal, event in begun.items()
    }
    named = {key for columns in told.values() for key in columns.values()}
    known = find_animals(session, named) if named else {}
    return {
        animal: {
            column: known[key].id if (key := columns.get(column)) in known else None
            for column in DESCENT.values()
        }
        for animal, columns in told.items()
    }


def _rebuild(session: Session, animals: Sequence[AnimalRef]) -> Rebuilt:
    told = histories(session, [ref.key for ref in animals])
    of = {ref.id: told[ref.key] for ref in animals}
    days = policy_of(session).standstill_days
    made = {ref.id: replay(of[ref.id], ref.kind, standstill_days=days) for ref in animals}
    begun = {animal: registration_of(history.events) for animal, history in of.items()}
    descent = descents(session, begun)
    rows = [{"id": one, **state_row(made[one][0]), **descent[one]} for one in made]
    write_rows(session, update(Animal), rows)
    _keep_sources(session, [ref.id for ref in animals if ref.kind == AnimalKind.CONSIGNMENT], begun)
    moved = _keep_moves(session, {animal: state for animal, (state, _) in made.items()})
    statuses = {animal: state.statuses for animal, (state, _) in made.items()}
    save_statuses(session, StatusRow.animal_id, statuses)
    flags = {animal: found for animal, (_, found) in made.items()}
    _keep_flags(session, of, flags)
    session.execute(delete(Check).where(Check.animal_id.in_(keys(session, of))))
    checks = [
        check_row(animal, event)
        for animal, history in of.items()
        for event in history.events
        if is_finding(event)
    ]
    write_rows(session, insert(Check), checks)
    return Rebuilt(flags, moved)


def _keep_sources(session: Session, pork: Sequence[int], begun: Mapping[int, Event | None]) -> None:
    """Write the pigs that consignments of pork came from."""
    if pork:
        session.execute(
            delete(PorkSource).where(PorkSource.consignment_id.in_(keys(session, pork)))
        )
        write_rows(session, insert(PorkSource), source_rows({one: begun[one] for one in pork}))


def _keep_moves(session: Session, made: Mapping[int, AnimalState]) -> set[int]:
    """Write movements over the rows that have the same sides, or one of them.

    Returns:
        The animals whose movements are not as before.
    """
    gone, moved = [], set()
    for animal, stored in read_moves(session, made).items():
        left = _take_rows(stored, made[animal].moves)
        moved |= {animal} if left else set()
        gone += left
    if gone:
        session.execute(delete(Movement).where(Movement.id.in_(keys(session, gone))))
    moves = {animal: state.moves for animal, state in made.items()}
    save_moves(session, moves)
    return moved | {one for one, of in moves.items() if any(move.changed for move in of)}


def _take_rows(stored: Iterable[Move], made: Sequence[Move]) -> list[int | None]:
    """Give movements the keys of rows; return those of the rows that are left."""
    free = {(move.departure, move.arrival): move for move in stored}
    for move in made:
        if known := free.pop((move.departure, move.arrival), None):
            move.id, move.changed = known.id, move_values(known) != move_values(move)
    for move in made:
        half = next((sides for sides in free if move.id is None and _share(sides, move)), None)
        if half:
            move.id = free.pop(half).id
    return [move.id for move in free.values()]


def _share(sides: tuple[int | None, int | None], move: Move) -> bool:
    departure, arrival = sides
    return (departure is not None and departure == move.departure) or (
        arrival is not None and arrival == move.arrival
    )


def _keep_flags(session: Session, of: Mapping[int, History], made: Flags) -> None:
    """Write flags where they differ; those by orders stay: they follow from no other events."""
    wanted = {(journal, one, code.value) for one, found in made.items() for journal, code in found}
    rows = session.execute(
        select(Flag.journal_id, Flag.animal_id, Flag.code).where(
            Flag.animal_id.in_(keys(session, of))
        )
    )
    stored = {(journal, one, code) for journal, one, code in rows}
    events = {one: {event.journal_id for event in history.events} for one, history in of.items()}
    judged = {row for row in stored if row[2] in set(JUDGED) and row[0] in events[row[1]]}
    for journal, one, code in stored - wanted - judged:
        session.execute(
            delete(Flag).where(Flag.journal_id == journal, Flag.animal_id == one, Flag.code == code)
        )
    write_rows(
        session,
        insert(Flag),
        [flag_row(one, journal, code) for journal, one, code in wanted - stored],
    )
