"""The parser on arbitrary text: never an exception, always bounded work."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from gateway.grammar import Understood
from gateway.keyword_suggestions import typing_errors
from tests.gateway.phrase_book import BOOK

WORDS = ["REG", "raitim", "MOVE", "dai", "long", "104276", "20468", "982 000123456789", "25/11"]
NOISE = [" ", "\n", ",", "-", ":", "\u2019", "\x00", "\ud800", "O", "l", "+", "_", "\u0301", "1"]
ANY_CHARACTER = st.characters(exclude_categories=[])


@given(st.text(ANY_CHARACTER) | st.lists(st.sampled_from(WORDS + NOISE)).map("".join))
@example("\ud800\udfff")
@example("A" * 10_000)
@example("\x00" * 10_000)
@example("+_" * 5_000)
def test_parse__any_text__never_raises(text):
    found = BOOK.parse(text, None)
    assert found.language in {"en", "tpi"}
    if isinstance(found, Understood):
        assert set(found.arguments) == {argument.name for argument in found.phrase.arguments}


@given(st.binary(max_size=200))
def test_parse__any_bytes_as_latin_1__never_raises(raw):
    assert BOOK.parse(raw.decode("latin-1"), "en").language


@given(st.sampled_from(["REG {}", "reg:{}", "{}\nREG", "Reg.{} ,"]), st.integers(10, 9999))
def test_parse__case_and_separators__decide_nothing_where_a_tag_is_wrong(form, number):
    found = BOOK.parse(form.format(number), None)
    if isinstance(found, Understood):
        assert number % 97 == 1


HARD = {
    "many tags": "MOVE " + "104276 " * 1400,
    "many tags, no place": "MOVE " + "104276," * 1400 + "!x",
    "digits": "1" * 10_000,
    "letters": "a" * 10_000,
    "fillers": "long i go " * 1000,
    "separators": "REG" + " -_" * 3000 + "x",
    "letters for digits": "REG " + "Il O" * 2500,
    "hexadecimal": "OK " + "6DB0840800F80001 " * 600,
    "receipt": "RISIT " + "A-" * 5000,
    "scheme": "REG animal:" + "." * 9000,
    "expanding": "\ufdfa" * 10_000,
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_parse__long_text__takes_bounded_work(text):
    started = time.process_time()
    for _ in range(5):
        BOOK.parse(text, None)
    assert time.process_time() - started < 5 * 0.05


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", 0),
        ("a", "", 1),
        ("raitim", "riatim", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
    ],
)
def test_distance__known_pairs__are_right(one, other, expected):
    assert OSA.distance(one, other) == OSA.distance(other, one) == expected


@given(st.text("abc", min_size=5, max_size=8), st.text("abc", min_size=6, max_size=8))
def test_edits__quick_refusals__refuse_nothing_that_is_near(written, keyword):
    apart = OSA.distance(written, keyword)
    assert typing_errors(written, keyword) == (apart if apart <= 2 else None)
