"""Weights, rations and feeds of pigs that want a second look; pure."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

LEAST_KILOGRAMS, MOST_KILOGRAMS = 0.3, 400.0
"""Weights of one pig, from a piglet just born to a large boar."""
MOST_FEED_A_HEAD = 15.0
"""Kilograms of feed that one pig is given at a time."""
_GAIN_A_DAY = 1.2
_SLACK = 3.0
"""Kilograms by which two weights of a small pig may differ by the scale alone."""


_SWILL = frozenset({"swill", "scraps", "kitchen", "waste", "leftovers", "leftover", "pipia"})


class Weighing(NamedTuple):
    """A weight on a local day."""

    on: date
    kilograms: float


def is_swill(feed: str) -> bool:
    """Tell whether a feed is kitchen waste, by the words of its name."""
    return not _SWILL.isdisjoint(feed.casefold().split())


def may_weigh(kilograms: float) -> bool:
    """Tell whether any one pig may have a weight."""
    return LEAST_KILOGRAMS <= kilograms <= MOST_KILOGRAMS


def is_likely(weight: Weighing, known: Iterable[Weighing] = ()) -> bool:
    """Tell whether one pig may have a weight, by what it weighed on the nearest other day."""
    if not may_weigh(weight.kilograms):
        return False
    near = nearest(weight.on, known)
    if near is None:
        return True
    first, second = sorted((near, weight))
    if first.on == second.on:
        first, second = sorted((first, second), key=lambda one: one.kilograms)
    grown = first.kilograms * 1.5 + _SLACK + _GAIN_A_DAY * (second.on - first.on).days
    return first.kilograms / 2 - _SLACK <= second.kilograms <= grown


def nearest(on: date, known: Iterable[Weighing]) -> Weighing | None:
    """Return the weight of the nearest day, of several on one day the last one told."""
    found = sorted(known, key=lambda one: abs((one.on - on).days))
    same = [one for one in found if one.on == found[0].on]
    return same[-1] if same else None
