"""Readers of arguments: each takes one value off the front of a text; pure.

A service adds its own: any function from the text that is left to a Read, a Misread or None.
Readers see cleaned text (`gateway.phrases.clean`) that begins with something other than a
separator, and say themselves where a value must end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.errors import Mistake, ReadingError, ReceiptError, TagError
from gateway.tags import TYPED_HEX, read_identifier, to_digits


@dataclass(frozen=True, slots=True)
class Read:
    """A value, and how many characters it took; hidden from repr, it is what somebody wrote."""

    value: object = field(repr=False)
    length: int


@dataclass(frozen=True, slots=True)
class Misread:
    """A near miss: `length` characters look like this kind of argument, with a mistake."""

    cause: ReadingError
    length: int


Kind = Callable[[str], Read | Misread | None]

DIGIT = "[0-9OoIiLl]"
WORD_END = r"(?![^\W_])"

_GAP = r"[\W_]{1,3}"
_ANIMAL = rf"(?:LA[\W_]*)?(?={DIGIT}{{0,2}}[0-9])"
# Where a reader sends no line ends, numbers follow each other without anything between.
_NEXT = rf"(?=(?:{DIGIT}{{15}})+{WORD_END}|LA[\W_]*[0-9])"
_OFFICIAL = re.compile(
    rf"{_ANIMAL}(?:{DIGIT}{{15}}|{DIGIT}{{3}}{_GAP}(?:{DIGIT}[\W_]{{0,3}}){{11}}{DIGIT})"
    rf"(?:{WORD_END}|{_NEXT})",
    re.IGNORECASE,
)
_HEX = re.compile(TYPED_HEX + WORD_END, re.IGNORECASE)
_OFFICIAL_OF_ANOTHER_LENGTH = re.compile(
    rf"{_ANIMAL}{DIGIT}{{3}}{_GAP}{DIGIT}{{8,}}{WORD_END}", re.IGNORECASE
)
_INDUSTRIAL = re.compile(r"LR[\W_]*[0-9]+(?:[\W_]{1,3}[0-9]+)*" + WORD_END, re.IGNORECASE)
_TOKEN_WITH_DIGIT = re.compile(r"(?=[^\W_]*[0-9])[^\W_]+")
_TAG_FORMS = (_OFFICIAL, _HEX, _OFFICIAL_OF_ANOTHER_LENGTH, _INDUSTRIAL, _TOKEN_WITH_DIGIT)
_SOURCE = re.compile(r"([A-Za-z][A-Za-z0-9._-]{1,31}):(\S*[^\s.,;:!?'\")])")

# Not the day of `25/11`, nor the 3 of `3.5`: a date would be read as a number of pigs.
_COUNT = re.compile(
    rf"(?={DIGIT}{{0,5}}[0-9]){DIGIT}{{1,6}}(?![0-9])"
    rf"(?!\s?[/.:\-]\s?{DIGIT}{{1,2}}{WORD_END})"
)
_WORD = re.compile(r"[^\W_]+")
_RECEIPT_CHARACTERS = 16
_RECEIPT = re.compile(r"(?:[0-9A-TV-Z][\W_]{0,3}){15}[0-9A-TV-Z]" + WORD_END, re.IGNORECASE)
_RECEIPT_LIKE = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def tag(schemes: Collection[str] = ()) -> Kind:
    """Make the reader of an identifier; its value is a `gateway.tags.Identifier`.

    Args:
        schemes: in lower case: the sources whose `scheme:value` is understood in a message.
    """

    def read(text: str) -> Read | Misread | None:
        source = _SOURCE.match(text)
        if source and source[1].lower() in schemes:
            return _identifier(source)
        forms = (form.match(text) for form in _TAG_FORMS)
        return _first_read(_identifier(form) for form in forms if form)

    return read


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
        return _first_read(kind(text) for kind in kinds)

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


def _identifier(found: re.Match[str]) -> Read | Misread:
    try:
        return Read(read_identifier(found[0]), found.end())
    except TagError as error:
        return Misread(error, found.end())


def _first_read(readings: Iterable[Read | Misread | None]) -> Read | Misread | None:
    longest: Misread | None = None
    for reading in readings:
        if isinstance(reading, Read):
            return reading
        if reading and (longest is None or reading.length > longest.length):
            longest = reading
    return longest
