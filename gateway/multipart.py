"""Concatenated SMS: the position of a part, and the text of all parts; pure.

Source: 3GPP TS 23.040, sections 9.2.3.24 (TP User Data, its header), 9.2.3.24.1 (concatenated short
messages, 8-bit reference: element 00) and 9.2.3.24.8 (16-bit reference: element 08).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from gateway.envelope import Envelope
from gateway.errors import MalformedMessage

GAP = " [...] "
"""What stands in a text for parts that never came."""

# Element of a header: how many octets its reference has.
_CONCATENATED = {0x00: 1, 0x08: 2}
_TOTAL_AND_NUMBER = 2


class PartPosition(NamedTuple):
    """Position of an SMS in a concatenated text.

    Attributes:
        reference: the phone's number of the text, the same in all its parts, 0 to 65,535.
        total: how many parts it has, 1 to 255.
        number: which this is, from 1.
    """

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a long text, authenticated, before the others are there.

    Attributes:
        channel: as in an envelope.
        key: idempotency key of this SMS, unique within the channel.
        sender: E.164 number; hidden from repr.
        place: which part of which text.
        raw: the octets of its text; a character may be divided between two parts.
        encoding: Python's name of what they are in.
        received_at: UTC.
        claimed_at: as in an envelope.
        to: as in an envelope.
    """

    channel: str
    key: str
    sender: str = field(repr=False)
    place: PartPosition
    raw: bytes = field(repr=False)
    encoding: str
    received_at: datetime
    claimed_at: str | None = None
    to: str | None = None

    def says_the_same(self, other: "Part") -> bool:
        """Tell whether this is the other part once more, perhaps by another id."""
        return (self.raw, self.encoding) == (other.raw, other.encoding)


ALONE = PartPosition(0, 1, 1)
"""A text of one SMS."""


def read_header(header: bytes) -> PartPosition:
    """Read the user data header of an SMS; where it tells nothing of parts, the SMS is `ALONE`.

    Elements that say nothing of parts are passed over, and so are those that the standard tells to
    ignore: of a part 0, of no parts, of a part beyond the last. Of several the last one counts.

    Args:
        header: with its length, in one octet, before it; empty: there is none.

    Raises:
        MalformedMessage: it ends before or after its own end.
    """
    places = [_place(kind, told) for kind, told in _elements(header)]
    return next(filter(None, reversed(places)), ALONE)


def join(parts: Sequence[Part], received_at: datetime) -> Envelope:
    """Make one message of the parts that are there, in any order; it may lack some.

    Its key is that of the first part, whichever came last.

    Args:
        parts: of one text, each number once, at least one.
        received_at: UTC; when the last of them came, or was waited for no longer.
    """
    by_number = {part.place.number: part for part in parts}
    first = by_number[min(by_number)]
    total = first.place.total
    return Envelope(
        channel=first.channel,
        key=first.key,
        sender=first.sender,
        text=_text(by_number, total),
        received_at=received_at,
        claimed_at=first.claimed_at,
        to=first.to,
        complete=len(by_number) == total,
    )


def _elements(header: bytes) -> Iterator[tuple[int, bytes]]:
    if header and header[0] != len(header) - 1:
        raise _half()
    position = 1
    while position < len(header):
        start = position + 2
        if start > len(header) or start + header[start - 1] > len(header):
            raise _half()
        kind, position = header[position], start + header[start - 1]
        yield kind, header[start:position]


def _place(kind: int, told: bytes) -> PartPosition | None:
    width = _CONCATENATED.get(kind)
    if width is None:
        return None
    if len(told) != width + _TOTAL_AND_NUMBER:
        raise _half()
    total, number = told[width:]
    if not 0 < number <= total:
        return None
    return PartPosition(int.from_bytes(told[:width], "big"), total, number)


def _text(parts: Mapping[int, Part], total: int) -> str:
    """Decode what lies side by side in one encoding at once, so that no character is halved."""
    encodings = {number: part.encoding for number, part in parts.items()}
    runs = groupby(range(1, total + 1), key=encodings.get)
    return "".join(
        b"".join(parts[number].raw for number in run).decode(encoding, "replace")
        if encoding
        else GAP
        for encoding, run in runs
    )


def _half() -> MalformedMessage:
    return MalformedMessage("udh", "the user data header is not whole: its lengths do not add up")
