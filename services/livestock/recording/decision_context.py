"""Database reads behind decisions: whereabouts, orders, permits."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session, defer

from services.livestock.domain import orders, permits
from services.livestock.domain.areas import Area, read_area
from services.livestock.domain.model import EventType, Scheme
from services.livestock.domain.places import Whereabouts
from services.storage.models import (
    ControlOrder,
    Identifier,
    Journal,
    LedgerLeaf,
    Permit,
    PermitAnimal,
    PermitUse,
    Premises,
    Status,
)
from services.storage.rowsets import digests, keys, public_ids

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
# Made once: each decision and each movement asks. Areas are kept apart: see `areas_of_orders`.
_ORDERS_SINCE = (
    select(ControlOrder)
    .options(defer(ControlOrder.area))
    .where(
        or_(
            ControlOrder.until.is_(None),
            ControlOrder.until > bindparam("day"),
            ControlOrder.lifted_at > bindparam("known_after"),
        )
    )
    .order_by(ControlOrder.id)
)
# That a permit is expired is said for so long: a market has had thousands.
_NAMED_FOR = timedelta(days=60)
_MARKED = exists().where(Status.premises_id == Premises.id)
FOR_ANY = and_(Permit.head_count.is_not(None), ~exists().where(PermitAnimal.permit_id == Permit.id))
"""The condition on permits that cover any pigs, up to a count."""


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
    areas = areas_of_orders(session, {row.id: row.area_salt for row in rows})
    return [_order(row, areas[row.id]) for row in rows]


def permits_for(
    session: Session,
    animals: Iterable[int],
    origins: Iterable[int],
    on: date,
    numbers: Iterable[str] = (),
) -> list[permits.Permit]:
    """Return the permits that concern a question.

    Args:
        animals: database keys; permits that name one of them.
        origins: database keys of premises; permits for a count of pigs from there.
        on: local day of the question; of one that ended long before nothing is said.
        numbers: of permits that were asked about.
    """
    # A union of keys: joined by OR, the query would scan every permit of the country.
    which: list[Select[int | None]] = [
        select(PermitAnimal.permit_id).where(
            PermitAnimal.animal_id.in_(keys(session, set(animals)))
        ),
        select(Permit.id).where(
            FOR_ANY,
            Permit.origin_id.in_(keys(session, set(origins))),
            Permit.last_day >= on - _NAMED_FOR,
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
    return read_permits(session, Permit.id.in_(keys(session, found)), but=animals) if found else []


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
        select(Identifier.permit_id, Identifier.value).where(
            Identifier.permit_id.in_(keys(session, ids))
        )
    )
    numbers = {row.permit_id: row.value for row in named}
    animals = defaultdict(set)
    pairs = select(PermitAnimal.permit_id, PermitAnimal.animal_id).where(
        PermitAnimal.permit_id.in_(keys(session, ids))
    )
    for permit, animal in session.execute(pairs):
        animals[permit].add(animal)
    counted = [row.id for row in rows if row.head_count is not None]
    used = _used(session, counted, but) if counted and not whole else {}
    revoked = [row.subject_key for row in rows if row.state == permits.PermitState.REVOKED]
    revoked_on = _revoked_on(session, revoked) if revoked else {}
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
            revoked_on=revoked_on.get(row.subject_key),
        )
        for row in rows
    ]


def _revoked_on(session: Session, subjects: Iterable[bytes]) -> dict[bytes, date]:
    """Return the days on which permits were revoked that were issued before, by subject key."""
    rows = session.execute(
        select(LedgerLeaf.subject, Journal.content, Journal.occurred_on)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(
            LedgerLeaf.subject.in_(digests(session, subjects)),
            Journal.type == EventType.PERMIT.value,
        )
        .order_by(Journal.id)
    )
    told = defaultdict[bytes, dict[str, date]](dict)
    for subject, content, day in rows:
        if content is not None:
            told[subject][json.loads(content)["details"]["action"]] = day
    return {
        subject: days["revoked"]
        for subject, days in told.items()
        if days.keys() >= {"issued", "revoked"}
    }


def _used(session: Session, permits: Iterable[int], but: Iterable[int]) -> dict[int, int]:
    """Return how many heads of permits are used up, by others than some animals."""
    rows = session.execute(
        select(PermitUse.permit_id, func.sum(PermitUse.heads))
        .where(
            PermitUse.permit_id.in_(keys(session, permits)),
            PermitUse.animal_id.not_in(keys(session, set(but))),
        )
        .group_by(PermitUse.permit_id)
    )
    return {permit: int(heads) for permit, heads in rows}


def _left(row: Permit, used: int) -> int | None:
    """Return the heads that are left; of a closed permit all, as it is known by."""
    if row.head_count is None or row.state == permits.PermitState.CLOSED:
        return row.head_count
    return max(row.head_count - used, 0)


def _order(row: ControlOrder, area: Area) -> orders.Order:
    return orders.Order(
        number=row.number,
        kind=orders.OrderKind(row.kind),
        area=area,
        area_name=row.area_name,
        since=row.since,
        declared_at=row.declared_at,
        status=orders.ZoneStatus(row.status) if row.status else None,
        disease=row.disease,
        until=row.until,
        lifted_at=row.lifted_at,
    )


def areas_of_orders(session: Session, orders: Mapping[int, bytes]) -> dict[int, Area]:
    """Return the areas of some orders by their database keys.

    An order's area never changes, so this process keeps those that it has read: one of 3,000 places
    takes 40 ms, which every movement would wait for.

    Args:
        orders: salts of their areas, by database key. A salt is drawn at random for each order, and
            one that was never committed has another when it is declared again.
    """
    kept = _KEPT.setdefault(session.get_bind().engine, {})
    found = {key: area for key, salt in orders.items() if (area := kept.get(salt)) is not None}
    if len(found) < len(orders):
        read = _read_areas(session, orders.keys() - found.keys())
        if len(kept) + len(read) > _MOST_KEPT:
            kept.clear()
        kept.update({orders[key]: area for key, area in read.items()})
        found |= read
    return found


_MOST_KEPT = 1024
_KEPT: WeakKeyDictionary[Engine, dict[bytes, Area]] = WeakKeyDictionary()
"""Areas that this process has read, by database and salt."""


def _read_areas(session: Session, orders: Collection[int]) -> dict[int, Area]:
    rows = session.execute(
        select(ControlOrder.id, ControlOrder.area).where(ControlOrder.id.in_(keys(session, orders)))
    ).all()
    named = {text for row in rows for text in row.area.get("premises", ())}
    premises = premises_keys(session, map(UUID, named))
    return {row.id: read_area(row.area, premises) for row in rows}


def premises_keys(session: Session, wanted: Iterable[UUID]) -> dict[str, int]:
    """Return the database keys of premises by the text of their public ids."""
    rows = session.execute(
        select(Premises.public_id, Premises.id).where(
            Premises.public_id.in_(public_ids(session, wanted))
        )
    )
    return {str(public_id): key for public_id, key in rows}
