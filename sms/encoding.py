"""How a text travels: GSM 7-bit or UCS-2, in how many segments, at what cost; pure.

Alphabets: 3GPP TS 23.038, sections 6.2.1 (default), 6.2.1.1 (extension) and 6.2.3 (UCS2).
Segments: 3GPP TS 23.040, section 9.2.3.24.1 (concatenation with an 8-bit reference: a header of
six octets leaves 153 septets or 67 code units of each part).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

# Row by row as the standard prints them, without 0x1B, the escape to the extension.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")

_TYPOGRAPHIC = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2007\u2009\u200a\u202f", " ")
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff", "")
    | {"\u2026": "...", "\u2022": "*"}
)
_FIRST_SURROGATE_PAIR = 0x10000


class Encoding(StrEnum):
    """The two alphabets that carriers use for text."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Count:
    """The size of a text.

    Attributes:
        encoding: alphabet that the text needs.
        characters: Unicode code points.
        units: septets (GSM-7) or 16-bit code units (UCS-2), without headers and padding.
        segments: parts that a carrier bills; an empty text still goes as one.
    """

    encoding: Encoding
    characters: int
    units: int
    segments: int


def count(text: str) -> Count:
    """Measure `text`; an escape pair or a surrogate pair never spans two segments."""
    if _BASIC.issuperset(text):
        return _count(Encoding.GSM7, [1] * len(text))
    if all(character in _BASIC or character in _EXTENSION for character in text):
        return _count(Encoding.GSM7, [1 + (character in _EXTENSION) for character in text])
    return _count(
        Encoding.UCS2, [1 + (ord(character) >= _FIRST_SURROGATE_PAIR) for character in text]
    )


def simplify(text: str) -> str:
    """Replace typographic characters, where that saves a segment, or makes it GSM-7 at no cost.

    Letters stay: only quotes, dashes, ellipses, bullets, spaces and invisible marks change, and
    decomposed letters are composed (Unicode NFC), which is the same text by canonical equivalence.
    """
    simple = unicodedata.normalize("NFC", text.translate(_TYPOGRAPHIC))
    before, after = count(text), count(simple)
    if before.encoding is Encoding.UCS2 and after.encoding is Encoding.GSM7:
        return simple if after.segments <= before.segments else text
    return simple if after.segments < before.segments else text


def cost(size: Count, price: Decimal) -> Decimal:
    """Return the cost of a text in the currency of `price`, which is that of one segment."""
    return size.segments * price


def _count(encoding: Encoding, widths: list[int]) -> Count:
    single, part = _LIMITS[encoding]
    units = sum(widths)
    segments = 1 if units <= single else _parts(widths, part)
    return Count(encoding, len(widths), units, segments)


def _parts(widths: Iterable[int], room: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
