"""Encoding of a text: GSM 7-bit or UCS-2, segments and cost; pure.

Alphabets: 3GPP TS 23.038, sections 6.2.1 (default), 6.2.1.1 (extension) and 6.2.3 (UCS2).
Segments: 3GPP TS 23.040, section 9.2.3.24.1 (concatenation with an 8-bit reference: a header of
six octets leaves 153 septets or 67 code units of each part).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import count as numbers

# Row by row as the standard prints them, without 0x1B, the escape to the extension.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""What takes one unit in GSM-7."""
EXTENSION = frozenset("\f^{}\\[~]|€")
"""What takes two units in GSM-7."""

_TYPOGRAPHIC = str.maketrans(
    dict.fromkeys("`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008", " ")
    | dict.fromkeys("\u2009\u200a\u202f\u205f\u3000", " ")
    | dict.fromkeys("\u0085\u2028\u2029", "\n")
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff", "")
    | {"\u2026": "...", "\u2022": "*"}
)
_FIRST_SURROGATE_PAIR = 0x10000
_UNWRITABLE = "?"

_SPACE = re.compile("[ \\t\\r\\n]+")
# What belongs to the character before it: zero-width joiner and the tones of a skin; marks besides.
_EXTENDING = frozenset("\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


class Encoding(StrEnum):
    """The two alphabets that carriers use for text."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Units that fit one segment alone, and each of several."""
SEGMENT = LIMITS[Encoding.GSM7][0]
"""Septets of a text that goes as one segment."""


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
    encoding, widths = _measure(text)
    single, part = LIMITS[encoding]
    units = sum(widths)
    segments = 1 if units <= single else _parts(widths, part)
    return Count(encoding, len(text), units, segments)


def outside_gsm7(text: str) -> tuple[str, ...]:
    """Return the characters that force `text` to UCS-2, each once, in their order."""
    return tuple(c for c in dict.fromkeys(text) if c not in BASIC and c not in EXTENSION)


def split(text: str) -> tuple[str, ...]:
    """Cut a text for a route that joins no parts into texts of one segment: `1/3 …`, `2/3 …`.

    A text of one segment stays as it is. A longer one is cut at white space, which goes; within a
    word only where the word is longer than a part, and within what is seen as one character (a
    letter with its marks, an emoji of several code points, a flag) only where that is. Each part
    fits one segment in the encoding of the whole.
    """
    if count(text).segments == 1:
        return (text,)
    trimmed = text.strip(" \t\r\n")
    if count(trimmed).segments == 1:
        return (trimmed,)
    encoding, widths = _measure(trimmed)
    for digits in numbers(1):
        room = LIMITS[encoding][0] - len("/ ") - 2 * digits
        pieces = tuple(_pieces(trimmed, widths, room))
        if len(str(len(pieces))) <= digits:
            break
    return tuple(f"{number}/{len(pieces)} {piece}" for number, piece in enumerate(pieces, start=1))


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


def units(text: str) -> int:
    """Return how many septets a text of GSM-7 takes."""
    return count(text).units


def plain(text: str) -> str:
    """Write text in GSM-7: other letters lose their accents, or become a question mark."""
    return "".join(map(_plain_letter, text))


def shorten(text: str, most: int) -> str:
    """Keep whole words of a text, at most `most` characters; of one long word, its beginning."""
    if len(text) <= most:
        return text
    # One character more tells whether a word ends at the limit.
    return text[: most + 1].rpartition(" ")[0].rstrip() or text[:most]


def cost(size: Count, price: Decimal) -> Decimal:
    """Return the cost of a text in the currency of `price`, which is that of one segment."""
    return size.segments * price


@lru_cache(maxsize=4_096)
def _plain_letter(letter: str) -> str:
    if count(letter).encoding is Encoding.GSM7:
        return letter
    base = "".join(
        part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)
    )
    if base and count(base).encoding is Encoding.GSM7:
        return base
    return "" if unicodedata.combining(letter) else _UNWRITABLE


def _measure(text: str) -> tuple[Encoding, list[int]]:
    """Return the encoding that `text` needs, and the units of each character in it."""
    if BASIC.issuperset(text):
        return Encoding.GSM7, [1] * len(text)
    if not outside_gsm7(text):
        return Encoding.GSM7, [1 + (character in EXTENSION) for character in text]
    return Encoding.UCS2, [1 + (ord(character) >= _FIRST_SURROGATE_PAIR) for character in text]


def _parts(widths: Iterable[int], room: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts


def _pieces(text: str, widths: list[int], room: int) -> Iterator[str]:
    """Cut `text` into pieces of at most `room` units."""
    gaps = [gap.span() for gap in _SPACE.finditer(text) if not _belongs(text, gap.end())]
    start = 0
    while start < len(text):
        end = _reach(widths, start, room)
        cut, after = end, end
        if end < len(text):
            fitting = [gap for gap in gaps if start < gap[0] <= end]
            whole = (at for at in range(end, start, -1) if not _belongs(text, at))
            cut, after = fitting[-1] if fitting else (next(whole, end),) * 2
        yield text[start:cut]
        start = after


def _reach(widths: list[int], start: int, room: int) -> int:
    """Return the end of the text that fits into `room` units from `start` on."""
    end, used = start, 0
    while end < len(widths) and used + widths[end] <= room:
        used += widths[end]
        end += 1
    return end


def _belongs(text: str, at: int) -> bool:
    """Tell whether the character at `at` is seen as one with the character before it.

    The frequent cases of Unicode's extended grapheme clusters (UAX #29).
    """
    if not 0 < at < len(text):
        return False
    before, here = text[at - 1], text[at]
    return (
        here in _EXTENDING
        or before == "\u200d"
        or unicodedata.category(here) in {"Mn", "Mc", "Me"}
        or (before in _FLAG_LETTERS and here in _FLAG_LETTERS)
    )
