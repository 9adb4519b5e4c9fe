"""Phone numbers: one form for storage (ITU-T E.164), one for logs; pure."""

from __future__ import annotations

import re

from sms.errors import NumberError

PAPUA_NEW_GUINEA = "675"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2013\u00a0]+")
_NATIONAL_MOBILE = {PAPUA_NEW_GUINEA: re.compile(r"[78][0-9]{7}")}
_INTERNATIONAL_PREFIX = "00"
_SHOWN_START, _SHOWN_END, _LEAST_HIDDEN = 4, 3, 3
_BULLET = "\u2022"


def is_e164(text: str) -> bool:
    """Whether `text` is an E.164 number: `+`, then 7 to 15 ASCII digits, the first not 0."""
    return _E164.fullmatch(text) is not None


def normalise(text: str, region: str = PAPUA_NEW_GUINEA) -> str:
    """Return the E.164 form of a number as a person or a carrier writes it.

    Args:
        text: an international number (`+…` or `00…`), or a mobile number of `region`, with or
            without its country code; spaces, dots, dashes and brackets are ignored.
        region: E.164 country code, for numbers without one.

    Raises:
        NumberError: it is neither.
    """
    number = _SEPARATORS.sub("", text)
    if number.startswith(_INTERNATIONAL_PREFIX):
        number = "+" + number.removeprefix(_INTERNATIONAL_PREFIX)
    mobile = _NATIONAL_MOBILE.get(region)
    if mobile and mobile.fullmatch(number.removeprefix(region)):
        number = f"+{region}{number.removeprefix(region)}"
    if not is_e164(number):
        raise NumberError("Write the number with its country code, such as +675 and eight digits.")
    return number


def mask(number: str) -> str:
    """Hide the middle of a number so that it may be logged: `+675•••••001`."""
    hidden = len(number) - _SHOWN_START - _SHOWN_END
    if hidden < _LEAST_HIDDEN:
        return _BULLET * len(number)
    return number[:_SHOWN_START] + _BULLET * hidden + number[-_SHOWN_END:]
