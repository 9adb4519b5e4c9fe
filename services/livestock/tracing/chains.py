"""Degrees and contact chains of every premises at once; pure.

Definitions: Noremark, Widgren, "EpiContactTrace: an R-package for contact tracing during livestock
disease outbreaks and for risk-based surveillance", BMC Veterinary Research 10:71 (2014). A chain
goes on from premises where the arrival day is not after the next departure day; movements of one
day chain in any order, for a day has no order within.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import NamedTuple

Reach = dict[int, int]


class Contact(NamedTuple):
    """Animals went from one premises to another; days are ordinals or anything that has an order.

    A movement of which one day is known has that day twice.
    """

    origin: int
    destination: int
    departed: int
    arrived: int


class Summary(NamedTuple):
    """Contacts of premises; the premises themselves are never counted.

    Attributes:
        in_degree: number of premises that it received from directly.
        out_degree: number of premises that it sent to directly.
        ingoing: size of its ingoing contact chain.
        outgoing: size of its outgoing contact chain.
    """

    in_degree: int = 0
    out_degree: int = 0
    ingoing: int = 0
    outgoing: int = 0


def summaries(contacts: Iterable[Contact]) -> dict[int, Summary]:
    """Return degrees and contact chains of every premises that has any contact.

    Exact, in one pass over the days in each direction: a chain is an integer with one bit for each
    premises, so joining two chains is one operation.

    Args:
        contacts: those within the window. Contacts of premises with themselves, and those that
            arrive before they depart, are left out.
    """
    real = {
        one for one in contacts if one.origin != one.destination and one.departed <= one.arrived
    }
    names = sorted({one.origin for one in real} | {one.destination for one in real})
    bits = {name: 1 << place for place, name in enumerate(names)}
    outgoing = _reach(real, bits)
    ingoing = _reach({_mirrored(one) for one in real}, bits)
    receives = _neighbours((one.destination, one.origin) for one in real)
    sends = _neighbours((one.origin, one.destination) for one in real)
    return {
        name: Summary(
            len(receives[name]),
            len(sends[name]),
            (ingoing.get(name, 0) & ~bits[name]).bit_count(),
            (outgoing.get(name, 0) & ~bits[name]).bit_count(),
        )
        for name in names
    }


def _mirrored(one: Contact) -> Contact:
    """Turn time and direction round, so that an ingoing chain becomes an outgoing one."""
    return Contact(one.destination, one.origin, -one.arrived, -one.departed)


def _neighbours(pairs: Iterable[tuple[int, int]]) -> defaultdict[int, set[int]]:
    found = defaultdict[int, set[int]](set)
    for one, other in pairs:
        found[one].add(other)
    return found


def _reach(contacts: Iterable[Contact], bits: Reach) -> Reach:
    """Return what can be reached from each premises, the last day of departure first."""
    reach: Reach = {}
    departing = _by_day(contacts, "departed")
    # Premises reached from the destination on the day of arrival, for journeys of several days.
    onward: dict[Hashable, int] = {}
    arriving = _by_day((one for one in contacts if one.departed < one.arrived), "arrived")
    for day in sorted(departing.keys() | arriving.keys(), reverse=True):
        today = departing[day]
        for one in today:
            if one.arrived != day:
                reach[one.origin] = reach.get(one.origin, 0) | onward[one] | bits[one.destination]
        _close([(one.origin, one.destination) for one in today if one.arrived == day], reach, bits)
        for one in arriving[day]:
            onward[one] = reach.get(one.destination, 0)
    return reach


def _close(pairs: list[tuple[int, int]], reach: Reach, bits: Reach) -> None:
    """Join the chains of journeys within one day until nothing changes any more."""
    waiting = pairs
    heads = {origin for origin, _ in pairs}
    while waiting:
        changed = set()
        for origin, destination in waiting:
            known = reach.get(origin, 0)
            joined = known | reach.get(destination, 0) | bits[destination]
            if joined != known:
                reach[origin] = joined
                changed.add(origin)
        waiting = [pair for pair in pairs if pair[1] in changed] if changed & heads else []


def _by_day(contacts: Iterable[Contact], name: str) -> defaultdict[int, list[Contact]]:
    found = defaultdict[int, list[Contact]](list)
    for one in contacts:
        found[getattr(one, name)].append(one)
    return found
