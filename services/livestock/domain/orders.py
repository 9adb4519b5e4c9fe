"""Orders that bind movements, the law of each kind, and their ruling on a journey together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import product
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.core.geography import zone_of
from services.livestock.domain.areas import Area
from services.livestock.domain.movement_questions import Bar, Journey, Reason, Remedy
from services.livestock.domain.places import NOWHERE, Whereabouts

Law = Callable[["Inside"], Reason | None]


class Inside(NamedTuple):
    """Membership of a journey's two places in an area."""

    start: bool
    end: bool


class OrderKind(StrEnum):
    """Kind of control order."""

    QUARANTINE = "quarantine"
    ZONE = "zone"


class ZoneStatus(StrEnum):
    """Disease status of a zone."""

    INFECTED = "infected"
    RESTRICTED = "restricted"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Order:
    """A quarantine or a zone.

    Attributes:
        number: of the gazette or the order.
        status: of a zone; one without binds like an infected one.
        area, area_name: where, for machines and for people.
        since: first day.
        until: first day no longer; None: open.
        declared_at: when it was known here (UTC).
        lifted_at: when it was known that it ends early (UTC); before, it was open.
    """

    number: str
    kind: OrderKind
    area: Area
    area_name: str
    since: date
    declared_at: datetime
    status: ZoneStatus | None = None
    disease: str | None = None
    until: date | None = None
    lifted_at: datetime | None = None

    def in_force(self, on: date, known_at: datetime | None = None) -> bool:
        """Tell whether it binds on a day, as was known at an instant; None: as is known now."""
        if known_at is not None and known_at < self.declared_at:
            return False
        if on < self.since or self.until is None:
            return on >= self.since
        unlifted = known_at is not None and self.lifted_at is not None and known_at < self.lifted_at
        return unlifted or on < self.until

    @property
    def law(self) -> Law:
        """Effect of the order on a journey."""
        return _quarantine if self.kind == OrderKind.QUARANTINE else _ZONES[self.status]

    def bar(self, reason: Reason) -> Bar:
        """Word a reason that it gives."""
        values = {"order": self.number, "disease": self.disease, "area": self.area_name}
        return Bar(reason, values, self.until)


def touching(inside: Inside) -> Reason | None:
    """Ask for a permit where either place lies inside."""
    return Reason.NO_PERMIT if any(inside) else None


def _quarantine(inside: Inside) -> Reason | None:
    return Reason.QUARANTINE if any(inside) else None


def _infected(inside: Inside) -> Reason | None:
    if all(inside):
        return Reason.NO_PERMIT
    if inside.start:
        return Reason.ZONE_LEAVING
    return Reason.ZONE_ENTERING if inside.end else None


def _free(inside: Inside) -> Reason | None:
    return Reason.NO_PERMIT if inside.end and not inside.start else None


_ZONES: dict[ZoneStatus | None, Law] = {
    None: _infected,
    ZoneStatus.INFECTED: _infected,
    ZoneStatus.RESTRICTED: touching,
    ZoneStatus.FREE: _free,
}


class Ruling(NamedTuple):
    """Combined ruling of all orders.

    Attributes:
        bars: hold whatever the permit.
        permit: True if one is needed for certain.
        unsure: too little is known of a place, so a permit may be needed; they hold without one.
    """

    bars: tuple[Bar, ...] = ()
    permit: bool = False
    unsure: tuple[Bar, ...] = ()


class Judgement(NamedTuple):
    """A movement judged by both clocks.

    Attributes:
        on_its_day: bars of the orders that were known and in force when it happened.
        when_reported: bars of the orders at the instant of the report.
    """

    on_its_day: tuple[Bar, ...]
    when_reported: tuple[Bar, ...]

    @property
    def reported_late(self) -> bool:
        """True if the movement was allowed on its day, and barred when it was reported."""
        return bool(self.when_reported) and not self.on_its_day


def rule(journey: Journey, orders: Iterable[Order]) -> Ruling:
    """Combine the orders in force on the day of a journey."""
    bars: list[Bar] = []
    maybe: list[Bar] = []
    permit = False
    for order in orders:
        if not order.in_force(journey.on, journey.known_at):
            continue
        found, unsure = apply_law(order.law, order.area, journey)
        hard = found - {None, Reason.NO_PERMIT}
        if len(found) > 1:
            (bars if hard else maybe).extend(unsure)
        elif hard:
            bars.extend(order.bar(reason) for reason in found if reason)
        permit = permit or found == {Reason.NO_PERMIT}
    return Ruling(tuple(bars), permit, tuple(maybe))


def apply_law(law: Law, area: Area, journey: Journey) -> tuple[set[Reason | None], list[Bar]]:
    """Apply a law; take a place of which too little is known as both inside and outside.

    Returns:
        All that the law may say, and a bar for each place of which too little is known.
    """
    starts = _inside(area, journey.start)
    ends = _inside(area, journey.end)
    unsure = [
        Bar(reason)
        for reason, cases in (
            (Reason.UNKNOWN_ORIGIN, starts),
            (Reason.UNKNOWN_DESTINATION, ends),
        )
        if len(cases) > 1
    ]
    return {law(Inside(*case)) for case in product(starts, ends)}, unsure


def judge(journey: Journey, reported_at: datetime, orders: Iterable[Order]) -> Judgement:
    """Judge a movement by the orders of its day and by those of when it was reported.

    Permits are left out, and so are bars for too little knowledge of a place.

    Args:
        reported_at: UTC.
        orders: all that were in force at either time.
    """
    known = list(orders)
    zone = ZoneInfo(zone_of(journey.start.province if journey.start else None))
    evening = end_of_day(journey.on, journey.start)
    reported_on = reported_at.astimezone(zone).date()
    return Judgement(
        _barred(journey, journey.on, min(evening, reported_at), known),
        _barred(journey, reported_on, reported_at, known),
    )


def end_of_day(day: date, where: Whereabouts | None) -> datetime:
    """Return the instant (UTC) at which a local day is over somewhere; where not known: here."""
    zone = ZoneInfo(zone_of(where.province if where else None))
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _barred(journey: Journey, on: date, known_at: datetime, orders: list[Order]) -> tuple[Bar, ...]:
    bars = rule(replace(journey, on=on, known_at=known_at), orders).bars
    return tuple(bar for bar in bars if bar.remedy is not Remedy.TELL_PLACE)


def _inside(area: Area, where: Whereabouts | None) -> tuple[bool, ...]:
    """Return each possible answer to whether a place lies in an area."""
    place = where or NOWHERE
    if area.contains(place):
        return (True,)
    return (False, True) if area.may_contain(place) else (False,)
