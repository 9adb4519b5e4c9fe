"""Orders that bind movements, and the law of each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from services.livestock.domain.areas import Area
from services.livestock.domain.movement_questions import Bar, Reason

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
