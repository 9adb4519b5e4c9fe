"""Effects between two arms, with their 95 % intervals; pure.

Proportions have Wilson's interval, and their difference Newcombe's (method 10 of Statistics in
Medicine 17, 1998, 873-890), which hold with few people too. The risk ratio has the interval of its
logarithm (Katz, Biometrics 34, 1978). Over strata: the difference of Mantel and Haenszel with the
variance of Sato (Biometrics 45, 1989). Between places, such as clinics: the difference of the means
of their shares with the interval of a t test (Hayes and Moulton, Cluster Randomised Trials).
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from statistics import fmean, variance
from typing import NamedTuple

Z = 1.959963984540054
"""Of a normal distribution, for 95 %."""

_CERTAIN, _STEPS = 0.95, 100
_PLACES = 2


class Arm(NamedTuple):
    """Successes, and people analysed."""

    successes: int
    people: int

    @property
    def share(self) -> float:
        """Share of successes."""
        return self.successes / self.people


class Estimate(NamedTuple):
    """A value between the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def proportion(arm: Arm) -> Estimate | None:
    """Return the share of successes with Wilson's interval; None: of nobody."""
    if not arm.people:
        return None
    share, n = arm.share, arm.people
    middle = (2 * n * share + Z**2) / (2 * (n + Z**2))
    reach = Z * math.sqrt(Z**2 + 4 * n * share * (1 - share)) / (2 * (n + Z**2))
    return Estimate(share, max(0.0, middle - reach), min(1.0, middle + reach))


def difference(one: Arm, other: Arm) -> Estimate | None:
    """Return the risk difference with Newcombe's interval; None: an arm has nobody."""
    first, second = proportion(one), proportion(other)
    if first is None or second is None:
        return None
    value = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, value - below, value + above)


def ratio(one: Arm, other: Arm) -> Estimate | None:
    """Return the risk ratio with the interval of its logarithm; None: an arm has no success."""
    if not (one.successes and other.successes):
        return None
    value = one.share / other.share
    spread = math.sqrt(1 / one.successes - 1 / one.people + 1 / other.successes - 1 / other.people)
    return Estimate(value, value * math.exp(-Z * spread), value * math.exp(Z * spread))


def over_strata(strata: Iterable[tuple[Arm, Arm]]) -> Estimate | None:
    """Return the difference within strata (Mantel and Haenszel); None: no stratum has both arms."""
    weight = above = p = q = 0.0
    for (x1, n1), (x0, n0) in strata:
        if not (n1 and n0):
            continue
        n = n1 + n0
        weight += n1 * n0 / n
        above += (x1 * n0 - x0 * n1) / n
        p += (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / n**2
        q += (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n)
    if not weight:
        return None
    value = above / weight
    reach = Z * math.sqrt(max(value * p + q, 0.0)) / weight
    return Estimate(value, value - reach, value + reach)


def between_places(one: Sequence[float], other: Sequence[float]) -> Estimate | None:
    """Return the difference of the mean shares of places; None: an arm has fewer than two."""
    if min(len(one), len(other)) < _PLACES:
        return None
    free = len(one) + len(other) - 2
    pooled = ((len(one) - 1) * variance(one) + (len(other) - 1) * variance(other)) / free
    value = fmean(one) - fmean(other)
    reach = student(free) * math.sqrt(pooled * (1 / len(one) + 1 / len(other)))
    return Estimate(value, value - reach, value + reach)


@lru_cache
def student(free: int) -> float:
    """Return the value of Student's t that 95 % lie within, by halving."""
    low, high = 0.0, 13.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _within(middle, free) < _CERTAIN:
            low = middle
        else:
            high = middle
    return high


def _within(t: float, free: int) -> float:
    """Return the share of Student's t between -t and t (Abramowitz and Stegun, 26.7.3 and 4)."""
    angle = math.atan(t / math.sqrt(free))
    odd = free % 2
    term = math.cos(angle) if odd else 1.0
    total = term if free > 1 else 0.0
    for step in range(2 + odd, free, 2):
        term *= math.cos(angle) ** 2 * (step - 1) / step
        total += term
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
