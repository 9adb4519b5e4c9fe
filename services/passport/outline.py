"""A small map of Papua New Guinea with one point, in SVG; pure.

The coast is Natural Earth's at 1:50 million, version 4 (public domain), simplified to 0.06 degrees,
islands below 0.03 square degrees left out. It finds a province by eye, and measures nothing.
"""

from __future__ import annotations

from markupsafe import Markup

from services.passport.model import Point

# Twentieths of a degree: east of 140 E, south of the equator.
_UNIT, _WEST = 20, 140
_LEFT, _TOP, _WIDTH, _HEIGHT = 8, 14, 324, 232
_EVERY = 2 * _UNIT
_COAST = (
    "M20 182l0 -44 -3 -3 3 -8 0 -75 31 12 19 5 11 7 9 1 12 10 5 1 8 8 0 12 36 13 5 5 1 7 -15 1 -3 "
    "3 5 11 11 10 8 4 2 9 4 3 3 7 12 0 1 9 15 4 -5 2 2 4 10 4 10 1 -4 2 -4 -1 4 4 -7 3 -6 -1 -5 -5 "
    "-40 -6 -15 -13 -1 -3 0 -4 -6 -2 -12 -17 -21 -6 -3 -3 -7 -2 -1 3 -6 1 -10 -6 6 10 -2 0 0 2 -7 "
    "-1 2 4 -22 2 -3 -3 -3 1 3 0 2 3 7 0 6 2 6 6 -1 4 -14 8 -8 -4 -22 1z"
    "M238 86l4 -2 6 3 -1 9 -7 5 3 6 -1 2 -5 2 -7 0 -5 7 -16 7 -16 1 -5 -4 -6 0 -15 -9 2 -4 18 3 10 "
    "-2 2 -1 3 -9 1 1 -2 5 3 4 11 0 4 -2 8 -9 6 -1 -1 -14z"
    "M319 134l-1 2 -4 1 -7 -3 -3 -3 0 -5 -9 -7 0 -10 7 3 7 11 7 5z"
    "M263 87l-5 10 -3 -4 -2 -10 -7 -11 -25 -15 -6 -2 2 -1 0 -3 7 6 17 8 19 17z"
    "M133 39l16 2 -5 3 -13 0zM209 187l7 1 2 5 -9 -1 1 -1zM209 53l-6 0 -4 -4 6 -1 4 1z"
    "M222 200l4 -1 -1 5 -6 -2 -4 -8zM253 179l6 2 0 3 -5 -1 -4 -3zM264 226l11 6 -4 1 -5 -3z"
    "M160 117l-4 -4 0 -3 5 2zM207 190l-5 -3 2 -3 2 1zM293 109l-2 -7 2 -2 2 4z"
    "M143 109l-3 -3 3 -2 1 1zM195 31l-4 -2 1 -2 2 2z"
)


def locate(point: Point) -> Markup:
    """Draw the country and a mark at a point.

    Returns:
        An `svg` element that needs nothing else; a point far outside the frame lies at its edge.
    """
    x = _within((point.longitude - _WEST) * _UNIT, _LEFT, _WIDTH)
    y = _within(-point.latitude * _UNIT, _TOP, _HEIGHT)
    frame = f'x="{_LEFT}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}"'
    parts = [
        f'<svg class="map" viewBox="{_LEFT} {_TOP} {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{written(point)}</title>",
        f'<rect class="sea" {frame}/>',
        f'<path class="grid" d="{_grid()}"/>',
        f'<path class="land" d="{_COAST}"/>',
        f'<circle class="halo" cx="{x:.1f}" cy="{y:.1f}" r="11"/>',
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 — figures and constants alone


def written(point: Point) -> str:
    """Write a point: 5.88 S 144.62 E."""
    north, east = "NS"[point.latitude < 0], "EW"[point.longitude < 0]
    return f"{abs(point.latitude):.2f}° {north} {abs(point.longitude):.2f}° {east}"


def _grid() -> str:
    meridians = range(_EVERY, _LEFT + _WIDTH, _EVERY)
    parallels = range(_EVERY, _TOP + _HEIGHT, _EVERY)
    down = "".join(f"M{x} {_TOP}v{_HEIGHT}" for x in meridians)
    return down + "".join(f"M{_LEFT} {y}h{_WIDTH}" for y in parallels)


def _within(at: float, first: int, length: int) -> float:
    return min(max(at, first), first + length)
