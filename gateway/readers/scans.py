"""Results of reading a reader's output: readings of tags, and faulty lines."""

from dataclasses import dataclass

from gateway.errors import ScanFault


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of an animal's tag.

    Attributes:
        line: of the text or file, from 1.
        tag: official number, 15 digits.
        at: when, by the reader's clock: ISO 8601, a day or to the second, without offset where it
            told none; None: it told nothing that can be read.
        written: the same as the reader wrote it.
        kilograms: weight that was taken with it.
        visual: number that is printed on the tag, as somebody keyed it in.
        note: whatever else was keyed in.
    """

    line: int
    tag: str
    at: str | None = None
    written: str | None = None
    kilograms: float | None = None
    visual: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A line that gives no animal's tag.

    Attributes:
        line: from 1.
        fault: why.
        count: of digits, where there are too few or too many.
    """

    line: int
    fault: ScanFault
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """All that a text or file gave, each in its order."""

    scans: tuple[Scan, ...] = ()
    faults: tuple[FaultyLine, ...] = ()
