"""The page docs/console/README.md, which lists the console's pictures by page."""

from __future__ import annotations

from tests.services.console.walk import TOK_PISIN
from tests.support.paths import ROOT

PICTURES = ROOT / "docs" / "console"
# What no walk comes by is drawn too, as a reader of Tok Pisin meets it on a phone.
EVERY_PAGE = PICTURES / TOK_PISIN
INDEX = PICTURES / "README.md"

_HEAD = """# What the console shows

The first table has the pages that people come by on their ways, on a phone (360 pixels wide) and
at a computer (1280); a name that ends in `-tpi` is the page in Tok Pisin. The second has every page
of the console in Tok Pisin, on a phone. [console.md](../console.md) tells who works with them.
`python -m tests.services.console` draws them and writes this page.

| page | pictures |
|---|---|
"""
_EVERY = "\n| every page, in Tok Pisin | picture |\n|---|---|\n"


def gallery() -> str:
    """Write the page from the pictures that are there."""
    pages: dict[str, list[str]] = {}
    for path in sorted(PICTURES.glob("*.png")):
        page, _, width = path.stem.rpartition("-")
        pages.setdefault(page, []).append(f"[{width}]({path.name})")
    shown = [f"| {page} | {', '.join(links)} |\n" for page, links in pages.items()]
    every = [
        f"| {path.stem.rpartition('-')[0]} | [360]({TOK_PISIN}/{path.name}) |\n"
        for path in sorted(EVERY_PAGE.glob("*.png"))
    ]
    return _HEAD + "".join(shown) + _EVERY + "".join(every)
