"""Places in a text where dangers are named, by the words that every reader counts alike."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.concepts import Found, Reading


class DangerPlace(NamedTuple):
    """A place in a text: its sentence, and its first and last word."""

    sentence: int
    first: int
    last: int


class DangerAt(NamedTuple):
    """A danger, or a frame, where it is named, and whether the text denies it there."""

    code: str
    place: DangerPlace
    denied: bool


def places(found: Iterable[Found], reading: Reading) -> list[DangerAt]:
    """Return where in a text each concept stands."""
    return [DangerAt(one.code, _place(reading, one), one.denied) for one in found]


def _place(reading: Reading, found: Found) -> DangerPlace:
    opening, closing = reading.tokens[found.span.first], reading.tokens[found.span.last]
    return DangerPlace(opening.sentence, opening.at, closing.at)
