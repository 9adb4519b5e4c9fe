"""Maps without tiles: points, circles, lines and outlines of ours, as SVG; pure.

The same features go to the page as JSON, from which `map.js` makes a map to move about in. A degree
of longitude is drawn shorter than one of latitude, as it is in the middle of the map.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Position = Sequence[float]
"""Longitude and latitude, degrees of WGS 84."""

KILOMETRES = 110.95
"""Of a degree of latitude."""
WIDTH, HEIGHT = 640, 420
_MARGIN = 24
# So a single place is not drawn as a point in nothing.
_LEAST = 4 / KILOMETRES


class MapPoint(NamedTuple):
    """A place: `kind` is how it is drawn, `label` what stands beside it."""

    at: Position
    kind: str
    label: str


class MapCircle(NamedTuple):
    """A circle round a point."""

    at: Position
    kilometres: float
    kind: str
    label: str


class MapShape(NamedTuple):
    """An area of one or more rings."""

    rings: Sequence[Sequence[Position]]
    kind: str
    label: str


class MapLine(NamedTuple):
    """A movement from one place to another."""

    start: Position
    end: Position
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class MapFeatures:
    """Features of a map; `backdrop` is drawn below them and does not widen it."""

    points: Sequence[MapPoint] = ()
    circles: Sequence[MapCircle] = ()
    shapes: Sequence[MapShape] = ()
    lines: Sequence[MapLine] = ()
    backdrop: Sequence[MapShape] = ()

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to show."""
        return not (self.points or self.circles or self.shapes or self.lines)

    def box(self) -> tuple[float, float, float, float]:
        """Return the degrees round all of it: west, south, east, north."""
        xs, ys = zip(*self._positions(), strict=True)
        middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        across = max(max(xs) - min(xs), _LEAST) / 2
        up = max(max(ys) - min(ys), _LEAST) / 2
        return middle[0] - across, middle[1] - up, middle[0] + across, middle[1] + up

    def as_json(self) -> str:
        """Write all of it for the script."""
        return json.dumps(
            {
                "box": self.box(),
                "points": [one._asdict() for one in self.points],
                "circles": [one._asdict() for one in self.circles],
                "shapes": [one._asdict() for one in self.shapes],
                "lines": [one._asdict() for one in self.lines],
                "backdrop": [one._asdict() for one in self.backdrop],
            }
        )

    def _positions(self) -> Iterable[Position]:
        yield from (one.at for one in self.points)
        yield from (at for one in self.shapes for ring in one.rings for at in ring)
        for line in self.lines:
            yield from (line.start, line.end)
        for circle in self.circles:
            up = circle.kilometres / KILOMETRES
            aside = up / math.cos(math.radians(circle.at[1]))
            yield circle.at[0] - aside, circle.at[1] - up
            yield circle.at[0] + aside, circle.at[1] + up


class DrawnMap(NamedTuple):
    """A map in pixels: what a template writes as SVG.

    Attributes:
        backdrop, shapes: path and what it is of; lines: its two ends; circles: centre and radius.
        bar: length of the scale in pixels and kilometres.
        data: the features for the script.
    """

    backdrop: Sequence[tuple[str, MapShape]]
    shapes: Sequence[tuple[str, MapShape]]
    circles: Sequence[tuple[float, float, float, MapCircle]]
    lines: Sequence[tuple[float, float, float, float, MapLine]]
    points: Sequence[tuple[float, float, MapPoint]]
    bar: tuple[float, float]
    data: str
    width: int = WIDTH
    height: int = HEIGHT


def draw_map(features: MapFeatures) -> DrawnMap | None:
    """Return features in pixels; None: there is nothing to show."""
    if features.is_empty:
        return None
    projection = _Projection(features.box())
    return DrawnMap(
        [(projection.path(one.rings), one) for one in features.backdrop],
        [(projection.path(one.rings), one) for one in features.shapes],
        [
            (*projection.at(one.at), round(one.kilometres / KILOMETRES * projection.scale, 1), one)
            for one in features.circles
        ],
        [(*projection.at(one.start), *projection.at(one.end), one) for one in features.lines],
        [(*projection.at(one.at), one) for one in features.points],
        projection.bar(),
        features.as_json(),
    )


class _Projection:
    """Degrees to pixels: equirectangular, true in the middle."""

    def __init__(self, box: tuple[float, float, float, float]) -> None:
        west, south, east, north = box
        self._shrink = math.cos(math.radians((south + north) / 2))
        across, up = (east - west) * self._shrink, north - south
        self.scale = min((WIDTH - 2 * _MARGIN) / across, (HEIGHT - 2 * _MARGIN) / up)
        self._left = WIDTH / 2 - across * self.scale / 2
        self._top = HEIGHT / 2 - up * self.scale / 2
        self._west, self._north = west, north

    def at(self, position: Position) -> tuple[float, float]:
        x = self._left + (position[0] - self._west) * self._shrink * self.scale
        y = self._top + (self._north - position[1]) * self.scale
        return round(x, 1), round(y, 1)

    def path(self, rings: Sequence[Sequence[Position]]) -> str:
        return "".join(
            "M" + "L".join(f"{x} {y}" for x, y in map(self.at, ring)) + "Z" for ring in rings
        )

    def bar(self) -> tuple[float, float]:
        """Return a scale of a round number of kilometres: its length in pixels, and the number."""
        most = WIDTH / 4 / self.scale * KILOMETRES
        ten = 10 ** math.floor(math.log10(most))
        length = next(ten * one for one in (5, 2, 1) if ten * one <= most)
        return round(length / KILOMETRES * self.scale, 1), length
