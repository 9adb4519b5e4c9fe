"""Numbers of animals, places and permits, in the forms that readers and people write; pure.

Sources: ISO 11784:1996 (code structure), ISO 11785:1996 (order of transmission), ISO/IEC
7064:2003 (MOD 97-10).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from stdnum.iso7064 import mod_97_10

from gateway.errors import Mistake, NumbersSpent, TagError
from gateway.grammar import DIGIT, WORD_END, Kind, Misread, Read

OFFICIAL = "iso11784"
SHORT = "bilum"

OFFICIAL_DIGITS = 15
# Three digits together then always begin an official number, and eleven are a phone number
# with its country code.
SHORT_DIGITS = range(4, 11)
CHECK_DIGITS = 2
"""At the end of a short number."""

_CONFUSED = str.maketrans("OoIiLl", "001111")
_SEPARATORS = re.compile(r"[\W_]+")
_READER_PREFIX = re.compile(r"LA[\W_]*(?=[0-9OIL])", re.IGNORECASE)
_INDUSTRIAL_PREFIX = re.compile(r"LR[\W_]*[0-9]", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{1,31}")
# On the ledger health programmes have it: an animal called so would share their records.
_RESERVED = "programme"
# Only with the reserved bits at zero: without a CRC, they are what tells a tag from a typing error.
_HEX_FORM = r"(?=[0-9OIL]*[A-F])[0-9A-FOIL]{12}[08O][0O]{2}[1IL]"
_TYPED_HEX = re.compile(_HEX_FORM, re.IGNORECASE)
_MOBILE = re.compile(r"[78][0-9]{7}")
_MOST_CHARACTERS = 64
_NATIONAL_BITS = 38
_COUNTRY_BITS = 10
_CODE_BITS = 64
_COUNTRIES = range(1, 1000)

_GAP = r"[\W_]{1,3}"
_ANIMAL = rf"(?:LA[\W_]*)?(?={DIGIT}{{0,2}}[0-9])"
# Where a reader sends no line ends, numbers follow each other without anything between.
_NEXT = rf"(?=(?:{DIGIT}{{15}})+{WORD_END}|LA[\W_]*[0-9])"
_OFFICIAL = re.compile(
    rf"{_ANIMAL}(?:{DIGIT}{{15}}|{DIGIT}{{3}}{_GAP}(?:{DIGIT}[\W_]{{0,3}}){{11}}{DIGIT})"
    rf"(?:{WORD_END}|{_NEXT})",
    re.IGNORECASE,
)
_HEX = re.compile(_HEX_FORM + WORD_END, re.IGNORECASE)
_OFFICIAL_OF_ANOTHER_LENGTH = re.compile(
    rf"{_ANIMAL}{DIGIT}{{3}}{_GAP}{DIGIT}{{8,}}{WORD_END}", re.IGNORECASE
)
_INDUSTRIAL = re.compile(r"LR[\W_]*[0-9]+(?:[\W_]{1,3}[0-9]+)*" + WORD_END, re.IGNORECASE)
_TOKEN_WITH_DIGIT = re.compile(r"(?=[^\W_]*[0-9])[^\W_]+")
_TAG_FORMS = (_OFFICIAL, _HEX, _OFFICIAL_OF_ANOTHER_LENGTH, _INDUSTRIAL, _TOKEN_WITH_DIGIT)
_SOURCE = re.compile(r"([A-Za-z][A-Za-z0-9._-]{1,31}):(\S*[^\s.,;:!?'\")])")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name of an animal or a place, and its scheme.

    Attributes:
        scheme: `iso11784`, `bilum` (a short number), or a source's own, in lower case.
        value: 15 digits, 4 to 10 digits, or the source's own characters, unchanged.
    """

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


def read_identifier(text: str) -> Identifier:
    """Read one identifier that is all of `text`.

    A bare number is an official number, else a short number. `scheme:value` is a source's own
    identifier, kept as it is, leading zeros, case and inner spaces included, unless the scheme is
    `iso11784` or `bilum`. A bare identifier of a source cannot be told from a typing error here:
    whoever knows the sources may look `text` up after a TagError.

    Raises:
        TagError: with the mistake.
    """
    text = text.strip()
    if _INDUSTRIAL_PREFIX.match(text):
        raise TagError(Mistake.NOT_ANIMAL)
    text = _READER_PREFIX.sub("", text, count=1) if _READER_PREFIX.match(text) else text
    scheme, colon, value = text.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme) or scheme.lower() == _RESERVED:
        return _read_bare(text)
    return _read_schemed(scheme.lower(), value.strip())


def tag(schemes: Collection[str] = ()) -> Kind:
    """Make the reader of an identifier; its value is an `Identifier`.

    Args:
        schemes: in lower case: the sources whose `scheme:value` is understood in a message.
    """

    def read(text: str) -> Read | Misread | None:
        source = _SOURCE.match(text)
        if source and source[1].lower() in schemes:
            return _identifier(source)
        forms = (form.match(text) for form in _TAG_FORMS)
        return first_read(_identifier(form) for form in forms if form)

    return read


def first_read(readings: Iterable[Read | Misread | None]) -> Read | Misread | None:
    """Return the first value that was read, else the longest near miss."""
    longest: Misread | None = None
    for reading in readings:
        if isinstance(reading, Read):
            return reading
        if reading and (longest is None or reading.length > longest.length):
            longest = reading
    return longest


def from_hex(code: str) -> str:
    """Decode the 64 bits of ISO 11784, as 16 hexadecimal digits in order of transmission.

    ISO 11785 sends the least significant bit first, so the 38 bits of the national number come
    first and the animal flag last. Reserved bits are not looked at.

    Returns:
        The official number, 15 digits.

    Raises:
        TagError: not 16 hexadecimal digits, not an animal's, or no such country.
    """
    wrong = re.search(r"[^0-9A-Fa-f]", code)
    if wrong:
        raise TagError(Mistake.LETTER, place=wrong.start() + 1)
    if len(code) * 4 != _CODE_BITS:
        raise TagError(Mistake.LENGTH, count=len(code))
    bits = int(f"{int(code, 16):064b}"[::-1], 2)
    if not bits >> (_CODE_BITS - 1):
        raise TagError(Mistake.NOT_ANIMAL)
    country = bits >> _NATIONAL_BITS & (1 << _COUNTRY_BITS) - 1
    if country not in _COUNTRIES:
        raise TagError(Mistake.COUNTRY)
    return f"{country:03}{bits & (1 << _NATIONAL_BITS) - 1:012}"


def issue(counter: int) -> str | None:
    """Make the short number of a counter: its digits and two check digits (MOD 97-10).

    None where there is no such number, so that the counter goes on: below 10, and where it
    would look like a mobile number of Papua New Guinea, eight digits beginning with 7 or 8.

    Raises:
        NumbersSpent: the number would be longer than ten digits.
    """
    digits = str(counter)
    number = digits + str(mod_97_10.calc_check_digits(digits))
    if len(number) >= SHORT_DIGITS.stop:
        raise NumbersSpent("all short numbers of ten digits are issued")
    if len(number) < SHORT_DIGITS.start or _MOBILE.fullmatch(number):
        return None
    return number


def to_digits(text: str) -> str:
    """Write the digits that letters were taken for: O is 0, I and l are 1."""
    return text.translate(_CONFUSED)


def check_official(digits: str) -> str:
    """Return an official number of 15 digits.

    Raises:
        TagError: there is no such country, or no such national number.
    """
    if int(digits[:3]) not in _COUNTRIES:
        raise TagError(Mistake.COUNTRY)
    if int(digits[3:]) >> _NATIONAL_BITS:
        raise TagError(Mistake.NATIONAL)
    return digits


def _identifier(found: re.Match[str]) -> Read | Misread:
    try:
        return Read(read_identifier(found[0]), found.end())
    except TagError as error:
        return Misread(error, found.end())


def _read_schemed(scheme: str, value: str) -> Identifier:
    if scheme in {OFFICIAL, SHORT}:
        identifier = _read_bare(value)
        if identifier.scheme != scheme:
            raise TagError(Mistake.LENGTH, count=len(identifier.value))
        return identifier
    if not 0 < len(value) <= _MOST_CHARACTERS or not value.isprintable():
        raise TagError(Mistake.UNPRINTABLE)
    return Identifier(scheme, value)


def _read_bare(text: str) -> Identifier:
    compact = _SEPARATORS.sub("", text)
    if not compact:
        raise TagError(Mistake.EMPTY)
    if _TYPED_HEX.fullmatch(compact):
        return Identifier(OFFICIAL, from_hex(to_digits(compact)))
    digits = to_digits(compact)
    wrong = re.search(r"[^0-9]", digits if re.search(r"[0-9]", compact) else compact)
    if wrong:
        raise TagError(Mistake.LETTER, place=wrong.start() + 1)
    if len(digits) == OFFICIAL_DIGITS:
        return Identifier(OFFICIAL, check_official(digits))
    if len(digits) in SHORT_DIGITS:
        return Identifier(SHORT, _checked_short(digits))
    raise TagError(Mistake.LENGTH, count=len(digits))


def _checked_short(digits: str) -> str:
    if _MOBILE.fullmatch(digits):
        raise TagError(Mistake.MOBILE)
    if digits.startswith("0"):
        raise TagError(Mistake.LEADING_ZERO)
    # As `mod_97_10.is_valid`, which reads letters too and takes longer than all else.
    if int(digits) % 97 != 1:
        raise TagError(Mistake.CHECK_DIGITS)
    return digits
