"""States of animals as rows: animals, movements, checks and flags."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.consequences import judged_once
from services.livestock.domain.events import Event
from services.livestock.domain.model import AnimalKind, AnimalRef, EventType, FlagCode, read_key
from services.livestock.domain.movements import Move
from services.livestock.recording.policy import policy_of
from services.livestock.recording.statuses import read_statuses
from services.storage.bulk import insert_rows
from services.storage.models import Animal, Movement
from services.storage.models import Status as StatusRow
from services.storage.rowsets import keys

MOVE_COLUMNS = {
    "origin": "origin_id",
    "destination": "destination_id",
    "departed_on": "departed_on",
    "arrived_on": "arrived_on",
    "departure": "departure_id",
    "arrival": "arrival_id",
    "seen_at": "seen_at_id",
    "seen_on": "seen_on",
    "ended_on": "ended_on",
    "heads": "heads",
    "derived": "derived_origin_id",
}
JUDGED = {
    **judged_once(),
    **dict.fromkeys(
        (FlagCode.MOVED_WHILE_BARRED, FlagCode.ABOVE_PERMIT),
        frozenset({EventType.DEPART, EventType.ARRIVE}),
    ),
}
"""Flags that an event gets once, from no other record of its animals, and the types of events."""
_NOT_COLUMNS = {
    *("moves", "kind", "standstill_days", "sightings", "registration", "began", "statuses"),
    "cares",
}
STATE_COLUMNS = tuple(field.name for field in fields(AnimalState) if field.name not in _NOT_COLUMNS)
# Few animals have one: those of the others cost no statement of their own.
_HAS_STATUS = exists().where(StatusRow.animal_id == Animal.id)
BEGAN_AT = func.coalesce(Movement.origin_id, Movement.derived_origin_id)
"""Premises where a movement began, as told, or else as derived."""
state_values = attrgetter(*STATE_COLUMNS)
move_values = attrgetter(*MOVE_COLUMNS)


def states_of(session: Session, animals: Collection[AnimalRef]) -> dict[int, AnimalState]:
    """Return the states of animals before reports are applied: of new ones nothing is there."""
    days = policy_of(session).standstill_days
    new = {ref.id: AnimalState(kind=ref.kind, standstill_days=days) for ref in animals if ref.new}
    return new | read_states(session, [ref.id for ref in animals if not ref.new])


def read_states(session: Session, animals: Iterable[int]) -> dict[int, AnimalState]:
    """Read the states of some animals, by database key."""
    wanted = list(animals)
    if not wanted:
        return {}
    moves = read_moves(session, wanted)
    columns = [getattr(Animal, name) for name in STATE_COLUMNS]
    found, days = {}, policy_of(session).standstill_days
    rows = session.execute(
        select(Animal.id, Animal.kind, Animal.part_of_id, _HAS_STATUS, *columns).where(
            Animal.id.in_(keys(session, wanted))
        )
    )
    marked, parts = [], []
    for animal, kind, part_of, has_status, *row in rows:
        found[animal] = AnimalState(*row)
        found[animal].moves, found[animal].kind = moves[animal], kind
        found[animal].standstill_days = days
        marked += [animal] if has_status else []
        parts += [animal] if moves[animal] and part_of is not None else []
    if marked:
        for one, status in read_statuses(session, StatusRow.animal_id, marked):
            found[one].statuses.append(status)
    if parts:
        for one, began in read_beginnings(session, parts).items():
            found[one].began = began
    return found


def read_beginnings(
    session: Session, animals: Iterable[int]
) -> dict[int, tuple[tuple[int, date], ...]]:
    """Read where and when the mobs began that parts are of, the first before the others.

    A mob that began after its part left it is left out. By the parts' database keys; other animals
    are not in it.
    """
    mob = aliased(Animal)
    of: dict[int, _Parting] = {}
    starts = wanted = set(animals)
    asked: set[int] = set()
    while wanted:
        asked |= wanted
        rows = session.execute(
            select(Animal.id, Animal.registered_on, mob.id, mob.registered_at_id, mob.registered_on)
            .join(mob, mob.id == Animal.part_of_id)
            .where(Animal.id.in_(keys(session, wanted)), mob.kind == AnimalKind.MOB)
        ).all()
        of |= {row[0]: _Parting(row[1], row[2], row[3], row[4]) for row in rows}
        wanted = {parting.mob for parting in of.values()} - asked
    return {one: began for one in starts if (began := _began(one, of))}


class _Parting(NamedTuple):
    """Day on which a part left a mob; the mob's database key, and where and when it began."""

    on: date | None
    mob: int
    at: int | None
    began_on: date | None


def _began(animal: int, of: Mapping[int, _Parting]) -> tuple[tuple[int, date], ...]:
    found, passed, before = [], {animal}, date.max
    while (parting := of.get(animal)) and parting.mob not in passed:
        animal, before = parting.mob, min(before, parting.on or before)
        passed.add(animal)
        at, on = parting.at, parting.began_on
        if at is not None and on is not None and on <= before:
            found.append((at, on))
    return tuple(reversed(found))


def read_moves(session: Session, animals: Iterable[int]) -> dict[int, list[Move]]:
    """Read the movements of some animals, by database key, in the order in which they began."""
    moves: dict[int, list[Move]] = defaultdict(list)
    columns = [getattr(Movement, column) for column in MOVE_COLUMNS.values()]
    rows = session.execute(
        select(Movement.animal_id, Movement.id, *columns)
        .where(Movement.animal_id.in_(keys(session, animals)))
        .order_by(Movement.id)
    )
    for animal, *row in rows:
        moves[animal].append(Move(*row))
    return moves


def save_moves(session: Session, moves: Mapping[int, Iterable[Move]]) -> None:
    """Write the movements that changed, by the animal's database key."""
    changed = [(animal, move) for animal, of in moves.items() for move in of if move.changed]
    fresh = [(animal, *move_values(move)) for animal, move in changed if not move.id]
    known = [{"id": move.id, **_columns(move)} for _, move in changed if move.id]
    if fresh:
        insert_rows(session, Movement, ("animal_id", *MOVE_COLUMNS.values()), fresh)
    write_rows(session, update(Movement), known)


def write_rows(session: Session, statement: object, rows: list[dict[str, object]]) -> None:
    """Insert or update rows, if there are any."""
    if rows:
        session.execute(statement, rows)  # type: ignore[call-overload]  # insert or update


def state_row(state: AnimalState) -> dict[str, object]:
    """Return a state as columns of `Animal`."""
    return dict(zip(STATE_COLUMNS, state_values(state), strict=True))


def source_rows(begun: Mapping[int, Event | None]) -> list[dict[str, object]]:
    """Return the pigs that registrations in force name as rows of `PorkSource`, by animal."""
    return [
        {"consignment_id": animal, **key._asdict()}
        for animal, event in begun.items()
        if event is not None
        for key in dict.fromkeys(map(read_key, event.details.get("pigs", ())))
    ]


def is_finding(event: Event) -> bool:
    """Tell whether an event is an inspector's finding that has its effect."""
    return event.type is EventType.CHECK and not event.evidence


def flag_row(animal_id: int, journal_id: int, code: str) -> dict[str, object]:
    """Return a flag of one animal's event as a row of `Flag`."""
    return {"journal_id": journal_id, "animal_id": animal_id, "code": str(code)}


def check_row(animal_id: int, event: Event) -> dict[str, object]:
    """Return an inspector's finding on one animal as a row of `Check`."""
    return {
        "journal_id": event.journal_id,
        "animal_id": animal_id,
        "premises_id": event.premises,
        "permit_id": event.permit,
        "purpose": event.details["purpose"],
        "outcome": event.details["outcome"],
    }


def _columns(move: Move) -> dict[str, object]:
    return dict(zip(MOVE_COLUMNS.values(), move_values(move), strict=True))
