"""Making a sentence fit one SMS of one segment, whatever its values are; pure.

One segment of GSM-7 holds 160 septets (3GPP TS 23.038, section 6.1.2.1.1); a single letter outside
its alphabet would leave 70.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from sms.encoding import Encoding, count

SEGMENT = 160
_CUT = ".."
_UNWRITABLE = "?"


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


def fit(template: str, values: Mapping[str, object]) -> str:
    """Fill a sentence so that it fits one segment: the longest values are cut, `..` shows where.

    Raises:
        KeyError: a value is missing.
    """
    texts = {name: plain(str(value)) for name, value in values.items()}
    for name in sorted(texts, key=lambda name: -len(texts[name])):
        excess = units(template.format(**texts)) - SEGMENT
        if excess <= 0:
            break
        texts[name] = texts[name][: -(excess + len(_CUT))] + _CUT
    return template.format(**texts)


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
