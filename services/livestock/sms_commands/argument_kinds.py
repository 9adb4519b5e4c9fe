"""Kinds of argument of livestock events: how many, which mob, a tag to put in, ordinary words."""

import re
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import NamedTuple, cast

from gateway.argument_parsers import choice, count, either, receipt
from gateway.dates import ClaimedDay, day
from gateway.day_words import SPAN
from gateway.grammar import Argument, Kind, Misread, Read
from gateway.matching import words_pattern
from gateway.numerals import numeral
from gateway.tags import OFFICIAL, SHORT, Identifier, tag
from services.livestock.sms_commands.buyers import named_phone, phone, price

# Four digits may be a short number, so nobody counts more than this in a message.
MOST_HEADS = 999
PIG_WORDS_ALONE = (
    *("pig", "pigs", "piglet", "piglets", "pikpik", "pik", "pikinini pik", "pikinini bilong"),
    *("of", "i", "mama pik", "mama bilong", "mother pig", "mother pigs", "sow", "sows", "born"),
    *("mangki pik", "gat", "i gat", "stap", "i stap"),
)
# Words for people, too.
PIG_WORDS = (*PIG_WORDS_ALONE, "pikinini", "mama", "mother")

_SEXES = {
    **dict.fromkeys(("female", "sow", "gilt", "meri"), "female"),
    **dict.fromkeys(("male", "boar", "man"), "male"),
    **dict.fromkeys(("castrated", "castrate", "barrow"), "castrated"),
}
_NUMERAL = re.compile(r"[0-9]{1,3}\s?p(?:e)?la(?![^\W_])", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+(?![^\W_])")
_HERD_WORD = r"(?:pigs?|piglets?|piks?|pikpik)(?![^\W_])"
_BEFORE = re.compile(_HERD_WORD + r"[\W_]*", re.IGNORECASE)
_AFTER = re.compile(r"[\W_]*(?:of[\W_]+)?(?:my[\W_]+|our[\W_]+)?" + _HERD_WORD, re.IGNORECASE)
_KILOGRAMS = re.compile(
    r"(?P<weight>[0-9]{1,5}(?:[.,][0-9]{1,2})?)"
    r"(?:\s*(?:kilograms?|kilogrem|kilos?|kgs?))?(?![^\W_])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
# A temperature such as 40.5 is no day.
_DECIMAL = re.compile(r"[0-9]{1,3}[.,][0-9](?![^\W_])")
_GAP = re.compile(r"[\W_]*")
_LIKE_A_NUMBER = re.compile(r"[0-9]{3}")
_LETTERS_FIRST = re.compile(r"[^\W\d_][^\W_]*(?:[+'-][^\W_]+)*")
# The days of `IVOMEC28`.
_GLUED = re.compile(r"[^\W\d_]{4,}(?=[0-9]{2,3}(?![^\W_]))")
_SPACES = re.compile(r"[\s,.;:/-]*")
_NO_PRODUCT = frozenset(
    {"days", "day", "de", "wet", "wait", "withdrawal", "with", "for", "and", "na", "on", "in", "at"}
    | {"to", "from", "the", "my", "mi", "i", "ol", "long", "bilong", "go", "kam", "kisim", "givim"}
    | {"pig", "pigs", "pik", "place", "ples", "plis", "please", "pls", "gan", "gun"}
)
_LONGEST_PRODUCT = 30
_MOST_WORDS = 100

_ANYWAY = re.compile(r"(?:anyway|maski)(?![^\W_])[\W_]*(?P<why>.*)", re.IGNORECASE | re.DOTALL)
_SCHEMES = frozenset({"animal", "premises"})
# Four by four, with letters and digits: words and short numbers may be as long as a receipt. No
# further than a receipt is long: a search to the text's end is dear at each of its numbers.
_RECEIPT = re.compile(
    r"(?=(?:[\W\d]{0,17}[A-HJKMNP-TV-Z]){3})(?=\D{0,18}\d)(?:[0-9A-TV-Z]{4}[\W_]?){4}",
    re.IGNORECASE,
)


class Account(NamedTuple):
    """Free words of a report, and the day among them."""

    words: tuple[str, ...]
    day: ClaimedDay | None


def counted(least: int = 1) -> Kind:
    """Make the reader of a number of pigs from `least` to 999, in digits or in a word."""
    read = either(_spelled, count(MOST_HEADS))

    def pigs(text: str) -> Read | Misread | None:
        found = read(text)
        # The 3 of `3 days ago` counts no pigs, nor that of `3 days`.
        found = None if found is None or SPAN.match(text) or day(text) is not None else found
        small = isinstance(found, Read) and isinstance(found.value, int) and found.value < least
        return None if small else found

    return pigs


def _spelled(text: str) -> Read | None:
    found = _NUMERAL.match(text) or _LETTERS.match(text)
    number = numeral(found[0]) if found else None
    return Read(number, found.end()) if found and number is not None else None


def herd(text: str) -> Read | None:
    """Read a number beside a word for pigs: `3 pigs`, `tripela pik`, `pik 3`."""
    before = _BEFORE.match(text)
    start = before.end() if before else 0
    found = counted()(text[start:])
    if not isinstance(found, Read):
        return None
    end = start + found.length
    after = _AFTER.match(text[end:])
    if not before and not after:
        return None
    return Read(found.value, end + (after.end() if after else 0))


def one_of(options: Mapping[str, object]) -> Kind:
    """Make the reader of one of `options`, each of one or more words in lower case."""
    pattern = words_pattern(options)

    def read(text: str) -> Read | None:
        found = pattern.match(text)
        if not found:
            return None
        words = " ".join(_WORD.findall(found[0].lower()))
        return Read(options[words], found.end()) if words in options else None

    return read


def following(words: tuple[str, ...], kind: Kind) -> Kind:
    """Make a reader of `kind` after one of `words`: `MOB 1456`."""
    opening = words_pattern(words, r"[\W_]*")

    def read(text: str) -> Read | Misread | None:
        found = opening.match(text)
        reading = kind(text[found.end() :]) if found else None
        return replace(reading, length=reading.length + found.end()) if found and reading else None

    return read


def new_tag(text: str) -> Read | Misread | None:
    """Read a new tag: never a short number, which belongs to a known pig."""
    return _unless(SHORT, NUMBER(text))


def site(text: str) -> Read | Misread | None:
    """Read a place after a tag: a phone or a number, but not a second official tag."""
    return phone(text) or _unless(OFFICIAL, NUMBER(text))


def anyway(text: str) -> Read | None:
    """Read the word that passes against the book, and the reason after it; empty: none."""
    found = _ANYWAY.match(text)
    return Read(found["why"].strip(), len(text)) if found else None


def kilograms(text: str) -> Read | None:
    """Read a weight in kilograms, with or without its unit; a float."""
    found = _KILOGRAMS.match(text)
    weight = float(found["weight"].replace(",", ".")) if found else 0
    return Read(weight, found.end()) if found and weight else None


def kilograms_with_unit(text: str) -> Read | None:
    """Read a weight in kilograms that has its unit; a float."""
    found = kilograms(text)
    return found if found and re.search(r"[^\W\d_]", text[: found.length]) else None


def product(text: str) -> Read | None:
    """Read the name of a product, in upper case: words up to a number, a day or a small word."""
    end = position = 0
    while found := _GLUED.match(text, position) or _LETTERS_FIRST.match(text, position):
        small = found[0].lower() in _NO_PRODUCT
        if small or found.end() > _LONGEST_PRODUCT or day(text[position:]) is not None:
            break
        end = found.end()
        spaces = _SPACES.match(text, end)
        position = spaces.end() if spaces else end
    name = " ".join(text[:end].split()).upper()
    return Read(name, end) if name else None


def account(known: Container[str] | None = None, never: Container[str] = ()) -> Kind:
    """Make the reader of ordinary words to the end of the message; its value is an `Account`.

    Words after the first hundred are ignored.

    Args:
        known: in lower case: the only accepted words; None: any. A number of three digits
            or more is none of them: it may be a tag that is written wrong.
        never: in lower case: words that give the message another meaning.
    """

    def read(text: str) -> Read | Misread | None:
        words: list[str] = []
        when: ClaimedDay | None = None
        position = 0
        while position < len(text) and len(words) < _MOST_WORDS:
            reading = day(text[position:]) if when is None else None
            if isinstance(reading, Misread) and not _DECIMAL.match(text, position):
                return replace(reading, length=position + reading.length)
            found = _WORD.match(text, position)
            if isinstance(reading, Read):
                when, position = cast("ClaimedDay", reading.value), position + reading.length
            elif found and _may_stand(found[0], known) and found[0].casefold() not in never:
                words.append(found[0])
                position = found.end()
            else:
                return None
            gap = _GAP.match(text, position)
            position = gap.end() if gap else position
        return Read(Account(tuple(words), when), len(text))

    return read


def _may_stand(word: str, known: Container[str] | None) -> bool:
    if known is not None:
        return word.casefold() in known
    return not _LIKE_A_NUMBER.search(word)


def _unless(scheme: str, reading: Read | Misread | None) -> Read | Misread | None:
    if isinstance(reading, Read) and isinstance(reading.value, Identifier):
        return None if reading.value.scheme == scheme else reading
    return reading


HEADS = Argument("heads", counted())
NEW_TAG = Argument("new", new_tag)
SITE = Argument("site", site, required=False)
SEX = Argument("sex", choice(_SEXES), required=False)


def bare_receipt(text: str) -> Read | Misread | None:
    """Read a receipt that can be nothing else."""
    reading = receipt(text) if _RECEIPT.match(text) else None
    return reading if isinstance(reading, Read) else None


NUMBER: Kind = tag(_SCHEMES)
TAG = Argument("tag", NUMBER)
TAGS = Argument("tags", NUMBER, many=True)
PLACE = Argument("place", either(phone, NUMBER))
RECEIVER = Argument("place", either(phone, named_phone, NUMBER))
PRICE = Argument("price", price, required=False)
DAY = Argument("day", day, required=False)


MOB = Argument("mob", following(("mob", "long lain", "lain"), NUMBER))
ACCOUNT = Argument("account", account(), required=False)
