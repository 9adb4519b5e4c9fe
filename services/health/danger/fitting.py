"""Weights of features, fitted to examples: the same ones on every machine; pure.

A linear support vector machine with squared loss, by dual coordinate descent (Hsieh and others,
2008): its few sums are exact, so that whoever fits it again gets the same numbers.
"""

from collections import Counter
from collections.abc import Sequence
from math import fsum
from random import Random
from typing import NamedTuple

_ROUNDS = 12


class Block(NamedTuple):
    """Features of one kind in an example, some of them more than once; each counts `value`."""

    features: Sequence[int]
    value: float


class Point(NamedTuple):
    """An example as numbers: its features, its side, 1 or -1, and what the wrong side costs."""

    blocks: Sequence[Block]
    side: int
    cost: float


def fit(points: Sequence[Point], width: int) -> list[float]:
    """Return the weight of each of `width` features that best parts the two sides."""
    weights = [0.0] * width
    norms = [_norm(one) for one in points]
    pulls = [0.0] * len(points)
    order = list(range(len(points)))
    dice = Random(1)  # noqa: S311 — to be drawn again, not to be secret
    for _ in range(_ROUNDS):
        order.sort(key=lambda _place: dice.random())
        for place in order:
            pulls[place] = _pull(points[place], norms[place], pulls[place], weights)
    return weights


def _norm(point: Point) -> float:
    return fsum(
        (count * block.value) ** 2
        for block in point.blocks
        for count in Counter(block.features).values()
    )


def _pull(point: Point, norm: float, was: float, weights: list[float]) -> float:
    """Move the weights until this point is right by itself, and return its multiplier."""
    weigh = weights.__getitem__
    reached = sum(block.value * fsum(map(weigh, block.features)) for block in point.blocks)
    slack = 0.5 / point.cost
    now = max(was - (point.side * reached - 1 + slack * was) / (norm + slack), 0.0)
    if now != was:
        for block in point.blocks:
            step = (now - was) * point.side * block.value
            for one in block.features:
                weights[one] += step
    return now
