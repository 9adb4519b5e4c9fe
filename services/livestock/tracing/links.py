"""The movements of a chain taken together: one link for each pair of premises; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.livestock.tracing.model import Edge, Evidence


class Link(NamedTuple):
    """All movements of a chain from one premises to another.

    Attributes:
        animals: how many different animals went.
        first, last: earliest and latest day known of them.
        events: how many events prove them.
        on_chain: how many of these are on the chain.
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
    together = defaultdict[tuple[int, int], list["Edge"]](list)
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
