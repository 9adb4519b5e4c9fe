from __future__ import annotations

import io
import json
import sys

import pytest


@pytest.fixture
def typed(monkeypatch):
    """Put octets on standard input."""

    def put(octets: bytes):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets), "ascii"))

    return put


def test_sms_count__text_of_gsm7__is_told_in_four_lines(bilum):
    ended = bilum("sms", "count", "K5 [€]")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "encoding    GSM-7",
        "characters  6",
        "units       9 of 7 bits",
        "segments    1",
    ]


def test_sms_count__typographic_text__names_what_costs_and_the_saving(bilum):
    text = "\u201cpik\u201d " * 20
    ended = bilum("sms", "count", text)
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "encoding    UCS-2",
        "characters  120",
        "units       120 of 16 bits",
        "segments    2",
        "forces UCS-2: \u201c U+201C LEFT DOUBLE QUOTATION MARK",
        "forces UCS-2: \u201d U+201D RIGHT DOUBLE QUOTATION MARK",
        "simplified: GSM-7, 1 SMS",
        '"pik" ' * 20,
    ]


def test_sms_count__letters_that_must_stay__have_no_saving(bilum):
    ended = bilum("sms", "count", "ç\x01\u2029" + "ç" * 68)
    assert ended.out.splitlines()[3:] == [
        "segments    2",
        "forces UCS-2: ç U+00E7 LATIN SMALL LETTER C WITH CEDILLA",
        "forces UCS-2: U+0001",
        "forces UCS-2: U+2029 PARAGRAPH SEPARATOR",
    ]


def test_sms_count__json__holds_the_same_and_the_simplified_text(bilum):
    ended = bilum("sms", "count", "Pik\u2026", "--json")
    assert json.loads(ended.out) == {
        "encoding": "UCS-2",
        "characters": 4,
        "units": 4,
        "segments": 1,
        "outside_gsm7": [
            {"character": "\u2026", "code_point": "U+2026", "name": "HORIZONTAL ELLIPSIS"}
        ],
        "simplified": {
            "text": "Pik...",
            "encoding": "GSM-7",
            "characters": 6,
            "units": 6,
            "segments": 1,
        },
    }


def test_sms_count__json_of_what_has_no_name__says_null(bilum):
    told = json.loads(bilum("sms", "count", "\x01", "--json").out)
    assert told["outside_gsm7"] == [{"character": "\x01", "code_point": "U+0001", "name": None}]
    assert told["simplified"] is None


@pytest.mark.parametrize(
    ("octets", "characters"),
    [(b"", 0), (b"pik\n", 3), (b"pik\n\n", 4), (b"pik\r\n", 3), ("ç🐖".encode(), 2)],
)
def test_sms_count__standard_input__is_read_without_its_last_line_break(
    bilum, typed, octets, characters
):
    typed(octets)
    assert json.loads(bilum("sms", "count", "-", "--json").out)["characters"] == characters


def test_sms_count__input_that_is_no_utf8__is_wrong_usage(bilum, typed):
    typed(b"pik \xff")
    piped = bilum("sms", "count", "-")
    given = bilum("sms", "count", "pik \udcff")
    for ended in (piped, given):
        assert (ended.status, ended.out) == (2, "")
        assert "UTF-8" in ended.err
