"""Arrivals that may use up permits: how many came, from where, and on which permit."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from services.livestock.domain import movements
from services.livestock.domain.permits import PermitArrival, PermitState
from services.livestock.recording.projection import BEGAN_AT
from services.storage.models import Animal, LedgerLeaf, Movement, Permit, PermitAnimal
from services.storage.rowsets import digests, keys

MAY_BE_USED = Permit.state.in_([PermitState.ISSUED.value, PermitState.CLOSED.value])


def arrivals_for(
    session: Session, permits: Iterable[Permit], since: date = date.min
) -> list[PermitArrival]:
    """Return every arrival since a day that may use one of some permits."""
    rows = list(permits)
    named = select(PermitAnimal.animal_id).where(
        PermitAnimal.permit_id.in_(keys(session, [one.id for one in rows]))
    )
    about = select(LedgerLeaf.journal_id).where(
        LedgerLeaf.subject.in_(digests(session, [one.subject_key for one in rows]))
    )
    led = and_(
        Movement.destination_id.in_({one.destination_id for one in rows}),
        Movement.arrived_on >= max(since, min(one.first_day for one in rows)),
    )
    on_the_road = BEGAN_AT.in_(keys(session, {one.origin_id for one in rows}))
    in_time = Movement.arrived_on <= max(one.last_day for one in rows) + movements.LONGEST_JOURNEY
    by_name = or_(
        Movement.animal_id.in_(named),
        Movement.arrival_id.in_(about),
        Movement.departure_id.in_(about),
    )
    return arrivals(session, and_(led, or_(and_(on_the_road, in_time), by_name)))


def arrivals(session: Session, which: ColumnElement[bool]) -> list[PermitArrival]:
    """Return arrivals where a permit leads; those of a mob that a part left later are the mob's."""
    led = select(Permit.destination_id).where(MAY_BE_USED)
    rows = session.execute(
        select(Movement, Animal.kind)
        .join(Animal, Animal.id == Movement.animal_id)
        .where(
            which,
            Movement.arrival_id.is_not(None),
            Movement.heads.is_distinct_from(0),
            Movement.destination_id.in_(led),
        )
        .execution_options(populate_existing=True)
    ).all()
    named = _named(session, {side for row in rows for side in _sides(row.Movement)})
    return [
        PermitArrival(
            row.Movement.arrival_id,
            row.Movement.animal_id,
            row.kind,
            row.Movement.origin_id or row.Movement.derived_origin_id,
            row.Movement.destination_id,
            row.Movement.departed_on or row.Movement.arrived_on,
            row.Movement.arrived_on,
            row.Movement.heads,
            next((named[side] for side in _sides(row.Movement) if side in named), None),
        )
        for row in rows
    ]


def _sides(move: Movement) -> tuple[int, ...]:
    return tuple(side for side in (move.arrival_id, move.departure_id) if side is not None)


def _named(session: Session, events: Collection[int]) -> dict[int, int]:
    """Return the permit that each event is about, by their keys."""
    if not events:
        return {}
    rows = session.execute(
        select(LedgerLeaf.journal_id, Permit.id)
        .join(Permit, Permit.subject_key == LedgerLeaf.subject)
        .where(LedgerLeaf.journal_id.in_(keys(session, events)))
    )
    return {journal: permit for journal, permit in rows if journal is not None}
