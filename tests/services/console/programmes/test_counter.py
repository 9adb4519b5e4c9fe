"""The counter of a text: room, segments, and the price of one more letter."""

from __future__ import annotations

import pytest

from services.console.programmes.counter import size_of
from services.console.programmes.marked import marked
from sms.encoding import count

VALUES = {"name": "M" * 12}


@pytest.mark.parametrize(
    ("text", "units", "room", "segments", "left"),
    [
        ("", 0, 160, 1, 160),
        ("x" * 160, 160, 160, 1, 0),
        ("x" * 161, 161, 306, 2, 145),
        ("€" * 80, 160, 160, 1, 0),
        ("ŋ" * 70, 70, 70, 1, 0),
        ("ŋ" + "x" * 70, 71, 134, 2, 63),
        ("{name}" + "x" * 148, 160, 160, 1, 0),
        ("{other}", 9, 160, 1, 151),
    ],
)
def test_size__of_a_text__is_that_of_the_carrier(text, units, room, segments, left):
    size = size_of(text, VALUES, 25)
    assert (size.units, size.room, size.segments, size.left) == (units, room, segments, left)
    assert (size.toea, size.then) == (25 * segments, 25)
    filled = text.format(**VALUES) if text == text.replace("{other}", "") else text
    assert count(filled + "x" * left).segments == segments
    assert count(filled + "x" * (left + 1)).segments == segments + 1


def test_marked__texts_that_are_alike__differ_in_words_and_others_as_a_whole():
    old, new = marked("Drink a cup of water now.", "Drink a glass of water now.")
    assert [one.text for one in old if one.differs] == ["cup"]
    assert [one.text for one in new if one.differs] == ["glass"]
    for text, runs in zip(
        ("Drink a cup of", "Drink a glass of"), marked("a b", "c d"), strict=True
    ):
        assert len(runs) == 1, text
        assert runs[0].differs
    assert "".join(one.text for one in new) == "Drink a glass of water now."
