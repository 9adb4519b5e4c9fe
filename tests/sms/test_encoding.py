from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.encoding import Count, Encoding, cost, count, outside_gsm7, simplify, split

GSM7, UCS2 = Encoding.GSM7, Encoding.UCS2

# Code points in the order of 3GPP TS 23.038, tables 6.2.1 and 6.2.1.1; FFFF is the escape.
SEPTETS = bytes.fromhex(
    "0040 00A3 0024 00A5 00E8 00E9 00F9 00EC 00F2 00C7 000A 00D8 00F8 000D 00C5 00E5"
    "0394 005F 03A6 0393 039B 03A9 03A0 03A8 03A3 0398 039E FFFF 00C6 00E6 00DF 00C9"
    "0020 0021 0022 0023 00A4 0025 0026 0027 0028 0029 002A 002B 002C 002D 002E 002F"
    "0030 0031 0032 0033 0034 0035 0036 0037 0038 0039 003A 003B 003C 003D 003E 003F"
    "00A1 0041 0042 0043 0044 0045 0046 0047 0048 0049 004A 004B 004C 004D 004E 004F"
    "0050 0051 0052 0053 0054 0055 0056 0057 0058 0059 005A 00C4 00D6 00D1 00DC 00A7"
    "00BF 0061 0062 0063 0064 0065 0066 0067 0068 0069 006A 006B 006C 006D 006E 006F"
    "0070 0071 0072 0073 0074 0075 0076 0077 0078 0079 007A 00E4 00F6 00F1 00FC 00E0"
).decode("utf-16-be")
ESCAPED = {
    0x0A: "\x0c", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\",
    0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "\u20ac",
}  # fmt: skip
GSM_CHARACTERS = SEPTETS.replace("\uffff", "") + "".join(ESCAPED.values())


def naive(text):
    """Encode and cut up for real, as a phone does, and count the pieces."""
    table = {c: bytes([n]) for n, c in enumerate(SEPTETS) if n != 0x1B}
    table |= {c: bytes([0x1B, n]) for n, c in ESCAPED.items()}
    if all(c in table for c in text):
        octets = b"".join(table[c] for c in text)
        return Count(GSM7, len(text), len(octets), pieces(octets, 160, 153, ends_in_escape))
    octets = text.encode("utf-16-be", "surrogatepass")
    return Count(UCS2, len(text), len(octets) // 2, pieces(octets, 140, 134, ends_in_half_pair))


def pieces(octets, single, part, is_cut_badly):
    if len(octets) <= single:
        return 1
    number = 0
    while octets:
        piece = octets[:part]
        if len(octets) > part and is_cut_badly(piece):
            piece = piece[: -1 if single == 160 else -2]
        octets = octets[len(piece) :]
        number += 1
    return number


def ends_in_escape(piece):
    return piece[-1] == 0x1B


def ends_in_half_pair(piece):
    return 0xD8 <= piece[-2] <= 0xDB


def near_limits(alphabet):
    """Texts of about 0 to 330 characters, most of them one repeated, so that limits are met."""
    return st.builds(
        lambda first, length, last: first * length + last,
        alphabet,
        st.integers(0, 330),
        st.lists(alphabet, max_size=12).map("".join),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Count(GSM7, 0, 0, 1)),
        ("a" * 160, Count(GSM7, 160, 160, 1)),
        ("a" * 161, Count(GSM7, 161, 161, 2)),
        ("a" * 306, Count(GSM7, 306, 306, 2)),
        ("a" * 307, Count(GSM7, 307, 307, 3)),
        ("€" * 80, Count(GSM7, 80, 160, 1)),
        ("€" * 152, Count(GSM7, 152, 304, 2)),
        ("€" * 153, Count(GSM7, 153, 306, 3)),
        ("a" * 152 + "€" + "a" * 151, Count(GSM7, 304, 305, 2)),
        ("a" * 152 + "€" + "a" * 152, Count(GSM7, 305, 306, 3)),
        ("ç" * 70, Count(UCS2, 70, 70, 1)),
        ("ç" * 71, Count(UCS2, 71, 71, 2)),
        ("ç" * 134, Count(UCS2, 134, 134, 2)),
        ("ç" * 135, Count(UCS2, 135, 135, 3)),
        ("🐖" * 35, Count(UCS2, 35, 70, 1)),
        ("🐖" * 66, Count(UCS2, 66, 132, 2)),
        ("🐖" * 67, Count(UCS2, 67, 134, 3)),
        ("a" * 159 + "€", Count(GSM7, 160, 161, 2)),
        ("a" * 153 + "€" + "a" * 151, Count(GSM7, 305, 306, 2)),
        ("a" * 305 + "€", Count(GSM7, 306, 307, 3)),
        ("ç" * 69 + "🐖", Count(UCS2, 70, 71, 2)),
        ("ç" * 66 + "🐖" + "ç" * 66, Count(UCS2, 133, 134, 3)),
        ("ç" * 67 + "🐖" + "ç" * 65, Count(UCS2, 133, 134, 2)),
        ("ç" + "🐖" * 66, Count(UCS2, 67, 133, 2)),
        ("\x1b", Count(UCS2, 1, 1, 1)),
        ("\t", Count(UCS2, 1, 1, 1)),
    ],
)
def test_count__published_limits__are_met(text, expected):
    assert count(text) == expected
    assert naive(text) == expected


def test_count__each_character_of_the_basic_plane__is_in_the_alphabet_of_the_standard():
    characters = [chr(point) for point in range(0x10000)]
    gsm7 = {c for c in characters if count(c).encoding is GSM7}
    assert gsm7 == set(GSM_CHARACTERS)
    assert all(count(c) == naive(c) for c in gsm7)


def test_count__characters_beyond_the_basic_plane__are_two_units_of_ucs2():
    characters = map(chr, range(0x10000, 0x110000, 0x101))
    assert all(count(c) == Count(UCS2, 1, 2, 1) for c in characters)


def test_alphabet__of_this_test__has_the_names_of_the_standard():
    # 3GPP TS 23.038, table 6.2.1: rows that programs get wrong, by name instead of code point.
    named = {
        0x09: "LATIN CAPITAL LETTER C WITH CEDILLA",
        0x0B: "LATIN CAPITAL LETTER O WITH STROKE",
        0x10: "GREEK CAPITAL LETTER DELTA",
        0x15: "GREEK CAPITAL LETTER OMEGA",
        0x1A: "GREEK CAPITAL LETTER XI",
        0x1E: "LATIN SMALL LETTER SHARP S",
        0x24: "CURRENCY SIGN",
        0x40: "INVERTED EXCLAMATION MARK",
        0x5F: "SECTION SIGN",
        0x60: "INVERTED QUESTION MARK",
        0x7F: "LATIN SMALL LETTER A WITH GRAVE",
    }
    assert {number: unicodedata.name(SEPTETS[number]) for number in named} == named
    assert (len(SEPTETS), len(set(GSM_CHARACTERS))) == (128, 137)


@given(near_limits(st.sampled_from(GSM_CHARACTERS)))
def test_count__gsm_text__equals_cutting_it_up(text):
    assert count(text) == naive(text)


@given(near_limits(st.one_of(st.sampled_from("ça🐖€"), st.characters())))
def test_count__any_text__equals_cutting_it_up(text):
    assert count(text) == naive(text)


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("“Pik” \u2013 i orait…", '"Pik" - i orait...'),
        ("K5\u00a0tasol", "K5 tasol"),
        ("l\u2019été à Lae", "l'été à Lae"),
        ("e\u0301te\u0301", "été"),
        ("über", "über"),
        ("“pik” 🐖", "“pik” 🐖"),
        ("ç" * 70 + "\u200b", "ç" * 70),
        ("ç" * 69 + "…", "ç" * 69 + "…"),
        ("ç…", "ç…"),
        ("…" * 154, "…" * 154),
        ("l`oto bilong Lae", "l'oto bilong Lae"),
        ("wan\u2028tu\u3000tri", "wan\ntu tri"),
    ],
)
def test_simplify__typographic_characters__change_only_where_it_saves(text, simple):
    assert simplify(text) == simple


@given(
    near_limits(
        st.one_of(st.sampled_from("“”`\u00b4\u2018\u2019\u2013…\u00a0aéç🐖"), st.characters())
    )
)
def test_simplify__any_text__never_costs_more_and_keeps_each_letter(text):
    def letters(value):
        return [
            c for c in unicodedata.normalize("NFD", value) if unicodedata.category(c)[0] in "LN"
        ]

    simple = simplify(text)
    assert count(simple).segments <= count(text).segments
    assert simplify(simple) == simple
    assert letters(simple) == letters(text)
    if simple != text:
        before, after = count(text), count(simple)
        assert after.segments < before.segments or (before.encoding, after.encoding) == (UCS2, GSM7)


@pytest.mark.parametrize(
    ("text", "outside"),
    [("Pik [1] €", ()), ("“pik” ¬ “pik”", ("“", "”", "¬")), ("`ç🐖`", ("`", "ç", "🐖"))],
)
def test_outside_gsm7__characters_that_force_ucs2__are_told_once_in_order(text, outside):
    assert outside_gsm7(text) == outside


@given(st.text(max_size=9))
def test_outside_gsm7__any_text__is_empty_for_gsm7_alone(text):
    assert bool(outside_gsm7(text)) is (count(text).encoding is UCS2)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("",)),
        ("  a\n", ("  a\n",)),
        ("a" * 160, ("a" * 160,)),
        ("€" * 80, ("€" * 80,)),
        ("ç" * 70, ("ç" * 70,)),
        ("a" * 160 + "\n", ("a" * 160,)),
        ("a" * 161, ("1/2 " + "a" * 156, "2/2 " + "a" * 5)),
        ("€" * 81, ("1/2 " + "€" * 78, "2/2 " + "€" * 3)),
        ("a" * 155 + "€" * 9, ("1/2 " + "a" * 155, "2/2 " + "€" * 9)),
        ("ç" * 71, ("1/2 " + "ç" * 66, "2/2 " + "ç" * 5)),
        ("ç" * 65 + "🐖" * 3, ("1/2 " + "ç" * 65, "2/2 " + "🐖" * 3)),
        ("a" * 156 + " " + "b" * 9, ("1/2 " + "a" * 156, "2/2 " + "b" * 9)),
        ("a" * 150 + " " + "b" * 10, ("1/2 " + "a" * 150, "2/2 " + "b" * 10)),
        ("a" * 150 + " \n " + "b" * 10, ("1/2 " + "a" * 150, "2/2 " + "b" * 10)),
        ("ç" * 65 + "e\u0301" + "ç" * 9, ("1/2 " + "ç" * 65, "2/2 e\u0301" + "ç" * 9)),
        ("ç" * 64 + " \u0301" + "ç" * 9, ("1/2 " + "ç" * 64 + " \u0301", "2/2 " + "ç" * 9)),
        ("ç" * 64 + "🇵🇬" + "ç" * 9, ("1/2 " + "ç" * 64, "2/2 🇵🇬" + "ç" * 9)),
        ("ç" * 63 + "👩🏾\u200d🌾" + "ç", ("1/2 " + "ç" * 63, "2/2 👩🏾\u200d🌾" + "ç")),
        ("e" + "\u0301" * 70, ("1/2 e" + "\u0301" * 65, "2/2 " + "\u0301" * 5)),
    ],
)
def test_split__text__is_cut_where_it_hurts_least(text, parts):
    assert split(text) == parts


def test_split__ten_parts__leave_room_for_the_longer_marker():
    nine, ten = split("a" * 156 * 9), split("a" * (156 * 9 + 1))
    assert (len(nine), nine[-1]) == (9, "9/9 " + "a" * 156)
    assert (len(ten), ten[0], ten[9][:6]) == (10, "1/10 " + "a" * 154, "10/10 ")


def test_split__sentence__keeps_its_words_whole():
    words = [f"{number:09}" for number in range(100)]
    parts = split(" ".join(words))
    assert [word for part in parts for word in part.split(" ")[1:]] == words
    assert {len(part.split(" ")) for part in parts[:-1]} == {16}


@given(near_limits(st.one_of(st.sampled_from("aç🐖€ \n\u0301\u200d🇬"), st.characters())))
def test_split__any_text__is_all_there_in_single_segments(text):
    parts, encoding = split(text), count(text).encoding
    assert all(count(part).segments == 1 for part in parts)
    if count(text).segments == 1:
        assert parts == (text,)
        return
    if len(parts) == 1:
        assert parts[0] == text.strip(" \t\r\n")
        return
    if encoding is UCS2:
        assert all(len(part.encode("utf-16-be", "surrogatepass")) <= 140 for part in parts)
    bodies = [part.removeprefix(f"{n}/{len(parts)} ") for n, part in enumerate(parts, start=1)]
    assert all(len(body) < len(part) for body, part in zip(bodies, parts, strict=True))
    # Between the parts there was nothing but white space.
    assert re.fullmatch(r"[ \t\r\n]*".join(["", *map(re.escape, bodies), ""]), text)


def test_cost__two_segments__is_twice_the_price():
    assert cost(count("a" * 161), Decimal("0.12")) == Decimal("0.24")
