"""Tiles of provinces: each somewhere of its own, with ink that can be read on its shade."""

from __future__ import annotations

import re

import pytest

from services.core.geography import PROVINCES
from services.health.indicators.tiles import COLUMNS, ROWS, SHADES, SHORT, TILES, map_tiles
from tests.support.paths import ROOT


def test_tiles__of_all_provinces__have_a_place_and_a_short_name_each():
    assert TILES.keys() == SHORT.keys() == set(PROVINCES)
    assert len(set(TILES.values())) == len(set(SHORT.values())) == 22
    assert all(column < COLUMNS and row < ROWS for column, row in TILES.values())


def test_map_tiles__values__are_shaded_from_nothing_to_the_highest():
    found = {
        one.name: one.shade for one in map_tiles({"Gulf": 8, "Enga": 1, "Hela": 0, "Manus": None})
    }
    assert (found["Gulf"], found["Enga"], found["Hela"], found["Manus"]) == (SHADES - 1, 1, 0, 0)
    assert {one.shade for one in map_tiles({})} == {0}


def light(colour):
    """Relative luminance (WCAG 2.2)."""
    whole = colour if len(colour) == 6 else "".join(one * 2 for one in colour)
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("shade", range(SHADES))
def test_shades__each__have_ink_with_enough_contrast(shade):
    style = (ROOT / "services" / "console" / "files" / "console.css").read_text("utf-8")
    paper, ink = re.search(
        rf"\.bilum-tile--{shade}\{{background:#(\w+);color:#(\w+)\}}", style
    ).groups()
    high, low = sorted((light(paper), light(ink)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
