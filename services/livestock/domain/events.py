"""Events as the state of an animal sees them, their kinds, and their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.livestock.domain.model import EventType
from services.livestock.domain.movements import Move, Sighting

OF_PAPER = frozenset(
    {
        EventType.VOID, EventType.DECISION, EventType.AGREE, EventType.OBJECT, EventType.STATUS,
        EventType.STOLEN, EventType.RECOVERED,
    }
)  # fmt: skip
"""Events of reports, not of animals: none of them shows an animal alive."""
BEGINNINGS = frozenset({EventType.REGISTER, EventType.BIRTH})
SIGHTINGS = frozenset(
    {
        EventType.TREATMENT, EventType.VACCINATION, EventType.WEIGHT, EventType.FEED,
        EventType.CONDITION, EventType.COUNT, EventType.SICKNESS, EventType.SAMPLE,
        EventType.DEATH, EventType.SLAUGHTER, EventType.BIRTH,
    }
)  # fmt: skip
"""Events that prove the animal was at the place that they name."""
INHERITED = (SIGHTINGS - {EventType.BIRTH}) | {
    EventType.DEPART, EventType.ARRIVE, EventType.TRANSFER, EventType.RESULT, EventType.STATUS,
    EventType.STOLEN, EventType.RECOVERED,
}  # fmt: skip
"""Events of a mob that count for a part that leaves it later."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the state of an animal sees it; keys are the database's.

    `party` is the owner that it makes, `permit` the permit that it is about. `evidence`: nobody who
    may say so has agreed, so that it changes nothing. `inherited`: it is of the mob that the animal
    is a part of, from before the part left it. `standing`: see `Report`. `reporter`: public id.
    `told`: local day on which it was recorded, of a replayed one that may begin a suspicion.
    """

    journal_id: int
    type: EventType
    day: date
    premises: int | None = None
    other: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    party: int | None = None
    permit: int | None = None
    evidence: bool = False
    inherited: bool = False
    standing: str | None = None
    reporter: str | None = None
    told: date | None = None

    @property
    def order(self) -> tuple[date, int]:
        """Its place in the order of events."""
        return self.day, self.journal_id


def names_pigs(event: Event) -> bool:
    """Tell whether an event registers pork and tells which pigs it came from."""
    return event.type is EventType.REGISTER and not event.evidence and "pigs" in event.details


def owner_of(details: Mapping[str, Any]) -> str | None:
    """Return the public id of the party that an event makes the owner, if it makes one."""
    owner: str | None = details.get("owner") or details.get("receiver")
    return owner


def registration_of(events: Iterable[Event]) -> Event | None:
    """Return the registration in force: the one that was recorded first, whatever its day.

    Else a registration that somebody makes up later, of an earlier day, would take an animal.
    """
    begun = (
        one for one in events if one.type in BEGINNINGS and not one.evidence and not one.inherited
    )
    return min(begun, key=lambda one: one.journal_id, default=None)


def departure_of(event: Event, seen: Sighting | None) -> Move:
    """Return the side of a movement that a departure tells; `seen`: the last sighting before it."""
    return Move(
        origin=event.premises,
        destination=event.other,
        departed_on=event.day,
        departure=event.journal_id,
        seen_at=seen.premises if seen else None,
        seen_on=seen.day if seen else None,
    )


def arrival_of(event: Event, heads: int | None = None) -> Move:
    """Return the side of a movement that an arrival tells; `heads`: of those that arrive."""
    return Move(
        origin=event.other,
        destination=event.premises,
        arrived_on=event.day,
        arrival=event.journal_id,
        heads=heads,
    )
