"""Contents of a passport. Nothing in it names a person, a phone number or an exact point."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from chain.proof import Proof, dump


class PublicPlace(NamedTuple):
    """Premises as anybody with the paper may see them: no name, no point, no village."""

    number: str
    kind: str
    province: str | None
    district: str | None


class Point(NamedTuple):
    """The point of premises in WGS 84, rounded to a hundredth of a degree: 1.1 km each way."""

    place: PublicPlace
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Stay:
    """A time that it spent somewhere; None: not known, or still there."""

    place: PublicPlace | None
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Order:
    """An order that binds where it is today."""

    number: str
    kind: str
    status: str | None
    disease: str | None
    since: date


@dataclass(frozen=True, slots=True)
class Status:
    """A status that it has today, such as stolen or infected."""

    kind: str
    disease: str | None
    since: date


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that it wears or wore: fitted, lost, replaced or retired, and since when."""

    number: str
    state: str
    since: date


@dataclass(frozen=True, slots=True)
class Event:
    """One event, with what proves it.

    Attributes:
        occurred_on: local day, as claimed.
        recorded_at: UTC.
        places: `from`, `at` and `to`, where they are known.
        details: what it tells besides, parties left out.
        corrected_by: the event that declared it void.
        receipt: code over this animal's own leaf.
        index: on the ledger; None while it waits.
        erased: what it told is gone; the proof holds the erasure in its place.
        altered: it is not what was recorded; nothing of it is told.
    """

    event_id: UUID
    type: str
    occurred_on: date
    recorded_at: datetime
    places: Mapping[str, PublicPlace]
    details: Mapping[str, Any]
    corrected_by: UUID | None
    receipt: str
    index: int | None
    on_ledger: bool
    erased: bool = False
    altered: bool = False


@dataclass(frozen=True, slots=True)
class Passport:
    """An animal, mob or consignment on a day.

    Attributes:
        number: what people call it by.
        numbers: all of them, lost tags included.
        found: known from others' reports alone.
        withdrawal_until: last day on which medicine keeps it from slaughter; None: none does.
        ended_on: it died, was slaughtered, or nothing is left.
        point: of where it is, else of where it was registered.
        proof: of every event that is on the ledger, but for `not_disclosed`; None while none is.
        not_disclosed: indexes of its records on the ledger whose content was lost, or is not what
            was recorded.
        record_lost: True if the content of any of its records was lost.
    """

    number: str
    numbers: tuple[str, ...]
    tags: tuple[Tag, ...]
    kind: str
    found: bool
    sex: str | None
    breed: str | None
    colour: str | None
    born_on: date | None
    registered_on: date | None
    head_count: int | None
    kilograms: float | None
    ended_on: date | None
    withdrawal_until: date | None
    stays: tuple[Stay, ...]
    point: Point | None
    statuses: tuple[Status, ...]
    orders: tuple[Order, ...]
    flags: tuple[str, ...]
    events: tuple[Event, ...]
    proof: Proof | None
    not_disclosed: tuple[int, ...]
    record_lost: bool
    made_on: date

    @property
    def proof_file(self) -> dict[str, Any] | None:
        """The proof as its file holds it, which the auditor's command verifies."""
        return None if self.proof is None else dict(json.loads(dump(self.proof)))
