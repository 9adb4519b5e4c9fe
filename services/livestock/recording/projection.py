"""Animals, movements, checks and flags as rows, made from events."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.livestock.domain.animal_state import OF_PAPER, AnimalState, Event
from services.livestock.domain.model import AnimalRef, EventType, FlagCode
from services.livestock.domain.movements import Move
from services.livestock.recording.journal import HAS_CONTENT, OURS
from services.livestock.recording.replay import events_of, replay
from services.storage.bulk import insert_rows
from services.storage.models import Animal, Check, Correction, Flag, Journal, LedgerLeaf, Movement
from services.storage.rowsets import keys

MOVE_COLUMNS = {
    "origin": "origin_id",
    "destination": "destination_id",
    "departed_on": "departed_on",
    "arrived_on": "arrived_on",
    "departure": "departure_id",
    "arrival": "arrival_id",
}
JUDGED = (FlagCode.MOVED_WHILE_BARRED, FlagCode.REPORTED_LATE)
"""Flags that orders give an event."""
# Only these types can be flagged for falling outside the animal's first-last event span.
_NEED_SPAN = frozenset({EventType.REGISTER, EventType.BIRTH, EventType.DEATH, EventType.SLAUGHTER})
_COLUMNS = tuple(
    field.name for field in fields(AnimalState) if field.name not in {"moves", "span", "kind"}
)
_values = attrgetter(*_COLUMNS)
move_values = attrgetter(*MOVE_COLUMNS)


class JudgedEvent(NamedTuple):
    """New event, the database keys of its animals, each once, and its flags by orders."""

    event: Event
    animals: Collection[int]
    judged: Sequence[FlagCode]


def project(
    session: Session, animals: Iterable[AnimalRef], events: Sequence[JudgedEvent]
) -> list[list[tuple[int, FlagCode]]]:
    """Apply new events to the state of their animals, and write what changed, in bulk.

    Args:
        animals: all that the events name.
        events: in the journal's order.

    Returns:
        For each event the flags of its animals, by database key.
    """
    subjects = {public_subject(*animal.key): animal.id for animal in animals}
    states = read_states(session, subjects.values())
    before = {animal: _values(state) for animal, state in states.items()}
    if any(one.event.type in _NEED_SPAN for one in events):
        first = min(one.event.journal_id for one in events)
        for subject, span in _spans(session, subjects, before=first).items():
            states[subjects[subject]].span = span
    flags = [
        [
            (animal, code)
            for animal in one.animals
            for code in (*states[animal].apply(one.event), *one.judged)
        ]
        for one in events
    ]
    changed = (
        {"id": animal, **state_row(state)}
        for animal, state in states.items()
        if _values(state) != before[animal]
    )
    _write(session, update(Animal), list(changed))
    save_moves(session, {animal: state.moves for animal, state in states.items()})
    _write_findings(session, events, flags)
    return flags


def rebuild(session: Session, animal: AnimalRef) -> None:
    """Replay an animal's journal into its rows, without the events that are void."""
    events = events_of(session, animal.key)
    state, flags = replay(events, animal.kind)
    for table in (Movement, Check):
        session.execute(delete(table).where(table.animal_id == animal.id))
    # Flags by orders stay: they do not follow from other events.
    judged = Flag.code.in_(JUDGED) & Flag.journal_id.in_([event.journal_id for event in events])
    session.execute(delete(Flag).where(Flag.animal_id == animal.id, ~judged))
    session.execute(update(Animal).where(Animal.id == animal.id).values(**state_row(state)))
    save_moves(session, {animal.id: state.moves})
    _write(session, insert(Flag), [_flag(animal.id, *flag) for flag in flags])
    checks = [check_row(animal.id, event) for event in events if _is_finding(event)]
    _write(session, insert(Check), checks)


def read_states(session: Session, animals: Iterable[int]) -> dict[int, AnimalState]:
    """Read the states of some animals, by database key; spans are not read."""
    wanted = list(animals)
    moves = read_moves(session, wanted)
    columns = [getattr(Animal, name) for name in _COLUMNS]
    found = {}
    rows = session.execute(
        select(Animal.id, Animal.kind, *columns).where(Animal.id.in_(keys(session, wanted)))
    )
    for animal, kind, *row in rows:
        found[animal] = AnimalState(*row)
        found[animal].moves, found[animal].kind = moves[animal], kind
    return found


def read_moves(session: Session, animals: Iterable[int]) -> dict[int, list[Move]]:
    """Read the movements of some animals, by database key, in the order in which they began."""
    moves: dict[int, list[Move]] = defaultdict(list)
    columns = [getattr(Movement, column) for column in MOVE_COLUMNS.values()]
    rows = session.execute(
        select(Movement.animal_id, Movement.id, *columns)
        .where(Movement.animal_id.in_(keys(session, animals)))
        # As in a replay: of two movements that a report fits equally well, the first is completed.
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
    _write(session, update(Movement), known)


def _spans(
    session: Session, subjects: Iterable[bytes], before: int
) -> dict[bytes, tuple[date, date]]:
    rows = session.execute(
        select(LedgerLeaf.subject, func.min(Journal.occurred_on), func.max(Journal.occurred_on))
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .outerjoin(Correction, Correction.journal_id == Journal.id)
        .where(
            LedgerLeaf.subject.in_(list(subjects)),
            Journal.id < before,
            Journal.type.not_in(list(OF_PAPER)),
            OURS,
            HAS_CONTENT,
            Correction.journal_id.is_(None),
        )
        .group_by(LedgerLeaf.subject)
    )
    return {subject: (first, last) for subject, first, last in rows}


def _write(session: Session, statement: object, rows: list[dict[str, object]]) -> None:
    if rows:
        session.execute(statement, rows)  # type: ignore[call-overload]  # insert or update


def state_row(state: AnimalState) -> dict[str, object]:
    """Return a state as columns of `Animal`."""
    return dict(zip(_COLUMNS, _values(state), strict=True))


def _write_findings(
    session: Session,
    events: Sequence[JudgedEvent],
    flags: Sequence[Sequence[tuple[int, FlagCode]]],
) -> None:
    flagged = [
        _flag(animal, one.event.journal_id, code)
        for one, codes in zip(events, flags, strict=True)
        for animal, code in codes
    ]
    checks = [
        check_row(animal, one.event)
        for one in events
        if _is_finding(one.event)
        for animal in one.animals
    ]
    _write(session, insert(Flag), flagged)
    _write(session, insert(Check), checks)


def _is_finding(event: Event) -> bool:
    return event.type is EventType.CHECK and not event.evidence


def _flag(animal_id: int, journal_id: int, code: FlagCode) -> dict[str, object]:
    return {"journal_id": journal_id, "animal_id": animal_id, "code": code.value}


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
