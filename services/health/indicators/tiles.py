"""The 22 provinces as tiles: squares roughly where each lies, with a shade by its value; pure."""

from collections.abc import Mapping
from typing import NamedTuple

from services.core.geography import PROVINCES

COLUMNS, ROWS = 8, 4
SHADES = 5
"""Steps of colour; the ink of each is chosen for a contrast of 4.5:1 and more."""

TILES: Mapping[str, tuple[int, int]] = {
    "Sandaun": (0, 0), "East Sepik": (1, 0), "Manus": (3, 0), "New Ireland": (5, 0),
    "Western": (0, 2), "Hela": (0, 1), "Enga": (1, 1), "Western Highlands": (2, 1),
    "Jiwaka": (3, 1), "Madang": (4, 1), "West New Britain": (5, 1), "East New Britain": (6, 1),
    "Southern Highlands": (1, 2), "Chimbu": (2, 2), "Eastern Highlands": (3, 2), "Morobe": (4, 2),
    "Bougainville": (7, 2), "Gulf": (1, 3), "Central": (2, 3), "Northern": (4, 3),
    "National Capital District": (3, 3), "Milne Bay": (5, 3),
}  # fmt: skip
"""Column and row of each."""

SHORT: Mapping[str, str] = {
    "Bougainville": "ARB", "Central": "CEN", "Chimbu": "SIM", "East New Britain": "ENB",
    "East Sepik": "ESP", "Eastern Highlands": "EHP", "Enga": "ENG", "Gulf": "GUL", "Hela": "HEL",
    "Jiwaka": "JIW", "Madang": "MAD", "Manus": "MAN", "Milne Bay": "MBP", "Morobe": "MOR",
    "National Capital District": "NCD", "New Ireland": "NIP", "Northern": "ORO", "Sandaun": "WSP",
    "Southern Highlands": "SHP", "West New Britain": "WNB", "Western": "WES",
    "Western Highlands": "WHP",
}  # fmt: skip
"""What people write where there is no room: ENB, ESP, EHP."""


class MapTile(NamedTuple):
    """A province on the map; `shade`: 0 where there is nothing to colour, 4 for the highest."""

    name: str
    short: str
    column: int
    row: int
    value: float | None
    shade: int


def map_tiles(values: Mapping[str, float | None]) -> list[MapTile]:
    """Place each province, and shade it in proportion to the highest value."""
    most = max((value for value in values.values() if value), default=0.0)
    return [
        MapTile(name, SHORT[name], *TILES[name], values.get(name), _shade(values.get(name), most))
        for name in PROVINCES
    ]


def _shade(value: float | None, most: float) -> int:
    if not value or not most:
        return 0
    return min(SHADES - 1, 1 + int(value / most * (SHADES - 1) * 0.999))
