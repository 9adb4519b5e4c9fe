"""Reading a row of a list of people, and its mobile number of Papua New Guinea; pure."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from services.core.errors import RowFault
from services.core.geography import split_province
from services.core.table_files import Cells, cell_text
from sms.numbers import normalise

PHONE = "phone"

_REGION, _COUNTRY = "PG", 675
_AGAIN = "compare it with the form"
# phonenumbers would read a letter as the digit of its key.
_WRITTEN = re.compile(r"[0-9+() ./-]+")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)

COLUMNS = (
    PHONE,
    "name",
    "language",
    "province",
    "district",
    "sex",
    "birth_year",
    "list",
    "programme",
    "cohort",
    "consent",
    "consent_date",
    "place",
)
"""Those that mean something in every file; others are anchors of a programme, or nothing."""

_LANGUAGES = {
    "en": "en",
    "eng": "en",
    "english": "en",
    "tpi": "tpi",
    "tok pisin": "tpi",
    "pidgin": "tpi",
    "pisin": "tpi",
}
_SEXES = {
    "f": "f",
    "female": "f",
    "woman": "f",
    "meri": "f",
    "m": "m",
    "male": "m",
    "man": "m",
}
_EARLIEST = 1900
_FIRST_CONSENT = date(2000, 1, 1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})")
_SOURCE = "write who took it and how, such as: nurse, form 12; leave it empty where there is none"
_WORD = re.compile(r"\w+")
_NO = frozenset({"no", "not", "none", "nil", "false", "never", "nogat", "refused", "declined"})
"""A consent that begins with one of them was not given."""
_REFUSED = frozenset({"nogat", "refused", "declined"})
"""A consent that holds one of them was not given."""
_BARE = frozenset({"yes", "y", "true", "ok", "agreed", "consented", "n", "na", "a", "x"})
"""A consent of nothing but these tells nothing of who took it."""
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class PersonFields(NamedTuple):
    """Data of a person in a row; None: an empty cell."""

    name: str | None
    language: str | None
    province: str | None
    district: str | None
    sex: str | None
    birth_year: int | None


class Joining(NamedTuple):
    """The programme that a person is to be in.

    Attributes:
        cohort: None: the first.
        consent: who took it and how; None: there is none.
        anchors: texts of the columns that may be anchors, by name.
        place: where an appointment is.
    """

    programme: str
    cohort: str | None
    consent: str | None
    consented_on: date | None
    anchors: Mapping[str, str]
    place: str | None


class PersonRow(NamedTuple):
    """A row: the number (E.164), the person, a list, a programme."""

    line: int
    number: str
    person: PersonFields
    list_name: str | None
    joining: Joining | None


def read_row(line: int, cells: Cells, today: date) -> PersonRow:
    """Read a row, or raise RowFault for a wrong cell."""
    return PersonRow(
        line=line,
        number=read_number(_text(cells, PHONE)),
        person=_person(cells, today),
        list_name=_text(cells, "list"),
        joining=_joining(cells, today),
    )


def check_name(row: PersonRow, seen: dict[bytes, tuple[int, bytes]]) -> None:
    """Refuse a number that has another name in an earlier row."""
    if row.person.name is None:
        return
    number, name = (
        hashlib.blake2b(text.encode(), digest_size=8).digest()
        for text in (row.number, row.person.name.casefold())
    )
    line, first = seen.setdefault(number, (row.line, name))
    if first != name:
        advice = "one phone stands for one person here: keep one of the rows"
        raise RowFault(PHONE, f"stands in line {line} with another name", advice)


def day(column: str, value: str) -> date:
    """Read a day: 2026-11-25, or 25/11/2026, the day first; RowFault where it is none."""
    try:
        if found := _DAY_FIRST.fullmatch(value):
            return date(int(found[3]), int(found[2]), int(found[1]))
        # Python would read 20261125 and 2026-W48-3 too.
        return date.fromisoformat(value if _DAY.fullmatch(value) else "")
    except ValueError as error:
        raise RowFault(column, "is no day", "write it as 2026-11-25 or 25/11/2026") from error


def _text(cells: Cells, column: str) -> str | None:
    return cell_text(cells, column, squeeze=True)


def _person(cells: Cells, today: date) -> PersonFields:
    return PersonFields(
        name=_text(cells, "name"),
        language=_choice(cells, "language", _LANGUAGES, "en or tpi"),
        province=_province(cells),
        district=_text(cells, "district"),
        sex=_choice(cells, "sex", _SEXES, "f or m"),
        birth_year=_birth_year(cells, today),
    )


def _choice(cells: Cells, column: str, words: Mapping[str, str], which: str) -> str | None:
    value = _text(cells, column)
    if value is None:
        return None
    if value.casefold() not in words:
        raise RowFault(column, "is not known", f"write {which}, or leave it empty")
    return words[value.casefold()]


def _province(cells: Cells) -> str | None:
    value = _text(cells, "province")
    if value is None:
        return None
    place, province = split_province(re.sub(r"(?i)\s+province$", "", value))
    # What comes before a province's name is given back as the place, else the province itself.
    if province is None or place != province:
        raise RowFault("province", "is none of the 22", "write its name in full, such as Jiwaka")
    return province


def _birth_year(cells: Cells, today: date) -> int | None:
    value = _text(cells, "birth_year")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and _EARLIEST <= int(value) <= today.year):
        raise RowFault("birth_year", "is no year of a birth", "write four digits, such as 1987")
    return int(value)


def _joining(cells: Cells, today: date) -> Joining | None:
    programme = _code(cells, "programme")
    cohort, consent = _code(cells, "cohort"), read_consent(cells)
    if programme is None:
        if cohort or consent:
            raise RowFault("programme", "is empty", "name it: cohort and consent are of one")
        return None
    return Joining(
        programme=programme,
        cohort=cohort,
        consent=consent,
        consented_on=read_consent_day(cells, consent, today),
        anchors={
            name: value
            for name in cells
            if name not in COLUMNS and (value := _text(cells, name)) is not None
        },
        place=_text(cells, "place"),
    )


def read_consent(cells: Cells) -> str | None:
    """Return who took a consent and how; a mere yes or no tells neither."""
    value = _text(cells, "consent")
    if value is None:
        return None
    words = _WORD.findall(value.casefold())
    if words and (words[0] in _NO or _REFUSED & set(words)):
        raise RowFault("consent", "says that the person did not agree", _SOURCE)
    if all(word.isdigit() or word in _BARE for word in words):
        raise RowFault("consent", "does not tell who took it", _SOURCE)
    return value


def read_consent_day(cells: Cells, consent: str | None, today: date) -> date | None:
    """Return the day of a consent, or raise RowFault; without a consent there is none."""
    value = _text(cells, "consent_date")
    if consent is None:
        return None
    if value is None:
        raise RowFault("consent_date", "is empty", "write the day on which the person agreed")
    found = day("consent_date", value)
    if found > today:
        raise RowFault("consent_date", "is in the future", "write the day of the consent itself")
    if found < _FIRST_CONSENT:
        raise RowFault("consent_date", "is before 2000", "write the day of the consent itself")
    return found


def _code(cells: Cells, column: str) -> str | None:
    value = _text(cells, column)
    if value is None:
        return None
    if not _CODE.fullmatch(value.casefold()):
        raise RowFault(column, "is no code", "write it as in the programme's file")
    return value.casefold()


def read_number(text: str | None) -> str:
    """Return a mobile number of the country in E.164, or raise RowFault."""
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
