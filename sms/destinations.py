"""Destinations: countries that get messages, numbers that never do; pure.

Whoever makes this system write to a number of theirs abroad, by satellite or at a premium is paid
for each text. So the operator names the countries, and special numbers one by one.
"""

from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, PhoneNumberType

from sms.errors import NumberError
from sms.numbers import normalise
from sms.reasons import Reason
from sms.settings import SmsSettings

EVERY_COUNTRY = "*"
_NO_COUNTRY = "001"
_LONGEST_CODE = 3
_SPECIAL = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


class _Range(NamedTuple):
    """Country of a number in ISO letters, None where unknown; whether it costs more than others."""

    country: str | None
    special: bool


def refused_destination(number: str, settings: SmsSettings) -> Reason | None:
    """Return why nothing goes to an E.164 number, if so."""
    if number in own_numbers(settings):
        return Reason.OWN_NUMBER
    if any(_fits(number, pattern) for pattern in settings.denied):
        return Reason.DENIED
    if any(one.startswith("+") and number.startswith(one) for one in settings.countries):
        return None
    country, special = _range_of(number)
    if special:
        return Reason.SPECIAL_NUMBER
    served = country is not None and bool({EVERY_COUNTRY, country} & set(settings.countries))
    return None if served else Reason.COUNTRY


@lru_cache(maxsize=8)
def _own(senders: tuple[str | None, ...], region: str) -> frozenset[str]:
    found = set()
    for sender in filter(None, senders):
        try:
            found.add(normalise(sender, region))
        except NumberError:
            continue  # a short code or a name: nobody can be answered there
    return frozenset(found)


def own_numbers(settings: SmsSettings) -> frozenset[str]:
    """Return the numbers that our messages come from."""
    channels = (settings.twilio, settings.kannel, settings.africastalking)
    return _own(tuple(one.sender for one in channels), settings.region)


def _fits(number: str, pattern: str) -> bool:
    return number.startswith(pattern[:-1]) if pattern.endswith("*") else number == pattern


@lru_cache(maxsize=4096)
def _range_of(number: str) -> _Range:
    regions = _regions(number)
    if regions == (_NO_COUNTRY,):
        # Satellites, and services that belong to no country.
        return _Range(None, special=True)
    if len(regions) == 1 and not _SPECIAL & phonenumbers.supported_types_for_region(regions[0]):
        return _Range(regions[0], special=False)
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return _Range(None, special=False)
    special = phonenumbers.number_type(parsed) in _SPECIAL
    return _Range(phonenumbers.region_code_for_number(parsed), special)


def _regions(number: str) -> tuple[str, ...]:
    codes = (int(number[1 : 1 + length]) for length in range(1, _LONGEST_CODE + 1))
    known = (COUNTRY_CODE_TO_REGION_CODE.get(code) for code in codes)
    return tuple(next(filter(None, known), ()))
