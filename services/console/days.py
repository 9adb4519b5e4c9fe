"""Days of addresses and of forms, as browsers send them and as people type them."""

import re
from datetime import date

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4})")
_YEARS = range(2000, 2200)
EARLIEST = date(_YEARS[0], 1, 1)


def read_day(text: str) -> date | None:
    """Read a day: 2026-11-28, 28/11/2026; None: it is none, or long before or after our time."""
    typed = text.strip()
    if found := _DAY_FIRST.fullmatch(typed):
        parts = reversed(found.groups())
    elif found := _ISO.fullmatch(typed):
        parts = iter(found.groups())
    else:
        return None
    year, month, day = map(int, parts)
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None
