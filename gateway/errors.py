"""Errors of the gateway.

    GatewayError
    ├── BadSignature        the request was not signed by the one it claims to come from
    │   ├── BadSecret       it lacks the channel's secret, or comes from an address of somebody else
    │   ├── BadDeviceSignature   a field device did not sign this very request
    │   ├── UnknownDevice   no field device has this id, or none of its keys this id
    │   ├── DeviceRevoked   the device, or the key that it signed with, is not believed any more
    │   └── BadEnrolment    no device waits for this code
    ├── ChannelOff          the channel has no credentials, so nothing of it is believed
    ├── MalformedMessage    a field is missing or has a shape it never has
    ├── KeyConflict         an idempotency key came back with other content; kept for review
    ├── NumbersSpent        the counter is past the last short number
    ├── ScanError           what a reader gave of one tag cannot be used
    ├── NotASessionFile     a file holds no readings of tags
    ├── BadPhraseBook       phrases were declared in a way that cannot work
    ├── BadMenuBook         menus were declared in a way that cannot work
    └── ReadingError        a word looks like an argument, but has a mistake
        ├── TagError        in the number of an animal, a place or a permit
        ├── DateError       in a date
        └── ReceiptError    in the code of a receipt

Each carries `code` (stable), `retryable` and `detail`, a sentence that is safe to show: never
what the person wrote, since that may be private.
"""

from enum import StrEnum
from typing import ClassVar


class GatewayError(Exception):
    """Root of the gateway's errors.

    Attributes:
        code: stable, for machines.
        retryable: whether the same call may succeed later with nothing changed here.
        detail: one sentence that tells what to do, safe to show and to log.
    """

    code: ClassVar[str] = "gateway"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadSignature(GatewayError):
    """The request was not signed by the one it claims to come from."""

    code = "gateway.bad_signature"


class BadSecret(BadSignature):
    """The request lacks the channel's secret, or comes from an address of somebody else."""

    code = "gateway.bad_secret"


class BadDeviceSignature(BadSignature):
    """A field device did not sign this very request."""

    code = "gateway.bad_device_signature"


class UnknownDevice(BadSignature):
    """The id of a device, or of its key, is not registered."""

    code = "gateway.unknown_device"


class DeviceRevoked(BadSignature):
    """The device, or the key that it signed with, is not believed any more."""

    code = "gateway.device_revoked"


class BadEnrolment(BadSignature):
    """The enrolment code is unknown, or was used with another key."""

    code = "gateway.bad_enrolment"


class ChannelOff(GatewayError):
    """The channel has no credentials, so nothing of it is believed."""

    code = "gateway.channel_off"


class MalformedMessage(GatewayError):
    """A field is missing or has a shape it never has.

    Attributes:
        field: name of the field in the channel's own words.
    """

    code = "gateway.malformed_message"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class KeyConflict(GatewayError):
    """An idempotency key came back with other content; the envelope was kept for review."""

    code = "gateway.key_conflict"


class NumbersSpent(GatewayError):
    """The counter is past the last short number."""

    code = "gateway.numbers_spent"


class ScanFault(StrEnum):
    """Faults of one reading of a tag; a service makes one sentence of each."""

    NO_TAG = "no_tag"
    UNREADABLE = "unreadable"
    HALF = "half"
    CRC = "crc"
    FRAME = "frame"
    NOT_ANIMAL = "not_animal"
    COUNTRY = "country"
    NATIONAL = "national"
    ROUNDED = "rounded"


class ScanError(GatewayError):
    """One reading of a tag is of no use; `count` is of digits, for HALF."""

    code = "gateway.scan"
    sentences: ClassVar[dict[ScanFault, str]] = {
        ScanFault.NO_TAG: "there is no tag in it",
        ScanFault.UNREADABLE: "it is in none of the formats that are known",
        ScanFault.HALF: "it has {count} digits: a part is missing or doubled",
        ScanFault.CRC: "its check sum does not fit: a bit was read wrong",
        ScanFault.FRAME: "its header or control bits are wrong",
        ScanFault.NOT_ANIMAL: "it is the number of an industrial tag, not of an animal",
        ScanFault.COUNTRY: "the country code must lie between 001 and 999",
        ScanFault.NATIONAL: "the last twelve digits are above 274877906943, the largest there is",
        ScanFault.ROUNDED: "a spreadsheet rounded the number: export it from the reader again",
    }

    def __init__(self, fault: ScanFault, *, count: int | None = None) -> None:
        super().__init__(self.sentences[fault].format(count=count))
        self.fault = fault
        self.count = count


class NotASessionFile(GatewayError):
    """A file holds no readings of tags, or is no text."""

    code = "gateway.not_a_session_file"


class BadPhraseBook(GatewayError):
    """Phrases were declared in a way that cannot work."""

    code = "gateway.bad_phrase_book"


class BadMenuBook(GatewayError):
    """Menus were declared in a way that cannot work; the sentence names every fault."""

    code = "gateway.bad_menu_book"


class Mistake(StrEnum):
    """Faults of a word; a service makes one sentence of each, in each language."""

    EMPTY = "empty"
    LENGTH = "length"
    LETTER = "letter"
    CHECK_DIGITS = "check_digits"
    COUNTRY = "country"
    NATIONAL = "national"
    NOT_ANIMAL = "not_animal"
    MOBILE = "mobile"
    LEADING_ZERO = "leading_zero"
    UNPRINTABLE = "unprintable"
    NO_SUCH_DAY = "no_such_day"
    VAGUE_DAY = "vague_day"


class ReadingError(GatewayError):
    """A word looks like an argument, but has a mistake.

    Attributes:
        mistake: which.
        count: for LENGTH: how many characters there are.
        place: for LETTER: which character it is, counted from 1 without separators.
    """

    code = "gateway.reading"
    sentences: ClassVar[dict[Mistake, str]] = {}

    def __init__(
        self, mistake: Mistake, *, count: int | None = None, place: int | None = None
    ) -> None:
        sentence = self.sentences.get(mistake, f"it cannot be read: {mistake}")
        super().__init__(sentence.format(count=count, place=place))
        self.mistake = mistake
        self.count = count
        self.place = place


class TagError(ReadingError):
    """The number of an animal, a place or a permit has a mistake."""

    code = "gateway.tag"
    sentences: ClassVar[dict[Mistake, str]] = {
        Mistake.EMPTY: "there is no number",
        Mistake.LENGTH: "an official number has 15 digits and a short number 4 to 10, "
        "this one has {count}",
        Mistake.LETTER: "character {place} is not a digit",
        Mistake.CHECK_DIGITS: "a digit is wrong or two are swapped: the check digits do not fit",
        Mistake.COUNTRY: "the country code must lie between 001 and 999",
        Mistake.NATIONAL: "the last twelve digits are above 274877906943, the largest there is",
        Mistake.NOT_ANIMAL: "it is the number of an industrial tag, not of an animal",
        Mistake.MOBILE: "it is a mobile phone's number",
        Mistake.LEADING_ZERO: "a short number never begins with 0",
        Mistake.UNPRINTABLE: "an identifier has 1 to 64 printable characters without spaces",
    }


class DateError(ReadingError):
    """A date has a mistake."""

    code = "gateway.date"
    sentences: ClassVar[dict[Mistake, str]] = {
        Mistake.EMPTY: "there is no date",
        Mistake.VAGUE_DAY: "it is no single day",
        Mistake.NO_SUCH_DAY: "there is no such day; the day comes first, then the month",
    }


class ReceiptError(ReadingError):
    """The code of a receipt has a mistake."""

    code = "gateway.receipt"
    sentences: ClassVar[dict[Mistake, str]] = {
        Mistake.LENGTH: "a receipt has 16 characters, this one has {count}",
        Mistake.LETTER: "character {place} is not used in receipts",
    }
