from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.health.campaigns.model import NAMELESS, TextSize, Wording, render, size_of, sizes
from sms.encoding import Encoding

SAID = Wording({"en": "{name}: come", "tpi": "kam"}, NAMELESS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Maria Kaupa", "Maria: come"),
        (None, "friend: come"),
        ("", "friend: come"),
        ("Bartholomewsen", "Bartholomews: come"),
        ("\u0160imon", "Simon: come"),
        ("=SUM(A1)", "=SUM(A1): come"),
    ],
)
def test_render__names__are_first_names_that_keep_the_alphabet(name, expected):
    assert render(SAID, "en", name) == expected


def test_render__text_of_ucs2__keeps_the_letters_of_a_name():
    said = Wording({"en": "\u0142 {name}"}, NAMELESS)
    assert render(said, "en", "\u0160imon") == "\u0142 \u0160imon"


def test_render__no_name_in_the_text__is_the_text():
    assert render(SAID, "tpi", "Maria") == "kam"


def test_sizes__long_and_short_text__are_measured():
    assert size_of("xxx " * 79) == TextSize(Encoding.GSM7, 3, 3)
    assert sizes(SAID)("en", "Maria Kaupa") == TextSize(Encoding.GSM7, 1, 1)


@given(
    start=st.sampled_from(["", "\u0142"]),
    length=st.integers(0, 170),
    name=st.none()
    | st.text(max_size=14)
    | st.sampled_from(["\u33d8" * 12, "[" * 12, "\u20ac" * 9]),
)
def test_sized_by_name__no_name_can_make_a_text_longer__all_names_give_one_size(
    start, length, name
):
    said = Wording({"en": f"{start}{{name}} " + "x" * length}, NAMELESS)
    assert said.sized_by_name or sizes(said)("en", name) == sizes(said)("en", None)


def test_sized_by_name__text_near_the_end_of_a_segment__depends_on_the_name():
    assert Wording({"en": "come", "tpi": "{name} " + "x" * 112}, NAMELESS).sized_by_name
    assert not Wording({"en": "come", "tpi": "{name} " + "x" * 111}, NAMELESS).sized_by_name
