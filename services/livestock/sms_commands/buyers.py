"""Kinds of argument of who gets a pig: a phone, maybe after a name, and what they paid; pure."""

import re
from dataclasses import replace

from gateway.dates import day
from gateway.errors import Mistake, TagError
from gateway.grammar import Misread, Read
from gateway.tags import to_digits
from sms.errors import NumberError
from sms.numbers import normalise

# As address books write them: a name, brackets, dots, 00 for +, O for 0, digits two by two.
_PHONE = re.compile(
    r"(?:(?:tel|ph|phone|fon|mob|mobile|namba)\b[\s.:]*)?"
    r"(?P<number>(?:(?:\(?\+|00)?[\s.-]?\(?\+?675\)?[\s.()-]{0,2})?[78](?:[\s.-]?[0-9Oo]){7})"
    r"(?![0-9Oo])",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[^\W\d_]+[\s.,:-]+){1,4}(?=[(+]?[0-9])")
# What stands there says something else of the sale.
_NO_NAME = frozenset(
    {"good", "healthy", "clean", "gut", "gutpela", "bad", "nogut", "and", "na", "from"}
    | {"pig", "pigs", "pik", "place", "ples", "tag", "number", "permit", "pemit"}
)
_PRICE = re.compile(
    r"(?:(?:for|at|long)\s+)?"
    r"(?:K\s?[0-9]{1,6}(?:[.,][0-9]{2})?|[0-9]{1,6}(?:[.,][0-9]{2})?\s?(?:kina|K))(?![^\W_])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


class PhoneNumber(str):
    """A buyer's phone number (E.164), in place of the number of their premises."""

    __slots__ = ()


def phone(text: str) -> Read | Misread | None:
    """Read a mobile number of Papua New Guinea as a `PhoneNumber`."""
    found = _PHONE.match(text)
    if not found:
        return None
    try:
        return Read(PhoneNumber(normalise(to_digits(found["number"]))), found.end())
    except NumberError:
        return Misread(TagError(Mistake.MOBILE), found.end())


def named_phone(text: str) -> Read | None:
    """Read a `PhoneNumber` after whose it is: `John 70000042`, `brata bilong mi 70000042`."""
    found = _NAME.match(text)
    words = list(_WORD.finditer(text, 0, found.end())) if found else []
    if not found or any(one[0].casefold() in _NO_NAME or day(text[one.start() :]) for one in words):
        return None
    reading = phone(text[found.end() :])
    if not isinstance(reading, Read):
        return None
    return replace(reading, length=found.end() + reading.length)


def price(text: str) -> Read | None:
    """Read an amount of kina, which tells of a sale: `K400`, `for 400 kina`; its value is True."""
    found = _PRICE.match(text)
    return Read(value=True, length=found.end()) if found else None
