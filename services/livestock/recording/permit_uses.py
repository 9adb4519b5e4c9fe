"""Permits used up by arrivals: counted down, closed, and open again after a correction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

from sqlalchemy import delete, func, insert, or_, select, true
from sqlalchemy.orm import Session

from services.livestock.domain import movements
from services.livestock.domain.model import (
    Act,
    AnimalKind,
    FlagCode,
    Origin,
    Report,
    event_id,
    local_day,
)
from services.livestock.domain.permits import Permit as PermitRule
from services.livestock.domain.permits import PermitArrival, PermitState, assign
from services.livestock.recording.decision_context import read_permits
from services.livestock.recording.permit_subjects import permit_report
from services.livestock.recording.projection import flag_row, read_states, write_rows
from services.storage.models import (
    Animal,
    Flag,
    Journal,
    LedgerLeaf,
    Movement,
    Permit,
    PermitAnimal,
    PermitUse,
)
from services.storage.rowsets import keys

_MAY_BE_USED = Permit.state.in_([PermitState.ISSUED.value, PermitState.CLOSED.value])


class _Use(NamedTuple):
    """An arrival that used a permit, and its heads then."""

    journal_id: int
    animal: int
    permit: int
    heads: int


def count_permits(session: Session, animals: Collection[int], origin: Origin) -> list[Report]:
    """Count anew which permits the arrivals of some animals used up.

    Args:
        animals: database keys; whose arrivals, lives or corrections are new.

    Returns:
        Events of the permits that closed, or are open again.
    """
    if session.scalar(select(Permit.id).where(_MAY_BE_USED).limit(1)) is None:
        return []
    before = _uses(session, PermitUse.animal_id.in_(keys(session, animals)))
    came = _arrivals(session, animals)
    rows = _permits(session, before, came, animals)
    # A permit that was revoked since it was used keeps its use.
    kept = {one[:2] for one in before if one.permit not in rows}
    came = [one for one in came if one[:2] not in kept]
    if not rows:
        return []
    pool = _uses(session, PermitUse.permit_id.in_(rows))
    known = {(one.journal_id, one.animal): one.heads for one in pool}
    others = [one for one in pool if one.animal not in set(animals)]
    came += _arrivals(session, {one.animal for one in others}, {one.journal_id for one in others})
    rules = {
        rule.id: rule
        for rule in read_permits(session, Permit.id.in_(rows), whole=True)
        if rule.id is not None
    }
    told = [one._replace(heads=known.get(one[:2], one.heads)) for one in came]
    uses = [
        _Use(one.journal_id, one.animal, permit, _heads(one, rules[permit]))
        for one, permit in assign(told, rules)
    ]
    if set(uses) != set(pool):
        session.execute(delete(PermitUse).where(PermitUse.permit_id.in_(rows)))
        write_rows(session, insert(PermitUse), [_row(one) for one in uses])
    uncounted = {one[:2] for one in came if one.heads is None}
    _flag_above(session, rows, pool, [one for one in uses if one[:2] not in uncounted])
    days = {(one.journal_id, one.animal): one.arrived_on for one in came}
    return _close(session, rows, [(one, days[one[:2]]) for one in uses], origin)


def _flag_above(
    session: Session, rows: Mapping[int, Permit], before: Sequence[_Use], uses: Sequence[_Use]
) -> None:
    """Flag the arrivals by which more pigs came on a permit than it is for; `uses`: in order."""
    if not any(map(partial(_above, rows), (before, uses))):
        return
    events = {one.journal_id for one in (*before, *uses)}
    mine = (Flag.journal_id.in_(keys(session, events)), Flag.code == FlagCode.ABOVE_PERMIT.value)
    session.execute(delete(Flag).where(*mine))
    flagged = [flag_row(*one, FlagCode.ABOVE_PERMIT.value) for one in _above(rows, uses)]
    write_rows(session, insert(Flag), flagged)


def _above(rows: Mapping[int, Permit], uses: Iterable[_Use]) -> list[tuple[int, int]]:
    """Return animal and event of the uses after which a permit has less than no heads left."""
    left = {key: row.head_count for key, row in rows.items() if row.head_count is not None}
    found = []
    for one in uses:
        if one.permit in left:
            left[one.permit] -= one.heads
            found += [(one.animal, one.journal_id)] if left[one.permit] < 0 else []
    return found


def _heads(one: PermitArrival, permit: PermitRule) -> int:
    return one.heads if one.heads is not None else permit.head_count or 1


def _row(one: _Use) -> dict[str, object]:
    return {
        "journal_id": one.journal_id,
        "animal_id": one.animal,
        "permit_id": one.permit,
        "heads": one.heads,
    }


def _uses(session: Session, which: object) -> list[_Use]:
    rows = session.execute(
        select(
            PermitUse.journal_id, PermitUse.animal_id, PermitUse.permit_id, PermitUse.heads
        ).where(which)  # type: ignore[arg-type]  # a condition
    )
    return [_Use(*row) for row in rows]


def _arrivals(
    session: Session, animals: Collection[int], events: Collection[int] = ()
) -> list[PermitArrival]:
    """Return the arrivals of some animals where a permit leads; `events`: these alone."""
    led = select(Permit.destination_id).where(_MAY_BE_USED)
    wanted = Movement.arrival_id.in_(keys(session, events)) if events else true()
    rows = session.execute(
        select(Movement, Animal.kind, Animal.head_count)
        .join(Animal, Animal.id == Movement.animal_id)
        .where(
            Movement.animal_id.in_(keys(session, animals)),
            Movement.arrived_on.is_not(None),
            Movement.destination_id.in_(led),
            wanted,
        )
        .execution_options(populate_existing=True)
    ).all()
    named = _named(session, {side for row in rows for side in _sides(row.Movement)})
    return [
        PermitArrival(
            row.Movement.arrival_id,
            row.Movement.animal_id,
            row.kind,
            _came_from(session, row.Movement),
            row.Movement.destination_id,
            row.Movement.departed_on or row.Movement.arrived_on,
            row.Movement.arrived_on,
            1 if row.kind == AnimalKind.ANIMAL else row.head_count,
            next((named[side] for side in _sides(row.Movement) if side in named), None),
        )
        for row in rows
        if row.Movement.arrival_id is not None
    ]


def _sides(move: Movement) -> tuple[int, ...]:
    return tuple(side for side in (move.arrival_id, move.departure_id) if side is not None)


def _named(session: Session, events: Iterable[int]) -> dict[int, int]:
    """Return the permit that each event is about, by their keys."""
    rows = session.execute(
        select(LedgerLeaf.journal_id, Permit.id)
        .join(Permit, Permit.subject_key == LedgerLeaf.subject)
        .where(LedgerLeaf.journal_id.in_(keys(session, events)))
    )
    return {journal: permit for journal, permit in rows if journal is not None}


def _came_from(session: Session, move: Movement) -> int | None:
    """Return where a movement began; if not reported, where the animal was before."""
    if move.origin_id is not None:
        return move.origin_id
    state = read_states(session, [move.animal_id])[move.animal_id]
    before = None
    for stay in movements.stays(state.home, state.moves):
        if (stay.premises, stay.since) == (move.destination_id, move.arrived_on):
            return before
        before = stay.premises
    return None


def _permits(
    session: Session,
    before: Iterable[_Use],
    came: Sequence[PermitArrival],
    animals: Collection[int],
) -> dict[int, Permit]:
    """Return the permits that arrivals used or may use; those that closed without uses stay so."""
    used = select(PermitUse.permit_id)
    first = min((one.day for one in came), default=date.max)
    led = Permit.destination_id.in_({one.destination for one in came})
    counted = led & Permit.head_count.is_not(None) & (Permit.last_day >= first)
    names = select(PermitAnimal.permit_id).where(PermitAnimal.animal_id.in_(set(animals)))
    told = {one.named for one in came if one.named is not None}
    rows = session.scalars(
        select(Permit)
        .where(
            or_(
                Permit.id.in_({one.permit for one in before} | told),
                Permit.id.in_(names),
                counted & Permit.origin_id.in_({one.origin for one in came if one.origin}),
            ),
            or_(
                Permit.state == PermitState.ISSUED.value,
                (Permit.state == PermitState.CLOSED.value) & Permit.id.in_(used),
            ),
        )
        .order_by(Permit.id)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _close(
    session: Session,
    rows: Mapping[int, Permit],
    uses: Sequence[tuple[_Use, date]],
    origin: Origin,
) -> list[Report]:
    """Close what is used up, and open again what is no longer; return the events."""
    ended = _ended(session, rows)
    events = []
    for key, row in rows.items():
        own = [(use, day) for use, day in uses if use.permit == key]
        closed_on = _closed_on(row, own, ended.get(key))
        if closed_on == row.closed_on:
            continue
        closes = closed_on is not None
        row.state = PermitState.CLOSED.value if closes else PermitState.ISSUED.value
        row.closed_on = closed_on
        # It may close and open again: each time after another event.
        after = session.scalar(select(func.max(Journal.id)))
        told = event_id("permit", f"{row.public_id}\0{row.state}\0{after}", 0)
        act = Act(told, closed_on or local_day(origin.recorded_at), origin)
        session.flush()
        events.append(permit_report(session, row, "closed" if closes else "issued", act))
    return events


def _closed_on(
    row: Permit, own: Sequence[tuple[_Use, date]], named: Mapping[int, date | None] | None
) -> date | None:
    """Return the day on which a permit was used up; None: it is open."""
    if named:
        came = {use.animal: day for use, day in own}
        days = [came.get(animal, ended_on) for animal, ended_on in named.items()]
        return max(day for day in days if day) if all(days) else None
    left = row.head_count or 0
    for use, day in own:
        left -= use.heads
        if left <= 0:
            return day
    return None


def _ended(session: Session, rows: Iterable[int]) -> dict[int, dict[int, date | None]]:
    """Return the animals that permits name, each with the day on which its life ended."""
    found: dict[int, dict[int, date | None]] = {}
    for permit, animal, ended_on in session.execute(
        select(PermitAnimal.permit_id, Animal.id, Animal.ended_on)
        .join(Animal, Animal.id == PermitAnimal.animal_id)
        .where(PermitAnimal.permit_id.in_(list(rows)))
    ):
        found.setdefault(permit, {})[animal] = ended_on
    return found
