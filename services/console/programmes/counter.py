"""Size of a text as an SMS, and the price of one more letter; pure."""

from collections.abc import Mapping
from typing import NamedTuple

from services.health.linting.findings import placeholders
from sms.encoding import LIMITS, Count, count, outside_gsm7

_LETTER = "a"


class TextSize(NamedTuple):
    """Size of a text with its placeholders at their longest.

    Attributes:
        units, room: septets or code units, and those that its segments have.
        segments, toea: SMS, and their price for one person.
        left: letters that still fit.
        then: toea that one letter more than those costs.
        strange: letters that leave room for 70 in place of 160.
    """

    units: int
    room: int
    segments: int
    toea: int
    left: int
    then: int
    strange: tuple[str, ...]


def size_of(template: str, values: Mapping[str, str], toea: int) -> TextSize:
    """Measure a text; `toea` is the price of a segment."""
    filled = filled_in(template, values)
    now, room = count(filled), _room(filled)
    left = room - now.units
    more = count(filled + _LETTER * (left + 1)).segments - now.segments
    return TextSize(
        now.units,
        room,
        now.segments,
        now.segments * toea,
        left,
        more * toea,
        outside_gsm7(filled),
    )


def filled_in(template: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled; one with unknown ones as it is."""
    names = placeholders(template)
    known = names is not None and names <= values.keys()
    return template.format(**values) if known else template


def _room(text: str) -> int:
    size: Count = count(text)
    alone, part = LIMITS[size.encoding]
    return alone if size.segments == 1 else part * size.segments
