from __future__ import annotations

import pytest

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


def test_personal__tells_whether_a_name_stands_in_any_language():
    assert SAID.personal
    assert not Wording({"en": "come"}, NAMELESS).personal
