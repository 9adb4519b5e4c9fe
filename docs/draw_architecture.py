"""Draw docs/architecture.svg and list docs/modules.md from the code.

`.venv/bin/python docs/draw_architecture.py` writes both anew.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

TARGET = Path(__file__).with_name("architecture.svg")
LIST = TARGET.with_name("modules.md")
ROOT = TARGET.parents[1]
WIDTH, MARGIN, GAP, LINE, CHARACTER = 960, 20, 12, 16, 6.7
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
  font-family="sans-serif" font-size="12" fill="#1f2933">
<title>The packages of Bilum in layers: each imports only what stands below it</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
"""
MODULES_HEAD = """\
# Modules

Every module in a line, to search for a word. `.venv/bin/python docs/draw_architecture.py` makes it
from the code. How a message goes through the packages is in [architecture.md](architecture.md).
"""
SERVICES, EDGE = "#dcebf7", "#e7f2df"


class Box(NamedTuple):
    """A package: its name, and what it is for."""

    name: str
    purpose: str
    colour: str


def main() -> None:
    """Write the picture and the list."""
    TARGET.write_text(draw(rows()), encoding="utf-8")
    LIST.write_text(list_modules(), encoding="utf-8")


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


def list_modules() -> str:
    """Return every module with the first line of its docstring, by package."""
    parts = [MODULES_HEAD]
    for package in ("services", "gateway", "sms", "chain"):
        for folder in sorted(one.parent for one in (ROOT / package).rglob("__init__.py")):
            modules = sorted(folder.glob("[!_]*.py"))
            name = folder.relative_to(ROOT).as_posix()
            if modules and "migrations" not in name:
                rows = "".join(f"| `{one.name}` | {_purpose(one)} |\n" for one in modules)
                purpose = _purpose(folder / "__init__.py")
                parts.append(f"\n## {name}\n\n{purpose}\n\n| module | for |\n|---|---|\n{rows}")
    return "".join(parts)


def _names(layer: str) -> list[str]:
    return [name for name in re.findall(r"[\w()]+", layer) if "(" not in name]


def _there(layer: list[Box]) -> list[Box]:
    return [box for box in layer if box.purpose]


def _box(folder: str, colour: str) -> Box:
    source = ROOT / folder / "__init__.py"
    return Box(folder, _purpose(source) if source.exists() else "", colour)


def _purpose(source: Path) -> str:
    """Return the first paragraph of a module's docstring."""
    text = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ")


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
