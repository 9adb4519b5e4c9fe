from __future__ import annotations

from contextlib import nullcontext, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ScanError, ScanFault
from gateway.readers.frames import crc16, read_frame
from tests.gateway.test_tags import HEX

CRCS = {
    "6DB0840800F80001": "6BC5",
    "448823F25A6F0001": "FCDF",
    "8000000001A90001": "981D",
    "2858997D3B9F0001": "B70B",
}


def reversed_bits(digits):
    return f"{int(f'{int(digits, 16):0{len(digits) * 4}b}'[::-1], 2):0{len(digits)}X}"


def fdx_telegram(code, crc, trailer="000000"):
    """ISO 11785, FDX-B: header of 11 bits, then a control bit after each eight."""
    bits = f"{int(code + reversed_bits(crc) + trailer, 16):0104b}"
    blocks = "".join(bits[at : at + 8] + "1" for at in range(0, len(bits), 8))
    return f"{int('00000000001' + blocks, 2):032X}"


def hdx_telegram(code, crc, trailer="000000"):
    return f"{int('01111110', 2):02X}{code}{reversed_bits(crc)}{trailer}"


def test_crc16__the_catalogue_s_check_value__is_that_of_kermit():
    assert crc16(b"123456789") == 0x2189


@pytest.mark.parametrize(("code", "crc"), CRCS.items())
@pytest.mark.parametrize(
    "write",
    [
        lambda code, _: code,
        lambda code, crc: code + crc,
        lambda code, crc: (code + crc).lower(),
        lambda code, crc: code + reversed_bits(crc),
        fdx_telegram,
        lambda code, crc: fdx_telegram(code, crc, "ABCDEF"),
        hdx_telegram,
    ],
)
def test_read_frame__published_vectors_in_every_form__give_their_numbers(code, crc, write):
    assert read_frame(write(code, crc)).number == HEX[code]


CODE, CRC = "6DB0840800F80001", "6BC5"
TELEGRAM = fdx_telegram(CODE, CRC)


@pytest.mark.parametrize(
    ("digits", "fault", "count"),
    [
        ("", ScanFault.HALF, 0),
        (CODE[:15], ScanFault.HALF, 15),
        (CODE + "6", ScanFault.HALF, 17),
        (CODE + "6BC", ScanFault.HALF, 19),
        (TELEGRAM[:31], ScanFault.HALF, 31),
        (TELEGRAM + "0", ScanFault.HALF, 33),
        (CODE + "6BC4", ScanFault.CRC, None),
        (CODE + "0000", ScanFault.CRC, None),
        ("6DB0840800F90001" + CRC, ScanFault.CRC, None),
        ("1" + TELEGRAM[1:], ScanFault.FRAME, None),
        ("0" * 32, ScanFault.FRAME, None),
        (hdx_telegram(CODE, CRC).replace("7E", "7F", 1), ScanFault.FRAME, None),
        (fdx_telegram(CODE, "6BC4"), ScanFault.CRC, None),
        (hdx_telegram(CODE, "0000"), ScanFault.CRC, None),
        ("6DB0840800F80000", ScanFault.NOT_ANIMAL, None),
        ("8000000000000001", ScanFault.COUNTRY, None),
        ("8000000003FF0001", ScanFault.COUNTRY, None),
        ("6DB0840800G80001", ScanFault.UNREADABLE, None),
        ("६DB0840800F80001", ScanFault.UNREADABLE, None),
    ],
)
def test_read_frame__no_whole_frame_of_an_animal__says_why(digits, fault, count):
    with pytest.raises(ScanError) as caught:
        read_frame(digits)
    assert (caught.value.fault, caught.value.count) == (fault, count)


@given(st.integers(0, 127))
def test_read_frame__any_one_bit_of_a_telegram_wrong__never_gives_another_animal(place):
    wrong = f"{int(TELEGRAM, 16) ^ (1 << place):032X}"
    # The last 27 bits are the trailer, which is the user's, and its control bits.
    of_trailer = place < 27 and place % 9 != 0
    with nullcontext() if of_trailer else pytest.raises(ScanError, match=r"check sum|control bits"):
        assert read_frame(wrong).number == HEX[CODE]


@given(st.integers(0, 2**14 - 1), st.booleans())
def test_read_frame__reserved_bits_and_data_block__are_told(reserved, more):
    bits = 1 << 63 | reserved << 49 | more << 48 | 598 << 38 | 17
    code = read_frame(reversed_bits(f"{bits:016X}"))
    assert (code.number, code.reserved, code.data_block) == ("598000000000017", reserved, more)
    assert code.retagged == reserved >> 11


@given(st.text("0123456789ABCDEFabcdef", max_size=40))
def test_read_frame__any_digits__give_a_number_or_a_fault(digits):
    with suppress(ScanError):
        assert len(read_frame(digits).number) == 15
