"""Kinds of argument that livestock phrases share."""

from __future__ import annotations

import re

from gateway.argument_parsers import Kind, Misread, Read, either, receipt, tag
from gateway.dates import day
from gateway.errors import Mistake, TagError
from gateway.grammar import Argument
from sms.errors import NumberError
from sms.numbers import normalise

_SCHEMES = frozenset({"animal", "premises"})
_PHONE = re.compile(r"(?:\+?675[ -]?)?[78][0-9]{3}[ -]?[0-9]{4}(?![0-9])")


# Four by four, with letters and digits: words and short numbers may be as long as a receipt.
_RECEIPT = re.compile(
    r"(?=(?:[\W\d]*[A-HJKMNP-TV-Z]){3})(?=\D*\d)(?:[0-9A-TV-Z]{4}[\W_]?){4}", re.IGNORECASE
)


class PhoneNumber(str):
    """A buyer's phone number (E.164), in place of the number of their premises."""

    __slots__ = ()


def phone(text: str) -> Read | Misread | None:
    """Read a mobile number of Papua New Guinea as a `PhoneNumber`."""
    found = _PHONE.match(text)
    if not found:
        return None
    try:
        return Read(PhoneNumber(normalise(found[0])), found.end())
    except NumberError:
        return Misread(TagError(Mistake.MOBILE), found.end())


def bare_receipt(text: str) -> Read | Misread | None:
    """Read a receipt that can be nothing else."""
    reading = receipt(text) if _RECEIPT.match(text) else None
    return reading if isinstance(reading, Read) else None


NUMBER: Kind = tag(_SCHEMES)
TAG = Argument("tag", NUMBER)
TAGS = Argument("tags", NUMBER, many=True)
PLACE = Argument("place", either(phone, NUMBER))
DAY = Argument("day", day, required=False)
