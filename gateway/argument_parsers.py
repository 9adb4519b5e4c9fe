"""Readers of arguments but tags: each takes one value off the front of a text; pure.

A service adds its own: any function from the text that is left to a Read, a Misread or None.
Readers see cleaned text (`gateway.phrases.clean`) that begins with something other than a
separator, and say themselves where a value must end.
"""

import re
from collections.abc import Mapping

from gateway.errors import Mistake, ReceiptError
from gateway.grammar import DIGIT, WORD_END, Kind, Misread, Read
from gateway.tags import first_read, to_digits

# Not the day of `25/11`, nor the 3 of `3.5`: a date would be read as a number of pigs.
_COUNT = re.compile(
    rf"(?={DIGIT}{{0,5}}[0-9]){DIGIT}{{1,6}}(?![0-9])"
    rf"(?!\s?[/.:\-]\s?{DIGIT}{{1,2}}{WORD_END})"
)
_WORD = re.compile(r"[^\W_]+")
_RECEIPT_CHARACTERS = 16
_RECEIPT = re.compile(r"(?:[0-9A-TV-Z][\W_]{0,3}){15}[0-9A-TV-Z]" + WORD_END, re.IGNORECASE)
_RECEIPT_LIKE = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def count(most: int = 99_999) -> Kind:
    """Make the reader of a whole number from 0 to `most`; a word may follow at once (`3pik`)."""

    def read(text: str) -> Read | None:
        found = _COUNT.match(text)
        if not found or int(to_digits(found[0])) > most:
            return None
        return Read(int(to_digits(found[0])), found.end())

    return read


def choice(options: Mapping[str, object]) -> Kind:
    """Make the reader of one word out of `options`, which are written in lower case."""

    def read(text: str) -> Read | None:
        found = _WORD.match(text)
        if not found or found[0].lower() not in options:
            return None
        return Read(options[found[0].lower()], found.end())

    return read


def either(*kinds: Kind) -> Kind:
    """Make the reader of what the first of `kinds` reads; else of the longest misreading."""

    def read(text: str) -> Read | Misread | None:
        return first_read(kind(text) for kind in kinds)

    return read


def rest(text: str) -> Read | None:
    """Read everything that is left, in the sender's own words, as a str."""
    value = text.strip()
    return Read(value, len(text)) if value else None


def receipt(text: str) -> Read | Misread | None:
    """Read a receipt: its 16 Crockford base32 characters, in upper case, without dashes.

    Case and separators do not matter; O is read as 0, I and L as 1.
    """
    found = _RECEIPT.match(text)
    if found:
        return Read(to_digits(re.sub(r"[\W_]", "", found[0])).upper(), found.end())
    token = _RECEIPT_LIKE.match(text)
    if not token:
        return None
    compact = token[0].replace("-", "")
    wrong = re.search(r"[^0-9A-TV-Z]", compact, re.IGNORECASE)
    if wrong and len(compact) == _RECEIPT_CHARACTERS:
        cause = ReceiptError(Mistake.LETTER, place=wrong.start() + 1)
    else:
        cause = ReceiptError(Mistake.LENGTH, count=len(compact))
    return Misread(cause, token.end())
