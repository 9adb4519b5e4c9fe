"""The epidemic curve in pixels: bars of sick, dead and culled pigs by day, or by several; pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.livestock.control.case_counts import Counts, Figure
from services.livestock.control.situation import DayCounts

DRAWN = (Figure.SICK, Figure.DEAD, Figure.CULLED)
_MOST = 45
_WIDTH, _HEIGHT, _FLOOR, _LEFT = 640, 220, 190, 56
_WEEK = 7


class Bar(NamedTuple):
    """Counts of one day, or of the days from `first` to `last`."""

    first: date
    last: date
    counts: Counts


class DrawnBar(NamedTuple):
    """A bar in pixels: its left edge, its width, and top and height of each figure."""

    x: float
    width: float
    parts: Sequence[tuple[float, float, str]]
    bar: Bar


class DrawnCurve(NamedTuple):
    """The curve: what a template writes as SVG, and the table beside it.

    Attributes:
        most: pigs of the highest bar.
        days: of one bar.
    """

    bars: Sequence[DrawnBar]
    most: int
    days: int
    width: int = _WIDTH
    height: int = _HEIGHT
    floor: int = _FLOOR
    left: int = _LEFT


def draw_curve(days: Sequence[DayCounts]) -> DrawnCurve | None:
    """Return the curve of some days; None: nothing was counted."""
    bars = bars_of(days)
    most = max((_sum(one) for one in bars), default=0)
    if not most:
        return None
    step = (_WIDTH - _LEFT) / max(len(bars), 10)
    drawn = [
        DrawnBar(round(_LEFT + place * step, 1), round(step * 0.8, 1), _parts(one, most), one)
        for place, one in enumerate(bars)
    ]
    return DrawnCurve(drawn, most, (bars[0].last - bars[0].first).days + 1)


def bars_of(days: Sequence[DayCounts]) -> list[Bar]:
    """Join days so that there are not too many bars: one day each, or whole weeks."""
    weeks = -(-len(days) // (_MOST * _WEEK))
    size = 1 if len(days) <= _MOST else weeks * _WEEK
    groups = [days[start : start + size] for start in range(0, len(days), size)]
    return [
        Bar(
            group[0].day,
            group[-1].day,
            {one: sum(day.counts[one] for day in group) for one in Figure},
        )
        for group in groups
    ]


def _sum(bar: Bar) -> int:
    return sum(bar.counts[one] for one in DRAWN)


def _parts(bar: Bar, most: int) -> list[tuple[float, float, str]]:
    parts, top = [], float(_FLOOR)
    for figure in DRAWN:
        height = round(bar.counts[figure] / most * (_FLOOR - 20), 1)
        top = round(top - height, 1)
        if height:
            parts.append((top, height, figure.value))
    return parts
