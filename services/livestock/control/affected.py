"""Premises in an area, and their keepers and officers."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.livestock.domain.areas import Area, read_area
from services.livestock.domain.orders import ZoneStatus
from services.livestock.domain.places import Circle, Whereabouts, spellings_of
from services.livestock.recording.decision_context import (
    WHEREABOUTS,
    areas_of_orders,
    orders_since,
    premises_keys,
    whereabouts,
)
from services.messaging.offices import OfficeHolder, OnDuty, on_duty, reachable_holders
from services.storage.key_check import SEALED_NUMBER, open_numbers
from services.storage.models import Contact, ControlOrder, Party, Premises
from services.storage.rowsets import keys
from services.texts.catalogue import language_of

# Of a degree of latitude on the sphere that circles are measured on, rounded down.
_FEWEST_KILOMETRES = 110.9


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
    return read_area(data, premises_keys(session, named))


def premises_in(
    session: Session, areas: Collection[Area], *which: ColumnElement[bool]
) -> Iterator[int]:
    """Yield the database keys of the premises, of those meant by `which`, that lie in an area."""
    rows = session.execute(select(*WHEREABOUTS).where(*which)) if areas else ()
    tests = [_AreaTest(area) for area in areas]
    for row in rows:
        if any(test.contains(row) for test in tests):
            yield row.id


def premises_bound(session: Session, area: Area) -> list[tuple[int, bool]]:
    """Return the premises that an area binds, and of each whether it is known to lie inside."""
    near = select(*WHEREABOUTS).where(may_bind(session, area))
    rows = session.execute(near.order_by(Premises.id))
    test = _AreaTest(area)
    found = ((row.id, test.contains(row), test.reaches(row)) for row in rows)
    return [(key, is_inside) for key, is_inside, is_near in found if is_inside or is_near]


class _AreaTest:
    """The test of an area on rows of `WHEREABOUTS`.

    A province has ten thousand places in some hundred wards: each name is compared once.
    """

    def __init__(self, area: Area) -> None:
        self._area = area
        self._by_names: dict[tuple[str | None, ...], tuple[bool, bool]] = {}

    def contains(self, row: Row[*tuple[Any, ...]]) -> bool:
        """Tell what `Area.contains` does."""
        key, *_, latitude, longitude, _ = row
        if key in self._area.premises or self._named(row)[0]:
            return True
        return None not in (latitude, longitude) and self._area.has_point(latitude, longitude)

    def reaches(self, row: Row[*tuple[Any, ...]]) -> bool:
        """Tell what `Area.binds` adds, of a place without a point."""
        return row.latitude is None and self._named(row)[1]

    def _named(self, row: Row[*tuple[Any, ...]]) -> tuple[bool, bool]:
        names = tuple(row[1:5])
        found = self._by_names.get(names)
        if found is None:
            where = Whereabouts(None, *names)
            found = self._by_names[names] = (self._area.contains(where), self._area.binds(where))
        return found


def may_bind(session: Session, area: Area) -> ColumnElement[bool]:
    """Return a condition that all premises meet which an area binds, and few others.

    It spares reading every place of the country; `Area.binds` decides.
    """
    named = {names[0] for names in area.named if names[0]}
    reached = {names[0] for names in area.reached if names[0]}
    return or_(
        Premises.id.in_(keys(session, sorted(area.premises))),
        Premises.province.in_(spellings_of(named)),
        and_(Premises.latitude.is_(None), Premises.province.in_(spellings_of(reached))),
        _in_shapes(area),
    )


def reached_by(session: Session, area: Area, centre: int | None) -> list[dict[str, str]]:
    """Return the districts, LLGs and wards into which the shapes of an area reach.

    As far as is known: premises of them have a point inside, or are those at its centre.

    Args:
        centre: database key of premises that lie inside, with or without a point.
    """
    if not area.has_shape:
        return []
    pointed = or_(Premises.latitude.is_not(None), Premises.id == centre)
    near = or_(_in_shapes(area), Premises.id == centre)
    known = select(*WHEREABOUTS).where(Premises.district.is_not(None), pointed, near)
    found: dict[tuple[str, str, str | None, str | None], None] = {}
    for row in session.execute(known.order_by(Premises.id)):
        names = (row.province, row.district, row.llg, row.ward)
        # One place of many in a ward is enough.
        is_new = row.province and names not in found
        if is_new and (row.id == centre or area.surrounds(Whereabouts(*row))):
            found[names] = None
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


def languages_of_keepers(session: Session, premises: Iterable[int]) -> Counter[str]:
    """Count those whom `keepers_of` returns, by language."""
    kept = select(Premises.keeper_id).where(Premises.id.in_(keys(session, premises)))
    there = select(Contact.id).where(Contact.party_id == Party.id).exists()
    rows = session.execute(
        select(Party.language, func.count())
        .where(Party.id.in_(kept), there)
        .group_by(Party.language)
    )
    counted: Counter[str] = Counter()
    for language, count in rows:
        counted[language_of(language)] += count
    return counted


def phones_of(session: Session, parties: Iterable[int]) -> dict[int, tuple[str, bytes]]:
    """Return the first phone number of parties, and its blind index, by database key.

    A number that does not open is left out: see `open_numbers`.
    """
    first = select(func.min(Contact.id)).where(Contact.party_id.in_(keys(session, parties)))
    rows = session.execute(
        select(Contact.party_id, SEALED_NUMBER, Contact.number_index).where(
            Contact.id.in_(first.group_by(Contact.party_id))
        )
    )
    opened = open_numbers(session, rows)
    return {row.party_id: (number, row.number_index) for row, number in opened}


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
    rows = session.execute(
        select(ControlOrder.id, ControlOrder.area_salt)
        .where(
            ControlOrder.outbreak_id == outbreak_id,
            ControlOrder.status.is_distinct_from(ZoneStatus.FREE.value),
            *then,
        )
        .order_by(ControlOrder.id)
    ).all()
    areas = areas_of_orders(session, {row.id: row.area_salt for row in rows})
    return [areas[row.id] for row in rows]


def _in_shapes(area: Area) -> ColumnElement[bool]:
    boxes = [_box(circle) for circle in area.circles]
    boxes += [polygon.bounds for polygon in area.polygons]
    return or_(
        false(),
        *(
            and_(Premises.latitude.between(south, north), Premises.longitude.between(west, east))
            for west, south, east, north in boxes
        ),
    )


def _box(circle: Circle) -> tuple[float, float, float, float]:
    """Return degrees round a circle: west, south, east, north."""
    up = circle.kilometres / _FEWEST_KILOMETRES
    aside = up / math.cos(math.radians(min(89.0, abs(circle.latitude) + up)))
    return (
        circle.longitude - aside,
        circle.latitude - up,
        circle.longitude + aside,
        circle.latitude + up,
    )


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
