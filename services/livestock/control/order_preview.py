"""Reach of an order before it is declared: places, keepers, pigs, permits, texts and cost."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from services.livestock.control.affected import area_of, languages_of_keepers, premises_bound
from services.livestock.control.notices import default_texts, reach_in
from services.livestock.control.orders import OrderDraft, in_force, number_for, order_row
from services.livestock.domain.areas import Area
from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movement_questions import Journey
from services.livestock.domain.orders import Order, OrderKind, ZoneStatus, rule
from services.livestock.domain.permits import PermitState
from services.livestock.recording.decision_context import whereabouts
from services.storage.models import Animal, ControlOrder, Identifier, Permit
from services.storage.rowsets import keys
from sms.local_time import local_day

_SHOWN, _DRAWN = 20, 300
_NUMBER = {OrderKind.QUARANTINE: "Q-2026-10", OrderKind.ZONE: "Z-2026-10"}


class OrderPreview(NamedTuple):
    """Reach of an order that is not declared yet.

    Attributes:
        places: premises that it binds; `unsure`: those of them without a point.
        keepers: with a phone; `segments` and `cost` (toea) are of the usual notice to them.
        pigs: alive, where an event saw them last; a mob counts with its heads.
        permits: issued ones that it stops, `stopped`: numbers of the first of them.
        same: number of an order that says the same already.
        drawn: database keys of the first of its places, for a map.
        row: the order as it would be.
    """

    places: int
    unsure: int
    keepers: int
    pigs: int
    permits: int
    stopped: tuple[str, ...]
    segments: int
    cost: int
    same: str | None
    drawn: tuple[int, ...]
    row: ControlOrder


def preview_order(
    session: Session, draft: OrderDraft, now: datetime, price_toea: int
) -> OrderPreview:
    """Return what an order would reach today; nothing is stored, told or recorded.

    Raises:
        BadArea, Invalid, NotFound, OrderNumberTaken: see
            `services.livestock.control.orders.declare_order`.
    """
    row = order_row(session, draft, now)
    # A drawn one is as long: drawing it would use it up.
    row.number = number_for(session, draft) if draft.number else _NUMBER[draft.kind]
    area = area_of(session, row.area)
    bound = premises_bound(session, area)
    places = [key for key, _ in bound]
    reach = reach_in(default_texts(row), languages_of_keepers(session, places), price_toea)
    stopped = _stopped(session, _order(row, area), places, now)
    return OrderPreview(
        places=len(places),
        unsure=sum(not is_inside for _, is_inside in bound),
        keepers=reach.keepers,
        pigs=_pigs(session, places),
        permits=len(stopped),
        stopped=tuple(_numbers(session, stopped[:_SHOWN])),
        segments=reach.segments,
        cost=reach.cost,
        same=_same(session, row),
        drawn=tuple(places[:_DRAWN]),
        row=row,
    )


def _pigs(session: Session, places: Iterable[int]) -> int:
    heads = case(
        (Animal.kind == AnimalKind.ANIMAL, 1),
        (Animal.kind == AnimalKind.MOB, func.coalesce(Animal.head_count, 0)),
        else_=0,
    )
    here = (Animal.seen_at_id.in_(keys(session, places)), Animal.ended_on.is_(None))
    return int(session.scalar(select(func.sum(heads)).where(*here)) or 0)


def _order(row: ControlOrder, area: Area) -> Order:
    return Order(
        number=row.number,
        kind=OrderKind(row.kind),
        area=area,
        area_name=row.area_name,
        since=row.since,
        declared_at=row.declared_at,
        status=ZoneStatus(row.status) if row.status else None,
        disease=row.disease,
        until=row.until,
    )


def _stopped(session: Session, order: Order, places: Sequence[int], now: datetime) -> list[int]:
    """Return the database keys of issued permits whose journey the order bars."""
    first = max(order.since, local_day(now))
    touched = keys(session, places)
    rows = session.execute(
        select(Permit.id, Permit.origin_id, Permit.destination_id, Permit.first_day)
        .where(
            Permit.state == PermitState.ISSUED.value,
            Permit.last_day >= first,
            or_(Permit.origin_id.in_(touched), Permit.destination_id.in_(touched)),
        )
        .order_by(Permit.id)
    ).all()
    where = whereabouts(session, {one for row in rows for one in row[1:3]})
    return [
        permit
        for permit, origin, end, day in rows
        if rule(Journey(where[origin], where[end], max(first, day)), [order]).bars
    ]


def _same(session: Session, row: ControlOrder) -> str | None:
    known = select(ControlOrder).where(
        in_force(max(row.since, local_day(row.declared_at))),
        ControlOrder.kind == row.kind,
        ControlOrder.status.is_not_distinct_from(row.status),
        ControlOrder.until.is_not_distinct_from(row.until),
    )
    same = (one.number for one in session.scalars(known) if one.area == row.area)
    return next(same, None)


def _numbers(session: Session, permits: Sequence[int]) -> list[str]:
    named = select(Identifier.value).where(Identifier.permit_id.in_(permits))
    return list(session.scalars(named.order_by(Identifier.permit_id)))
