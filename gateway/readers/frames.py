"""The bits of an ISO 11784 tag, as hexadecimal digits in the order in which they are sent; pure.

Sources: ISO 11784:1996, table 1 (code structure); ISO 11785:1996, clauses 6 and 7 and annex B
(telegrams of HDX and FDX-B, CRC of the ID code: CRC-16/KERMIT, x^16 + x^12 + x^5 + 1, least
significant bit first, initially 0).
"""

import re
from dataclasses import dataclass
from functools import cache

from gateway.errors import Mistake, ScanError, ScanFault, TagError
from gateway.tags import from_hex

_HEX = re.compile(r"[0-9A-Fa-f]*")
_ID_DIGITS, _CRC_DIGITS = 16, 4
_BITS_A_DIGIT = 4
_POLYNOMIAL = 0x8408
"""0x1021, reversed: the CRC goes through the bits of a byte from the lowest."""

_FDX_HEADER = "00000000001"
_HDX_HEADER = "01111110"
_ID_BITS, _CRC_BITS, _BYTE = 64, 16, 8
_FDX_DIGITS, _HDX_DIGITS = 32, 28

_RESERVED_BITS, _RESERVED_AT, _DATA_BLOCK_AT = 14, 49, 48
_RETAGGING_AT = 11


@dataclass(frozen=True, slots=True)
class TagCode:
    """The content of an animal tag's 64 bits.

    Attributes:
        number: the official number, 15 digits.
        reserved: bits 2 to 15, whose first three count how often the animal was tagged anew.
        data_block: bit 16: the tag holds data besides.
    """

    number: str
    reserved: int = 0
    data_block: bool = False

    @property
    def retagged(self) -> int:
        """Number of times that the animal got another tag of the same number, 0 to 7."""
        return self.reserved >> _RETAGGING_AT


def read_frame(digits: str) -> TagCode:
    """Read what a reader gives of a tag's bits, the first bit sent being the first digit's highest.

    Args:
        digits: 16 hexadecimal digits (the 64 bits); 20 (with their CRC, as a number or as it is
            sent); 32 (a whole telegram of FDX-B: header, control bits, trailer); or 28 (of HDX).

    Raises:
        ScanError: half a frame, a CRC that does not fit, or no animal's tag.
    """
    if not _HEX.fullmatch(digits):
        raise ScanError(ScanFault.UNREADABLE)
    if len(digits) == _FDX_DIGITS:
        digits = _unstuffed(_bits(digits))
    elif len(digits) == _HDX_DIGITS:
        digits = _unframed(_bits(digits), _HDX_HEADER)
    if len(digits) not in {_ID_DIGITS, _ID_DIGITS + _CRC_DIGITS}:
        raise ScanError(ScanFault.HALF, count=len(digits))
    code, crc = digits[:_ID_DIGITS], digits[_ID_DIGITS:]
    if crc and crc16(_lowest_first(code)) not in {int(crc, 16), _as_sent(crc)}:
        raise ScanError(ScanFault.CRC)
    return _code(code)


def crc16(data: bytes) -> int:
    """Return the CRC-16/KERMIT of bytes, as ISO 11785 has it, 0 to 65535."""
    register = 0
    for byte in data:
        register = register >> _BYTE ^ _table()[(register ^ byte) & 0xFF]
    return register


@cache
def _table() -> tuple[int, ...]:
    return tuple(_shifted(byte) for byte in range(1 << _BYTE))


def _shifted(register: int) -> int:
    for _ in range(_BYTE):
        register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
    return register


def _code(digits: str) -> TagCode:
    try:
        number = from_hex(digits)
    except TagError as error:
        raise ScanError(_FAULTS.get(error.mistake, ScanFault.UNREADABLE)) from error
    bits = int(_bits(digits)[::-1], 2)
    reserved = bits >> _RESERVED_AT & (1 << _RESERVED_BITS) - 1
    return TagCode(number, reserved, bool(bits >> _DATA_BLOCK_AT & 1))


_FAULTS = {Mistake.NOT_ANIMAL: ScanFault.NOT_ANIMAL, Mistake.COUNTRY: ScanFault.COUNTRY}


def _unstuffed(bits: str) -> str:
    """Take the control bits out of an FDX-B telegram: a 1 after every eight bits."""
    body = bits[len(_FDX_HEADER) :]
    blocks = [body[at : at + _BYTE + 1] for at in range(0, len(body), _BYTE + 1)]
    if any(block[_BYTE] != "1" for block in blocks):
        raise ScanError(ScanFault.FRAME)
    plain = "".join(block[:_BYTE] for block in blocks)
    return _unframed(bits[: len(_FDX_HEADER)] + plain, _FDX_HEADER)


def _unframed(bits: str, header: str) -> str:
    """Return the ID code and its CRC as 20 digits; the trailer is the user's own."""
    if not bits.startswith(header):
        raise ScanError(ScanFault.FRAME)
    body = bits[len(header) : len(header) + _ID_BITS + _CRC_BITS]
    return f"{int(body, 2):0{_ID_DIGITS + _CRC_DIGITS}X}"


def _bits(digits: str) -> str:
    return f"{int(digits, 16):0{len(digits) * _BITS_A_DIGIT}b}"


def _lowest_first(digits: str) -> bytes:
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in bytes.fromhex(digits))


def _as_sent(crc: str) -> int:
    return int(_bits(crc)[::-1], 2)
