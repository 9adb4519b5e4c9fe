"""Phone numbers: one form for storage (ITU-T E.164), one for logs; pure."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from sms.errors import NumberError

PAPUA_NEW_GUINEA = "675"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# The library reads letters as the keys of a phone, and digits of every script.
_WRITTEN = re.compile(r"[+0-9\s().\-\u2010-\u2013\u00a0]*")
_SEPARATORS = re.compile(r"[^+0-9]+")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# No number of a pig or a place has eight digits that begin so.
_MOBILE_IN_TEXT = re.compile(rf"(?<![\w+])(?:\+{PAPUA_NEW_GUINEA})?[78][0-9]{{7}}(?!\w)")
_SHOWN_START, _SHOWN_END, _LEAST_HIDDEN = 4, 3, 3
_BULLET = "\u2022"


def is_e164(text: str) -> bool:
    """Tell whether `text` is `+` and 7 to 15 ASCII digits, the first not 0."""
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
    if is_e164(text):
        return text
    number = _SEPARATORS.sub("", text) if _WRITTEN.fullmatch(text) else ""
    if number.startswith("00"):
        number = f"+{number[2:]}"
    # The library would drop digits of an international number, such as a leading 1 of America's.
    number = number if number.startswith("+") else _parse(number, region)
    if not is_e164(number):
        raise NumberError("Write the number with its country code, such as +675 and eight digits.")
    return number


@lru_cache(maxsize=4096)
def _parse(number: str, region: str) -> str:
    """Return a mobile number of a region in E.164; empty: it is none."""
    country = phonenumbers.region_code_for_country_code(int(region))
    try:
        found = phonenumbers.parse(number, country)
    except NumberParseException:
        return ""
    if phonenumbers.number_type(found) not in _MOBILE or not phonenumbers.is_valid_number(found):
        return ""
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)


def local(number: str) -> str:
    """Return a number as people of the country dial it; others stay E.164."""
    return number.removeprefix(f"+{PAPUA_NEW_GUINEA}")


def mask(number: str) -> str:
    """Hide the middle of a number so that it may be logged: `+675•••••001`."""
    hidden = len(number) - _SHOWN_START - _SHOWN_END
    if hidden < _LEAST_HIDDEN:
        return _BULLET * len(number)
    return number[:_SHOWN_START] + _BULLET * hidden + number[-_SHOWN_END:]


def mask_all(text: str) -> str:
    """Mask each mobile number of the country in a text, national or E.164."""
    return _MOBILE_IN_TEXT.sub(lambda found: mask(found[0]), text)


def holds_number(text: str) -> bool:
    """Tell whether a text holds a phone number, in any spelling; dates and counts are none."""
    country = phonenumbers.region_code_for_country_code(int(PAPUA_NEW_GUINEA))
    return phonenumbers.PhoneNumberMatcher(text, country).has_next()
