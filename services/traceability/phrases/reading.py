"""Kinds of argument that livestock phrases share."""

from __future__ import annotations

import re

from gateway.dates import day
from gateway.errors import Mistake, TagError
from gateway.grammar import Argument
from gateway.kinds import Kind, Misread, Read, either, tag
from sms.errors import NumberError
from sms.numbers import normalise

_SCHEMES = frozenset({"animal", "premises"})
_PHONE = re.compile(r"(?:\+?675[ -]?)?[78][0-9]{3}[ -]?[0-9]{4}(?![0-9])")


class PhoneNumber(str):
    """A buyer's phone number, which stands for his premises. E.164."""

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


NUMBER: Kind = tag(_SCHEMES)
TAG = Argument("tag", NUMBER)
TAGS = Argument("tags", NUMBER, many=True)
PLACE = Argument("place", either(phone, NUMBER))
DAY = Argument("day", day, required=False)
