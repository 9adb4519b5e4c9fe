"""Phone numbers of a list: mobile numbers of Papua New Guinea, by the numbering plan."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from services.core.errors import RowFault
from sms.numbers import normalise

PHONE = "phone"

_REGION, _COUNTRY = "PG", 675
_AGAIN = "compare it with the form"
# phonenumbers would read a letter as the digit of its key.
_WRITTEN = re.compile(r"[0-9+() ./-]+")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def read_number(text: str | None) -> str:
    """Return a number in E.164.

    Raises:
        RowFault: it is missing, or no mobile number of the country.
    """
    if text is None:
        raise RowFault(PHONE, "is empty", "write the number, such as 7000 0001")
    if "E+" in text.upper():
        advice = "write the column as text, so that the spreadsheet rounds nothing"
        raise RowFault(PHONE, "was rounded by a spreadsheet", advice)
    if not _WRITTEN.fullmatch(text):
        raise RowFault(PHONE, "is no phone number", "write it in digits, such as 7000 0001")
    number = _parse(text)
    if number.country_code != _COUNTRY:
        raise RowFault(PHONE, "is of another country", "leave the row out")
    if not phonenumbers.is_possible_number(number):
        raise RowFault(PHONE, "has too many or too few digits", _AGAIN)
    if not phonenumbers.is_valid_number(number):
        raise RowFault(PHONE, "is no number that any operator has", _AGAIN)
    if phonenumbers.number_type(number) not in _MOBILE:
        raise RowFault(PHONE, "is no mobile number", "ask for one that receives SMS")
    return normalise(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _parse(text: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(text, _REGION)
    except NumberParseException as error:
        raise RowFault(PHONE, "is no phone number", _AGAIN) from error
