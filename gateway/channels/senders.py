"""Senders as operators write them: with a plus sign, with 00, or with the country code alone."""

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_INTERNATIONAL_PREFIX = "00"
# Fewer digits are a service's number; below the second, the country code is missing.
_SHORTEST_NUMBER, _SHORTEST_WITH_COUNTRY = 7, 10


def is_phone(written: str) -> bool:
    """Tell whether it may be a phone: neither a name nor a service's number."""
    digits = written.replace(" ", "").removeprefix("+")
    return digits.isascii() and digits.isdigit() and len(digits) >= _SHORTEST_NUMBER


def international(written: str) -> str | None:
    """Return a phone's number as E.164; None where its country is not told."""
    number = written.replace(" ", "")
    if number.startswith(_INTERNATIONAL_PREFIX):
        number = "+" + number.removeprefix(_INTERNATIONAL_PREFIX)
    elif len(number.removeprefix("+")) >= _SHORTEST_WITH_COUNTRY:
        number = "+" + number.removeprefix("+")
    return number if E164.fullmatch(number) else None
