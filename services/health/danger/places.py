"""Where in a text a danger is named, by the words that every reader of it counts alike."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.concepts import Found, Reading


class Place(NamedTuple):
    """A place in a text: its sentence, and its first and last word."""

    sentence: int
    first: int
    last: int


class DangerAt(NamedTuple):
    """A danger, or a frame, where it is named, and whether the text denies it there."""

    code: str
    place: Place
    denied: bool


def places(found: Iterable[Found], reading: Reading) -> list[DangerAt]:
    """Return where in a text each concept stands."""
    return [DangerAt(one.code, _place(reading, one), one.denied) for one in found]


def _place(reading: Reading, found: Found) -> Place:
    opening, closing = reading.tokens[found.span.first], reading.tokens[found.span.last]
    return Place(opening.sentence, opening.at, closing.at)
