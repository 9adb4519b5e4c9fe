"""Database reads behind decisions: whereabouts, orders, permits."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select, union
from sqlalchemy.orm import Session

from services.livestock.domain import orders, permits
from services.livestock.domain.areas import Area, read_area
from services.livestock.domain.model import Scheme
from services.livestock.domain.places import Whereabouts
from services.storage.models import (
    ControlOrder,
    Identifier,
    Permit,
    PermitAnimal,
    PermitUse,
    Premises,
    Status,
)
from services.storage.rowsets import keys

WHEREABOUTS = (
    Premises.id,
    Premises.province,
    Premises.district,
    Premises.llg,
    Premises.ward,
    Premises.latitude,
    Premises.longitude,
    Premises.kind,
)
"""Columns of `Whereabouts`, in its order."""
# Made once: each decision and each movement asks.
_ORDERS_SINCE = (
    select(ControlOrder)
    .where(
        or_(
            ControlOrder.until.is_(None),
            ControlOrder.until > bindparam("day"),
            ControlOrder.lifted_at > bindparam("known_after"),
        )
    )
    .order_by(ControlOrder.id)
)
_MARKED = exists().where(Status.premises_id == Premises.id)


def whereabouts(session: Session, premises: Iterable[int]) -> dict[int, Whereabouts]:
    """Return where premises are, by database key."""
    rows = session.execute(
        select(*WHEREABOUTS).where(Premises.id.in_(keys(session, set(premises))))
    )
    return {row[0]: Whereabouts(*row) for row in rows}


def whereabouts_and_marks(
    session: Session, premises: Iterable[int]
) -> tuple[dict[int, Whereabouts], list[int]]:
    """Return where premises are, by database key, and the keys of those that have statuses."""
    rows = session.execute(
        select(*WHEREABOUTS, _MARKED).where(Premises.id.in_(keys(session, set(premises))))
    ).all()
    return {row[0]: Whereabouts(*row[:-1]) for row in rows}, [row[0] for row in rows if row[-1]]


def orders_since(session: Session, day: date) -> list[orders.Order]:
    """Return the orders that may have been in force on `day` or later, by either clock.

    A late lifting ends an order only when it is declared: see `Order.in_force`.
    """
    known_after = datetime.combine(day, time(), UTC) - timedelta(days=1)
    rows = session.scalars(_ORDERS_SINCE, {"day": day, "known_after": known_after}).all()
    found = _premises_keys(session, {text for row in rows for text in _named(row)})
    return [_order(row, {text: found[text] for text in _named(row)}) for row in rows]


def permits_for(
    session: Session, animals: Iterable[int], origins: Iterable[int], numbers: Iterable[str] = ()
) -> list[permits.Permit]:
    """Return the permits that concern a question.

    Args:
        animals: database keys; permits that name one of them.
        origins: database keys of premises; permits for a count of pigs from there.
        numbers: of permits that were asked about.
    """
    # A union of keys: joined by OR, the query would scan every permit of the country.
    which: list[Select[int | None]] = [
        select(PermitAnimal.permit_id).where(
            PermitAnimal.animal_id.in_(keys(session, set(animals)))
        ),
        select(Permit.id).where(
            Permit.head_count.is_not(None), Permit.origin_id.in_(keys(session, set(origins)))
        ),
    ]
    if asked := set(numbers):
        which.append(
            select(Identifier.permit_id).where(
                Identifier.scheme == Scheme.SHORT,
                Identifier.value.in_(asked),
                Identifier.permit_id.is_not(None),
            )
        )
    found = session.scalars(union(*which)).all()
    return read_permits(session, Permit.id.in_(found), but=animals) if found else []


def read_permits(
    session: Session,
    which: ColumnElement[bool],
    *,
    whole: bool = False,
    but: Iterable[int] = (),
) -> list[permits.Permit]:
    """Read permits as the rules see them, with the heads that are left of a count.

    Args:
        whole: with all of their heads.
        but: database keys of animals whose own use of a permit does not count.
    """
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
    counted = [row.id for row in rows if row.head_count is not None]
    used = _used(session, counted, but) if counted and not whole else {}
    return [
        permits.Permit(
            number=numbers[row.id],
            state=permits.PermitState(row.state),
            animals=frozenset(animals[row.id]),
            head_count=_left(row, 0 if whole else used.get(row.id, 0)),
            origin=row.origin_id,
            destination=row.destination_id,
            first=row.first_day,
            last=row.last_day,
            id=row.id,
        )
        for row in rows
    ]


def _used(session: Session, permits: Iterable[int], but: Iterable[int]) -> dict[int, int]:
    """Return how many heads of permits are used up, by others than some animals."""
    rows = session.execute(
        select(PermitUse.permit_id, func.sum(PermitUse.heads))
        .where(PermitUse.permit_id.in_(list(permits)), PermitUse.animal_id.not_in(set(but)))
        .group_by(PermitUse.permit_id)
    )
    return {permit: int(heads) for permit, heads in rows}


def _left(row: Permit, used: int) -> int | None:
    """Return the heads that are left; of a closed permit all, as it is known by."""
    if row.head_count is None or row.state == permits.PermitState.CLOSED:
        return row.head_count
    return max(row.head_count - used, 0)


def _order(row: ControlOrder, premises: Mapping[str, int]) -> orders.Order:
    return orders.Order(
        number=row.number,
        kind=orders.OrderKind(row.kind),
        area=_area(json.dumps(row.area), tuple(premises.items())),
        area_name=row.area_name,
        since=row.since,
        declared_at=row.declared_at,
        status=orders.ZoneStatus(row.status) if row.status else None,
        disease=row.disease,
        until=row.until,
        lifted_at=row.lifted_at,
    )


def _named(row: ControlOrder) -> Sequence[str]:
    listed: Sequence[str] = row.area.get("premises", ())
    return listed


# An order's area never changes, and preparing its polygons takes longer than using them.
@lru_cache(maxsize=1024)
def _area(text: str, premises: tuple[tuple[str, int], ...]) -> Area:
    return read_area(json.loads(text), dict(premises))


def _premises_keys(session: Session, public_ids: Iterable[str]) -> dict[str, int]:
    wanted: Any = [UUID(text) for text in public_ids]
    if not wanted:
        return {}
    rows = session.execute(
        select(Premises.public_id, Premises.id).where(Premises.public_id.in_(wanted))
    )
    return {str(public_id): key for public_id, key in rows}
