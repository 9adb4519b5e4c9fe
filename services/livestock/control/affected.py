"""Premises in an area, and their keepers and officers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.livestock.domain.areas import Area, read_area
from services.livestock.domain.orders import ZoneStatus
from services.livestock.domain.places import Whereabouts
from services.livestock.recording.decision_context import WHEREABOUTS, orders_since, whereabouts
from services.messaging.offices import OfficeHolder, OnDuty, on_duty, reachable_holders
from services.storage.models import Contact, ControlOrder, Party, Premises
from services.storage.rowsets import keys
from services.texts.catalogue import language_of


class Keeper(NamedTuple):
    """A keeper who can be reached: database key, public id and language."""

    party_id: int
    public_id: UUID
    language: str


def area_of(session: Session, data: Mapping[str, Any]) -> Area:
    """Read an area whose premises are named by their public ids.

    Raises:
        BadArea: see `services.livestock.domain.areas.read_area`.
    """
    listed = data.get("premises")
    named = {key for one in listed if (key := _uuid(one))} if isinstance(listed, list) else set()
    rows = session.execute(
        select(Premises.public_id, Premises.id).where(Premises.public_id.in_(named))
    )
    return read_area(data, {str(row.public_id): row.id for row in rows})


def premises_in(
    session: Session, areas: Collection[Area], *which: ColumnElement[bool]
) -> Iterator[int]:
    """Yield the database keys of the premises, of those meant by `which`, that lie in an area."""
    rows = session.execute(select(*WHEREABOUTS).where(*which)) if areas else ()
    for row in rows:
        where = Whereabouts(*row)
        if any(area.contains(where) for area in areas):
            yield row.id


def premises_bound(session: Session, area: Area) -> list[tuple[int, bool]]:
    """Return the premises that an area binds, and of each whether it is known to lie inside."""
    rows = session.execute(select(*WHEREABOUTS).order_by(Premises.id))
    found = ((row.id, Whereabouts(*row)) for row in rows)
    return [(key, area.contains(where)) for key, where in found if area.binds(where)]


def reached_by(session: Session, area: Area, centre: int | None) -> list[dict[str, str]]:
    """Return the districts, LLGs and wards into which the shapes of an area reach.

    As far as is known: premises of them have a point inside, or are those at its centre.

    Args:
        centre: database key of premises that lie inside, with or without a point.
    """
    if not area.has_shape:
        return []
    pointed = or_(Premises.latitude.is_not(None), Premises.id == centre)
    known = select(*WHEREABOUTS).where(Premises.district.is_not(None), pointed)
    rows = session.execute(known.order_by(Premises.id))
    found = {
        (row.province, row.district, row.llg, row.ward): None
        for row in rows
        if row.province and (row.id == centre or area.surrounds(Whereabouts(*row)))
    }
    return [_reached(names) for names in found]


def is_bound(session: Session, premises: int, on: date) -> bool:
    """Tell whether premises may lie in a quarantine or a zone, not a free one, on a local day."""
    where = whereabouts(session, [premises])[premises]
    return any(
        order.in_force(on) and order.status is not ZoneStatus.FREE and order.area.may_contain(where)
        for order in orders_since(session, on)
    )


def keepers_of(session: Session, premises: Iterable[int]) -> list[Keeper]:
    """Return the keepers of premises who have a phone number, each once, oldest first."""
    kept = select(Premises.keeper_id).where(Premises.id.in_(keys(session, premises)))
    rows = session.execute(
        select(Party.id, Party.public_id, Party.language)
        .where(Party.id.in_(kept), select(Contact.id).where(Contact.party_id == Party.id).exists())
        .order_by(Party.id)
    )
    return [Keeper(row.id, row.public_id, language_of(row.language)) for row in rows]


def phones_of(session: Session, parties: Iterable[int]) -> dict[int, tuple[str, bytes]]:
    """Return the first phone number of parties, and its blind index, by database key."""
    first = select(func.min(Contact.id)).where(Contact.party_id.in_(keys(session, parties)))
    rows = session.execute(
        select(Contact.party_id, Contact.number, Contact.number_index).where(
            Contact.id.in_(first.group_by(Contact.party_id))
        )
    )
    return {row.party_id: (row.number, row.number_index) for row in rows}


def officers_of(session: Session, province: str | None) -> OnDuty:
    """Return the veterinary officers who are told of what happens in a province."""
    return on_duty(session, Role.VETERINARY_OFFICER, province)


def police_of(session: Session, provinces: Collection[str | None]) -> list[OfficeHolder]:
    """Return the police posts of some provinces that can be reached, and those of the country.

    Those of other provinces are never told in their place: they could do nothing.
    """
    known = [one for one in provinces if one is not None]
    there = or_(Party.province.in_(known), Party.province.is_(None))
    return reachable_holders(session, Party.role == Role.POLICE.value, there)


def areas_of(session: Session, outbreak_id: int, known_at: datetime | None = None) -> list[Area]:
    """Return the areas of an outbreak's orders; a free zone is none of them.

    Args:
        known_at: UTC; of the orders that were declared by then. None: of all.
    """
    then = () if known_at is None else (ControlOrder.declared_at <= known_at,)
    rows = session.scalars(
        select(ControlOrder.area).where(
            ControlOrder.outbreak_id == outbreak_id,
            ControlOrder.status.is_distinct_from(ZoneStatus.FREE.value),
            *then,
        )
    )
    return [area_of(session, area) for area in rows.all()]


def _reached(names: tuple[str, str, str | None, str | None]) -> dict[str, str]:
    """Write names as an area has them; a ward without its LLG says nothing."""
    province, district, llg, ward = names
    inner = {"llg": llg, "ward": ward} if llg and ward else {"llg": llg} if llg else {}
    return {"province": province, "district": district, **inner}


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
