"""Keywords are looked up by their first letters, and none is lost by it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.grammar import Phrase
from gateway.keywords import index_of, keyword_at, keywords_of, language_in
from tests.gateway.phrase_book import HEALTH, LIVESTOCK, WATER

SPOKEN = Phrase(
    "spoken",
    {
        "en": (
            "I SOLD",
            "I",
            "I W",
            "IN",
            "ME",
            "TAG LOST",
            "TAG-LOST",
            "1",
            "1 2",
            "O'CLOCK",
            "'NO",
        ),
        "tpi": ("MI SALIM", "MI", "M", "NAMBA I LUS", "I STAP WE", "I GO NA I KAM"),
    },
    loose=True,
)
KEYWORDS = [
    word for phrase in (*LIVESTOCK, *HEALTH, *WATER, SPOKEN) for word in keywords_of(phrase, ())
]
INDEX = index_of(KEYWORDS)
BETWEEN = st.text(" ._-'\n", max_size=3)
PIECES = [*"iomst12", "\u0130", "\u017f", "\u00df", *(one.words for one in KEYWORDS)]


@given(
    st.lists(st.sampled_from(PIECES), max_size=3),
    BETWEEN,
    BETWEEN,
    st.sampled_from([str.upper, str.lower, str.title]),
)
@example([], "", "", str.upper)
@example(["i sold"], " " * 200, "", str.upper)
def test_standing__whatever_is_between_letters__finds_what_trying_every_keyword_finds(
    pieces, apart, between, case
):
    text = case(between.join(pieces).replace(" ", apart))
    tried = ((keyword, keyword.end(text, 0)) for keyword in KEYWORDS)
    assert keyword_at(INDEX, text, 0) == [(one, end) for one, end in tried if end is not None]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my child has fever and cannot drink", "en"),
        ("pikinini bilong mi i hat na no dring", "tpi"),
        ("Hello, who is this?", "en"),
        ("gude, yu husat", "tpi"),
        ("mi sik", "tpi"),
        ("1262", None),
        ("xyzzy i no go", None),
    ],
)
def test_language_in__small_words_of_a_text__decide(text, language):
    assert language_in(text) == language
