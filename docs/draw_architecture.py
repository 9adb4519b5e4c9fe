"""Draw docs/architecture.svg from the code: `.venv/bin/python docs/draw_architecture.py`."""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

TARGET = Path(__file__).with_name("architecture.svg")
ROOT = TARGET.parents[1]
WIDTH, MARGIN, GAP, LINE, CHARACTER = 960, 20, 12, 16, 6.7
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
  font-family="sans-serif" font-size="12" fill="#1f2933">
<title>The packages of Bilum in layers: each imports only what stands below it</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
"""
SERVICES, EDGE = "#dcebf7", "#e7f2df"


class Box(NamedTuple):
    """A package: its name, and what it is for."""

    name: str
    purpose: str
    colour: str


def main() -> None:
    """Write the picture."""
    TARGET.write_text(draw(rows()), encoding="utf-8")


def rows() -> list[list[Box]]:
    """Return the packages in layers, top first, as the import contracts hold them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    hub = next(one for one in contracts if one.get("containers") == ["services"])
    inside = [
        [_box(f"services/{name}", SERVICES) for name in _names(layer)] for layer in hub["layers"]
    ]
    edges = next(
        layer
        for one in contracts
        for layer in one.get("layers", [])
        if set(_names(layer)) == {"gateway", "chain", "sms"}
    )
    return [*filter(None, map(_there, inside)), [_box(name, EDGE) for name in _names(edges)]]


def draw(layers: list[list[Box]]) -> str:
    """Return the picture as SVG, one row of boxes a layer."""
    parts, top = [], MARGIN
    for layer in layers:
        width = (WIDTH - 2 * MARGIN - GAP * (len(layer) - 1)) / len(layer)
        texts = [textwrap.wrap(box.purpose, int((width - 20) / CHARACTER)) for box in layer]
        height = LINE * (1 + max(map(len, texts))) + 16
        for number, (box, lines) in enumerate(zip(layer, texts, strict=True)):
            left = MARGIN + number * (width + GAP)
            parts.append(_drawn(box, lines, (left, top, width, height)))
        top += height + GAP
    return HEAD.format(width=WIDTH, height=top + MARGIN - GAP) + "".join(parts) + "</svg>\n"


def _names(layer: str) -> list[str]:
    return [name for name in re.findall(r"[\w()]+", layer) if "(" not in name]


def _there(layer: list[Box]) -> list[Box]:
    return [box for box in layer if box.purpose]


def _box(folder: str, colour: str) -> Box:
    source = ROOT / folder / "__init__.py"
    text = ast.get_docstring(ast.parse(source.read_text("utf-8"))) if source.exists() else None
    return Box(folder, (text or "").split("\n\n")[0].replace("\n", " "), colour)


def _drawn(box: Box, lines: list[str], place: tuple[float, float, float, float]) -> str:
    left, top, width, height = place
    rows = "".join(
        f'<text x="{left + 10:.0f}" y="{top + 20 + LINE * number:.0f}">{escape(line)}</text>\n'
        for number, line in enumerate(lines, 1)
    )
    return (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" rx="4"'
        f' fill="{box.colour}"/>\n<text x="{left + 10:.0f}" y="{top + 20:.0f}"'
        f' font-weight="bold">{escape(box.name)}</text>\n{rows}'
    )


if __name__ == "__main__":
    main()
