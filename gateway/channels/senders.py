"""Senders as operators write them: with a plus sign, with 00, or with the country code alone.

An operator's advertising and banks send as a name or a short code: nobody there could be answered.
"""

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
ANY_SENDER = re.compile(r"(?=.*\S)[^\x00-\x1f\x7f]{1,64}")
"""A phone, a name or a short code."""
_INTERNATIONAL_PREFIX = "00"
# Fewer digits are a service's number, such as 1801332; a mobile number of Papua New Guinea has 8.
# Below the second, the country code is missing.
_SHORTEST_NUMBER, _SHORTEST_WITH_COUNTRY = 8, 10


def is_e164(sender: str) -> bool:
    """Tell whether a sender is a phone with its country code, and not a name or a short code."""
    return E164.fullmatch(sender) is not None


def is_phone(written: str) -> bool:
    """Tell whether it may be a phone: neither a name nor a service's number."""
    number = written.replace(" ", "")
    digits = number.removeprefix("+")
    long_enough = is_e164(number) or len(digits) >= _SHORTEST_NUMBER
    return digits.isascii() and digits.isdigit() and long_enough


def read_sender(written: str) -> str | None:
    """Return a phone as E.164, a name or a service's number as given.

    None: a phone whose country is not told.
    """
    return international(written) if is_phone(written) else written


def international(written: str) -> str | None:
    """Return a phone's number as E.164; None where its country is not told."""
    number = written.replace(" ", "")
    if number.startswith(_INTERNATIONAL_PREFIX):
        number = "+" + number.removeprefix(_INTERNATIONAL_PREFIX)
    elif len(number.removeprefix("+")) >= _SHORTEST_WITH_COUNTRY:
        number = "+" + number.removeprefix("+")
    return number if E164.fullmatch(number) else None
