"""What decisions are made by, read from the database: facts, whereabouts, orders, permits."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from services.storage.models import (
    ControlOrder,
    Identifier,
    Permit,
    PermitAnimal,
    Premises,
)
from services.traceability.model import Scheme
from services.traceability.projection import read_states
from services.traceability.registry import find_animals
from services.traceability.rules import movements, orders, permits
from services.traceability.rules.areas import read_area
from services.traceability.rules.places import Whereabouts
from services.traceability.rules.questions import Facts, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from services.traceability.model import Key, Move
    from services.traceability.rules.state import AnimalState

# An animal that left so long ago and came nowhere is no longer on its way.
LONGEST_JOURNEY = timedelta(days=30)


class Standing(NamedTuple):
    """An animal and where it stands on a day.

    Attributes:
        facts: what is known of it.
        at: database key of the premises; None: not known.
        towards: database key of where it was said to go, while it is on its way.
    """

    facts: Facts
    at: int | None = None
    towards: int | None = None


def stand(session: Session, keys: Sequence[Key], on: date) -> list[Standing]:
    """Return what is known of animals on a day, in their order; unknown ones too."""
    found = find_animals(session, keys)
    states = read_states(session, {ref.id for ref in found.values()})
    return [
        _standing(str(key), states[ref.id], ref.id, ref.kind, on)
        if (ref := found.get(key))
        else Standing(Facts(str(key), registered=False))
        for key in keys
    ]


def whereabouts(session: Session, premises: Iterable[int]) -> dict[int, Whereabouts]:
    """Return where premises are, by database key."""
    rows = session.execute(
        select(
            Premises.id,
            Premises.province,
            Premises.district,
            Premises.llg,
            Premises.ward,
            Premises.latitude,
            Premises.longitude,
            Premises.kind,
        ).where(Premises.id.in_(set(premises)))
    )
    return {row[0]: Whereabouts(*row) for row in rows}


def orders_since(session: Session, day: date) -> list[orders.Order]:
    """Return the orders that may have been in force on `day` or later, by either clock.

    One that was lifted for an earlier day bound until that was known: see `Order.in_force`.
    """
    known_after = datetime.combine(day, time(), UTC) - timedelta(days=1)
    rows = session.scalars(
        select(ControlOrder)
        .where(
            or_(
                ControlOrder.until.is_(None),
                ControlOrder.until > day,
                ControlOrder.lifted_at > known_after,
            )
        )
        .order_by(ControlOrder.id)
    ).all()
    named = {text for row in rows for text in row.area.get("premises", ())}
    keys = _premises_keys(session, named)
    return [_order(row, keys) for row in rows]


def permits_for(
    session: Session, animals: Iterable[int], origins: Iterable[int], numbers: Iterable[str] = ()
) -> list[permits.Permit]:
    """Return the permits that concern a question.

    Args:
        session: an open session.
        animals: database keys: permits that name one of them.
        origins: database keys of premises: permits for a count of pigs from there.
        numbers: permits that were asked about.
    """
    named = select(PermitAnimal.permit_id).where(PermitAnimal.animal_id.in_(set(animals)))
    of_count = Permit.head_count.is_not(None) & Permit.origin_id.in_(set(origins))
    asked = select(Identifier.permit_id).where(
        Identifier.scheme == Scheme.SHORT, Identifier.value.in_(set(numbers))
    )
    return read_permits(session, Permit.id.in_(named) | of_count | Permit.id.in_(asked))


def read_permits(session: Session, which: ColumnElement[bool]) -> list[permits.Permit]:
    """Read permits as the rules see them."""
    rows = session.scalars(select(Permit).where(which).order_by(Permit.id)).all()
    ids = [row.id for row in rows]
    named = session.execute(
        select(Identifier.permit_id, Identifier.value).where(Identifier.permit_id.in_(ids))
    )
    numbers = {row.permit_id: row.value for row in named}
    animals = defaultdict(set)
    pairs = select(PermitAnimal.permit_id, PermitAnimal.animal_id).where(
        PermitAnimal.permit_id.in_(ids)
    )
    for permit, animal in session.execute(pairs):
        animals[permit].add(animal)
    return [
        permits.Permit(
            number=numbers[row.id],
            state=permits.PermitState(row.state),
            animals=frozenset(animals[row.id]),
            head_count=row.head_count,
            origin=row.origin_id,
            destination=row.destination_id,
            first=row.first_day,
            last=row.last_day,
        )
        for row in rows
    ]


def _standing(key: str, state: AnimalState, animal: int, kind: str, on: date) -> Standing:
    left = _on_the_way(state.moves, on)
    at = left.origin if left else _last_place(state)
    facts = Facts(
        key,
        Kind(kind),
        registered=not state.found,
        ended_on=state.ended_on,
        withdrawal_until=state.withdrawal_until,
        arrived_on=_arrived(state.moves, at, on),
        head_count=state.head_count,
        id=animal,
    )
    return Standing(facts, at, left.destination if left else None)


def _on_the_way(moves: Sequence[Move], on: date) -> Move | None:
    """Return the departure that nothing answered and nothing came after, None where it is old."""
    last = next(reversed(movements.stays(None, moves)), None)
    if last is None or last.until is None or last.until < on - LONGEST_JOURNEY:
        return None
    left = [
        move
        for move in moves
        if (move.origin, move.departed_on, move.arrived_on) == (last.premises, last.until, None)
    ]
    return max(left, key=lambda move: move.departure or 0, default=None)


def _last_place(state: AnimalState) -> int | None:
    last = next(reversed(movements.stays(state.home, state.moves)), None)
    return last.premises if last else None


def _arrived(moves: Iterable[Move], at: int | None, on: date) -> date | None:
    return max(
        (
            move.arrived_on
            for move in moves
            if move.arrived_on is not None and move.arrived_on <= on and move.destination == at
        ),
        default=None,
    )


def _order(row: ControlOrder, premises: Mapping[str, int]) -> orders.Order:
    return orders.Order(
        number=row.number,
        kind=orders.OrderKind(row.kind),
        area=read_area(row.area, premises),
        area_name=row.area_name,
        since=row.since,
        declared_at=row.declared_at,
        status=orders.ZoneStatus(row.status) if row.status else None,
        disease=row.disease,
        until=row.until,
        lifted_at=row.lifted_at,
    )


def _premises_keys(session: Session, public_ids: Iterable[str]) -> dict[str, int]:
    wanted: Any = [UUID(text) for text in public_ids]
    if not wanted:
        return {}
    rows = session.execute(
        select(Premises.public_id, Premises.id).where(Premises.public_id.in_(wanted))
    )
    return {str(public_id): key for public_id, key in rows}
