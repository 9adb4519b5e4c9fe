"""Figures of many times of the same piece of work."""

from __future__ import annotations

import statistics
from collections.abc import Iterable


def p50_p99(took: Iterable[float]) -> tuple[float, float]:
    """Return the median, and the time that one of a hundred is longer than."""
    cuts = statistics.quantiles(took, n=100)
    return cuts[49], cuts[98]
