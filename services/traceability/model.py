"""What traceability speaks of: identifiers, reports from the field, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid5

DEFAULT_ZONE = "Pacific/Port_Moresby"
BOUGAINVILLE_ZONE = "Pacific/Bougainville"

# Namespace of event ids (RFC 9562, section 6.5): a random UUID, fixed for good.
EVENTS = UUID("5f1d2f0a-6d0c-5c4b-9d5e-0a6b0f6f1b11")


class Scheme(StrEnum):
    """Who gave an identifier. Source identifiers keep the name of what they number."""

    OFFICIAL = "iso11784"
    SHORT = "bilum"
    ANIMAL = "animal"
    PREMISES = "premises"


class Key(NamedTuple):
    """An identifier: unique over all animals and premises."""

    scheme: str
    value: str

    def __str__(self) -> str:
        """Write it as people type it: an official or short number bare, others with scheme."""
        return self.value if self.scheme in {Scheme.OFFICIAL, Scheme.SHORT} else ":".join(self)


class EventType(StrEnum):
    """What happened, in words of our own; they stand in canonical records, so they never change."""

    PREMISES = "premises"
    REGISTER = "register"
    DEPART = "depart"
    ARRIVE = "arrive"


class FlagCode(StrEnum):
    """What a person should look at. A flag never blocks evidence."""

    REGISTERED_TWICE = "registered_twice"
    DEPARTURE_ELSEWHERE = "departure_elsewhere"


class Precision(StrEnum):
    """How exactly a time was claimed."""

    DAY = "day"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Occurred:
    """When it happened, as claimed.

    Attributes:
        text: ISO 8601 date or local date and time.
        precision: day or second.
        zone: IANA zone of the premises.
    """

    text: str
    precision: Precision
    zone: str = DEFAULT_ZONE

    @property
    def day(self) -> date:
        """The local day."""
        return date.fromisoformat(self.text[:10])

    @classmethod
    def on(cls, day: date, zone: str = DEFAULT_ZONE) -> Occurred:
        """Claim a day."""
        return cls(day.isoformat(), Precision.DAY, zone)


@dataclass(frozen=True, slots=True)
class Report:
    """One event that somebody reports.

    Attributes:
        event_id: UUIDv5 of channel, idempotency key and ordinal: see `event_id`.
        type: what happened.
        animals: whom it happened to; may be empty for an event of premises alone.
        premises: where: the place registered at, departed from or arrived at.
        other: the far side of a movement, where it is known.
        occurred: when.
    """

    event_id: UUID
    type: EventType
    animals: tuple[Key, ...]
    premises: Key | None
    other: Key | None
    occurred: Occurred


@dataclass(frozen=True, slots=True)
class Origin:
    """By whom, how and when reports reached us.

    Attributes:
        channel: name of the channel.
        reporter: public id of the party, if known.
        recorded_at: UTC.
    """

    channel: str
    reporter: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a report.

    Attributes:
        report: it.
        receipt: code over the first subject's commitment.
        flags: by animal.
    """

    report: Report
    receipt: str
    flags: tuple[tuple[Key, FlagCode], ...] = ()


@dataclass(slots=True)
class Move:
    """One movement of one animal in the middle of being reconciled.

    Attributes:
        id: database key, None while new.
        origin, destination: database keys of premises, None where unknown.
        departed_on, arrived_on: local days, None where that side is not reported.
        departure, arrival: journal keys of the two sides.
        changed: whether it must be written.
    """

    id: int | None = None
    origin: int | None = None
    destination: int | None = None
    departed_on: date | None = None
    arrived_on: date | None = None
    departure: int | None = None
    arrival: int | None = None
    changed: bool = field(default=False, compare=False)


class Stay(NamedTuple):
    """A time that an animal spent somewhere; None: not known, or still there."""

    premises: int | None
    since: date | None
    until: date | None


def event_id(channel: str, key: str, ordinal: int) -> UUID:
    """Return an event's id: the same report by the same channel always has the same."""
    return uuid5(EVENTS, f"{channel}\0{key}\0{ordinal}")
