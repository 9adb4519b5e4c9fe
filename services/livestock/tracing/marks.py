"""Parts of a drawing of contact chains: colours, strokes, boxes, curves; pure.

Colours are those of Okabe and Ito that every kind of colour vision tells apart (Okabe, Ito, Color
Universal Design, 2008); the darker a premises, the later its day.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import date
from html import escape

from services.livestock.tracing.layout import Box
from services.livestock.tracing.model import Direction, TraceWindow

STYLE = (
    "text{font-family:Helvetica,Arial,'Liberation Sans',sans-serif;fill:#1b1b1b}"
    ".n text{font-size:11px;text-anchor:middle}"
    ".r text{font-weight:bold;fill:#fff;font-size:12px}"
    ".l{fill:none;stroke-linecap:round}.l:hover{stroke-opacity:1}"
    ".h{font-size:11px;fill:#555;text-anchor:middle}.k{font-size:12px;fill:#444}"
    ".t{font-size:20px;font-weight:bold}.s{font-size:13px;fill:#444}"
)
_COLOURS = {Direction.INGOING: (0, 114, 178), Direction.OUTGOING: (213, 94, 0)}
_MEANINGS = {
    Direction.INGOING: "ingoing, by the latest day of departure",
    Direction.OUTGOING: "outgoing, by the earliest day of arrival",
}
_PALEST, _DARKEST = 0.1, 0.6
_THINNEST, _THICKEST = 0.8, 4.5
_BULGE = 26
_SAMPLES = (1, 10, 100)
_ASIDE = 'stroke-width="0.8" stroke-opacity="0.3" stroke-dasharray="3 3"'


def tint(direction: Direction, share: float) -> str:
    """Mix a direction's colour into white; `share` is from 0 to 1."""
    mixed = (round(255 - (255 - part) * share) for part in _COLOURS[direction])
    return "#" + "".join(f"{part:02x}" for part in mixed)


def shade(direction: Direction, day: date, window: TraceWindow) -> str:
    """Return the colour of a premises by the day on which it is reached."""
    days = (window.last - window.first).days or 1
    # A movement may come after the window, or have left before it.
    age = min(max((day - window.first).days / days, 0), 1)
    return tint(direction, _PALEST + age * (_DARKEST - _PALEST))


def stroke(animals: int, *, aside: bool = False) -> str:
    """Return width and opacity of a link that so many animals went.

    One aside of the steps from layer to layer is thin and dashed, so that those stand out.
    """
    if aside:
        return _ASIDE
    doublings = math.log2(animals)
    width = min(_THICKEST, _THINNEST + 0.5 * doublings)
    return f'stroke-width="{width:.1f}" stroke-opacity="{min(0.8, 0.3 + 0.07 * doublings):.2f}"'


def steps(count: int) -> str:
    """Write a number of steps."""
    return f"{count} step{'s' * (count != 1)}"


def animals(count: int) -> str:
    """Write a number of animals."""
    return f"{count} animal{'s' * (count != 1)}"


def link(origin: Box, destination: Box, paint: str, told: str) -> str:
    """Draw a link; one that does not go on to the right bends at the right."""
    onward = origin.right < destination.left
    end = destination.left if onward else destination.right
    bend = (origin.right + end) / 2 if onward else max(origin.right, end) + _BULGE
    return (
        f'<path class="l" {paint} d="M{origin.right:.1f} {origin.y:.1f}C{bend:.1f} {origin.y:.1f} '
        f'{bend:.1f} {destination.y:.1f} {end:.1f} {destination.y:.1f}">'
        f"<title>{escape(told)}</title></path>"
    )


def node(box: Box, label: str, paint: str, told: str, *, root: bool = False) -> str:
    """Draw a premises with its number."""
    return (
        f'<g class="n{" r" * root}"><rect x="{box.left:.1f}" y="{box.y - box.height / 2:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{box.height / 2:.1f}" {paint}/>'
        f'<text x="{box.x:.1f}" y="{box.y + 4:.1f}">{escape(label)}</text>'
        f"<title>{escape(told)}</title></g>"
    )


def text(kind: str, x: float, y: float, words: str) -> str:
    """Write a line of text."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def legend(
    directions: Iterable[Direction], window: TraceWindow, x: float, y: float
) -> Iterator[str]:
    """Explain colours, then strokes: two lines, the first with its foot at `y`."""
    at = x
    for direction in directions:
        for place in range(5):
            day = window.first + (window.last - window.first) * place / 4
            yield (
                f'<rect x="{at + place * 14:.0f}" y="{y - 10:.0f}" width="14" height="12" '
                f'fill="{shade(direction, day, window)}"/>'
            )
        yield text("k", at + 78, y, f"{_MEANINGS[direction]}: early to late")
        at += 400
    at = x
    for count in _SAMPLES:
        yield _line(at, y + 20, stroke(count))
        yield text("k", at + 42, y + 24, animals(count))
        at += 130
    yield _line(at, y + 20, stroke(1, aside=True))
    yield text("k", at + 42, y + 24, "not one step on from, or one step nearer to, the root")


def _line(x: float, y: float, paint: str) -> str:
    return f'<path class="l" d="M{x:.0f} {y:.0f}h34" stroke="#555" {paint}/>'
