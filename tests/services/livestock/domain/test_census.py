from __future__ import annotations

from datetime import date

import pytest

from services.livestock.domain.census import (
    CensusArea,
    CountAnswer,
    chased_from,
    differs,
    listed_from,
    read_count,
)

SURE = {
    "12": 12, " 12. ": 12, "0": 0, "12 pigs": 12, "i have 12 pigs": 12, "mi gat 12 pik": 12,
    "only 3": 3, "tripela": 3, "three pigs": 3, "12pik": 12, "9999": 9999, "we keep 5": 5,
    "olgeta 7": 7,
}  # fmt: skip
UNSURE = {
    "around 12": 12, "about 12 pigs": 12, "maybe 12": 12, "klostu 20": 20, "ating 5": 5,
    "none": 0, "nogat": 0, "no 12": 12, "12 or more": 12, "samting 6": 6,
}  # fmt: skip
OTHERS = [
    "", "hello", "1262", "482193", "598000000000017", "12 died", "12 pigs 2 sick", "3 weeks ago",
    "yes", "no", "MOB 12", "70000001", "12 25", "my pig is sick", "stop", "12.5",
]  # fmt: skip


@pytest.mark.parametrize(("text", "heads"), SURE.items())
def test_read_count__number_alone__is_sure(text, heads):
    assert read_count(text) == CountAnswer(heads)


@pytest.mark.parametrize(("text", "heads"), UNSURE.items())
def test_read_count__doubt_or_none__wants_a_yes(text, heads):
    assert read_count(text) == CountAnswer(heads, sure=False)


@pytest.mark.parametrize("text", ["?", "12?", "12 pigs ?", "??"])
def test_read_count__question__asks(text):
    assert read_count(text).asks


@pytest.mark.parametrize("text", [one for one in OTHERS if one != "1262"])
def test_read_count__another_message__is_no_count(text):
    assert read_count(text) is None


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ((None, None), ("Jiwaka", "North Waghi"), True),
        (("Jiwaka", None), ("Jiwaka", "North Waghi"), True),
        (("Jiwaka", "north waghi"), ("Jiwaka", "North Waghi"), True),
        (("Jiwaka", "Jimi"), ("Jiwaka", "North Waghi"), False),
        (("Jiwaka", None), ("Enga", None), False),
    ],
)
def test_meets__areas__tell_common_ground(one, other, meets):
    assert CensusArea(*one).meets(CensusArea(*other)) is meets
    assert CensusArea(*other).meets(CensusArea(*one)) is meets


@pytest.mark.parametrize(
    ("heads", "known", "differing"), [(3, 0, False), (3, 3, False), (2, 3, True), (0, 3, True)]
)
def test_differs__count_and_book__contradict_where_the_book_knows_pigs(heads, known, differing):
    assert differs(heads, known) is differing


def test_days__short_census__lists_the_silent_before_it_ends():
    first, last = date(2026, 11, 25), date(2026, 12, 1)
    assert chased_from(first, 7) == date(2026, 12, 2)
    assert listed_from(first, last, 7) == last
