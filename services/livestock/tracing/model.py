"""Values of tracing: windows of days, contacts of a chain and the movements behind them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.livestock.domain.errors import WrongWindow
from services.livestock.domain.model import Key


class Direction(StrEnum):
    """Direction from the root."""

    INGOING = "ingoing"
    OUTGOING = "outgoing"


class TraceWindow(NamedTuple):
    """Local days, both counted. A movement is within when a day known of it is."""

    first: date
    last: date

    @classmethod
    def between(cls, first: date, last: date) -> "TraceWindow":
        """Make a window.

        Raises:
            WrongWindow: `last` is before `first`.
        """
        if last < first:
            raise WrongWindow(first=first, last=last)
        return cls(first, last)


class Reached(NamedTuple):
    """A premises of a contact chain.

    Attributes:
        day: the earliest day of arrival there (outgoing chain), or the latest day of departure
            from there (ingoing chain), that a chain of movements from or to the root allows.
        steps: length of the shortest such chain, in movements.
    """

    day: date
    steps: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The event behind one side of a movement, and where it is on the ledger.

    Attributes:
        index: of its first record on the ledger; None: none of them is in a batch yet.
        on_chain: True if all of its records are on the chain.
    """

    event_id: UUID
    index: int | None
    on_chain: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """One movement of a contact chain; premises are database keys.

    Attributes:
        departed_on, arrived_on: local days, None where that side is not reported.
        animal: its first identifier.
        departure, arrival: evidence of each side.
        derived: nobody told where it began, and the origin is where the animal was before.
    """

    origin: int
    destination: int
    departed_on: date | None
    arrived_on: date | None
    animal: Key
    departure: Evidence | None
    arrival: Evidence | None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """A contact chain: the premises in it, without the root, and the movements that join them."""

    reached: Mapping[int, Reached]
    edges: tuple[Edge, ...]

    @property
    def degree(self) -> int:
        """Number of premises in direct contact with the root."""
        return sum(one.steps == 1 for one in self.reached.values())


@dataclass(frozen=True, slots=True)
class TracedPlace:
    """Premises as traces and reports show them: no name, for that may be a person's.

    Attributes:
        number: the short number where they have one.
        point: longitude and latitude, degrees of WGS 84.
        keeper: public id of the party.
    """

    public_id: UUID
    number: str
    kind: str
    province: str | None
    point: tuple[float, float] | None
    keeper: UUID | None
    district: str | None = None
    llg: str | None = None
    ward: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """The contact chains of one premises. `places` holds every premises of them, and the root."""

    root: int
    window: TraceWindow
    chains: Mapping[Direction, Chain]
    places: Mapping[int, TracedPlace]


class Link(NamedTuple):
    """Movements of a chain from one premises to another.

    Attributes:
        animals: number of different animals.
        first, last: earliest and latest day known of them.
        events: number of events that prove them.
        on_chain: number of these that are on the chain.
    """

    origin: int
    destination: int
    animals: int
    first: date
    last: date
    events: int
    on_chain: int


def links(edges: Iterable[Edge]) -> list[Link]:
    """Join edges to links, in order of their first day."""
    together = defaultdict[tuple[int, int], list[Edge]](list)
    for edge in edges:
        together[edge.origin, edge.destination].append(edge)
    found = [_join(*ends, those) for ends, those in together.items()]
    return sorted(found, key=lambda link: (link.first, link.last, link.origin, link.destination))


def _join(origin: int, destination: int, edges: list[Edge]) -> Link:
    days = [day for edge in edges for day in (edge.departed_on, edge.arrived_on) if day]
    # One event may tell of many animals: it counts once.
    events: dict[object, Evidence] = {
        side.event_id: side for edge in edges for side in (edge.departure, edge.arrival) if side
    }
    return Link(
        origin,
        destination,
        len({edge.animal for edge in edges}),
        min(days),
        max(days),
        len(events),
        sum(event.on_chain for event in events.values()),
    )
