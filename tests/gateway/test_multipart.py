"""Headers of parts, and texts of parts in any order."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import MalformedMessage
from gateway.multipart import ALONE, Part, PartPosition, join, read_header

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
# Labelled: header in hexadecimal, and which part it tells of.
HEADERS = {
    "none": ("", ALONE),
    "no elements": ("00", ALONE),
    "part 1 of 2": ("050003070201", PartPosition(7, 2, 1)),
    "part 2 of 2": ("050003070202", PartPosition(7, 2, 2)),
    "reference 255, part 255 of 255": ("050003ffffff", PartPosition(255, 255, 255)),
    "reference of 16 bits": ("0608040102 0302", PartPosition(258, 3, 2)),
    "ports before it": ("0b 0504 0b84 23f0 0003 07 02 01", PartPosition(7, 2, 1)),
    "ports behind it": ("0b 0003 07 02 01 0504 0b84 23f0", PartPosition(7, 2, 1)),
    "ports alone": ("06 0504 0b84 23f0", ALONE),
    "an element without octets": ("07 2400 0003 07 02 01", PartPosition(7, 2, 1)),
    "an unknown element": ("08 7001aa 0003 07 02 01", PartPosition(7, 2, 1)),
    "both kinds, the last one counts": ("0b 0003 07 02 01 0804 0102 0302", PartPosition(258, 3, 2)),
    "the same kind twice, the last one counts": (
        "0a 0003 07 02 01 0003 08 02 02",
        PartPosition(8, 2, 2),
    ),
    "one part of one": ("050003070101", PartPosition(7, 1, 1)),
    "part 0 is ignored": ("050003070200", ALONE),
    "part beyond the last is ignored": ("050003070203", ALONE),
    "no parts at all is ignored": ("050003070000", ALONE),
}
HALVES = {
    "shorter than it says": "0500030702",
    "longer than it says": "05000307020141",
    "its length alone": "05",
    "an element that ends beyond it": "0400030702",
    "an element without a length": "0100",
    "reference of 16 bits in the wrong element": "06 0004 01020302",
    "reference of 8 bits in the wrong element": "05 0803 070201",
    "an element of parts without octets": "02 0000",
}


@pytest.mark.parametrize(("header", "place"), HEADERS.values(), ids=HEADERS)
def test_read_header__as_phones_write_it__tells_which_part(header, place):
    assert read_header(bytes.fromhex(header)) == place


@pytest.mark.parametrize("header", HALVES.values(), ids=HALVES)
def test_read_header__half_a_header__is_refused(header):
    with pytest.raises(MalformedMessage, match="not whole") as caught:
        read_header(bytes.fromhex(header))
    assert caught.value.field == "udh"


@given(st.binary(max_size=300))
def test_read_header__any_octets__are_a_place_or_malformed(header):
    try:
        place = read_header(header)
    except MalformedMessage:
        return
    assert 1 <= place.number <= place.total <= 255
    assert 0 <= place.reference < 65_536


def part(number, total, raw, encoding="utf-8"):
    sender = "+67570000001"
    return Part(
        "kannel-sms", f"id{number}", sender, PartPosition(7, total, number), raw, encoding, NOW
    )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_join__any_order__is_one_text_under_one_key(order):
    parts = [part(1, 3, b"MOVE 1262 "), part(2, 3, b"13"), part(3, 3, b"59 TO 1165")]
    whole = join([parts[place] for place in order], NOW)
    assert (whole.text, whole.key, whole.complete) == ("MOVE 1262 1359 TO 1165", "id1", True)


@pytest.mark.parametrize("cut", range(1, 8))
def test_join__character_divided_between_parts__is_whole(cut):
    raw = "a🐖b🐖".encode("utf-16-be")
    whole = join([part(2, 2, raw[cut:], "utf-16-be"), part(1, 2, raw[:cut], "utf-16-be")], NOW)
    assert whole.text == "a🐖b🐖"


def test_join__parts_in_several_encodings__are_each_decoded_in_its_own():
    raws = [part(1, 3, "Ŋ".encode()), part(2, 3, "🐖".encode("utf-16-be"), "utf-16-be")]
    assert join([*raws, part(3, 3, b"\xe9", "latin-1")], NOW).text == "Ŋ🐖é"


@pytest.mark.parametrize(
    ("there", "text", "key"),
    [
        ((1,), "a [...] ", "id1"),
        ((2,), " [...] b [...] ", "id2"),
        ((1, 3), "a [...] c", "id1"),
        ((2, 3), " [...] bc", "id2"),
    ],
)
def test_join__parts_missing__shows_where_and_is_not_complete(there, text, key):
    parts = [part(number, 3, b"abc"[number - 1 : number]) for number in there]
    found = join(parts, NOW)
    assert (found.text, found.key, found.complete) == (text, key, False)


def test_part__repr__shows_neither_number_nor_words():
    shown = repr(part(1, 2, b"mi sik"))
    assert "mi sik" not in shown
    assert "7570" not in shown


@given(
    st.lists(st.binary(max_size=20), min_size=1, max_size=5),
    st.sampled_from(["utf-8", "utf-16-be"]),
)
def test_join__arbitrary_octets__are_a_text(raws, encoding):
    parts = [part(number, len(raws), raw, encoding) for number, raw in enumerate(raws, 1)]
    assert join(parts, NOW).text == b"".join(raws).decode(encoding, "replace")
