"""The picture of a soak: a line over its minutes for each figure, from zero up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

_WIDTH, _HEIGHT, _GAP, _LEFT = 640, 90, 34, 200
_INK, _LINE, _GROUND = "#111111", "#00533e", "#f7f3e8"
_WHOLE = 100
# Names of the figures, and what is written beside their lines.
_SHOWN = {
    "web_memory": "web server, MB",
    "worker_memory": "worker, MB",
    "web_files": "web server, open files",
    "worker_files": "worker, open files",
    "texts_a_second": "texts a second",
    "median": "answer, median, ms",
    "p99": "answer, p99, ms",
    "bytes_a_text": "database, bytes a text",
    "dead": "dead rows, share",
    "waiting": "waiting to go out",
    "refused": "refused texts",
    "unsent": "answers not sent, so far",
}


class Figures(Protocol):
    """The figures of one minute by name."""

    def _asdict(self) -> dict[str, float]: ...


class _Row(NamedTuple):
    title: str
    values: list[float]


def draw(samples: Sequence[Figures], rate: float) -> str:
    """Return an SVG; each line's scale begins at 0 and ends at its own highest value.

    Args:
        samples: a minute each.
        rate: texts a second that were aimed at.
    """
    minutes = [one._asdict() for one in samples]
    rows = [_Row(title, [one[name] for one in minutes]) for name, title in _SHOWN.items()]
    size = f"{_LEFT + _WIDTH + 80} {len(rows) * (_HEIGHT + _GAP) + 2 * _GAP}"
    title = f"{len(minutes)} minutes at {rate:.1f} texts a second"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">',
            '<g font-family="sans-serif" font-size="13">',
            f"<title>{title}</title>",
            f'<rect width="100%" height="100%" fill="{_GROUND}"/>',
            f'<text x="{_LEFT}" y="{_GAP - 8}" font-size="16" fill="{_INK}">{title}</text>',
            *(part for at, row in enumerate(rows) for part in _drawn(row, at)),
            "</g></svg>\n",
        ]
    )


def _drawn(row: _Row, at: int) -> Iterator[str]:
    top = 2 * _GAP + at * (_HEIGHT + _GAP)
    foot, most = top + _HEIGHT, max(row.values) or 1
    step = _WIDTH / max(1, len(row.values) - 1)
    points = " ".join(
        f"{_LEFT + step * minute:.1f},{foot - _HEIGHT * value / most:.1f}"
        for minute, value in enumerate(row.values)
    )
    yield f'<text x="8" y="{foot - _HEIGHT / 2:.0f}" fill="{_INK}">{row.title}</text>'
    for y, value in ((top + 10, _written(most)), (foot, "0")):
        yield f'<text x="{_LEFT - 6}" y="{y}" text-anchor="end" fill="{_INK}">{value}</text>'
    yield f'<path d="M{_LEFT} {top}V{foot}H{_LEFT + _WIDTH}" fill="none" stroke="{_INK}"/>'
    yield f'<polyline points="{points}" fill="none" stroke="{_LINE}" stroke-width="2"/>'
    yield (
        f'<text x="{_LEFT + _WIDTH + 8}" y="{foot - _HEIGHT * row.values[-1] / most + 4:.0f}" '
        f'fill="{_INK}">{_written(row.values[-1])}</text>'
    )


def _written(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.3g}"
