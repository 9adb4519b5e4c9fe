"""Numbers of pigs in a text, and whether they count dead ones."""

from __future__ import annotations

import pytest

from services.livestock.domain.head_counts import count_of, count_of_sick, is_of_dead
from services.texts.spoken_words import lexicon


@pytest.mark.parametrize(
    ("text", "heads", "sick"),
    [
        ("my sow is sick and 3 pigs died", 3, None),
        ("mama pik i sik na tripela pik bilong mi i dai", 3, None),
        ("3 dead pigs", 3, None),
        ("5 pigs have fever, 2 died", None, 5),
        ("4 pigs vomiting blood and died", 4, 4),
        ("5 pigs, dead 2", 5, 5),
        ("pig 1262 died", None, None),
        ("2 pigs sick and 3 pigs sick", None, None),
    ],
)
def test_count__beside_pigs_or_a_death__is_of_the_sick_unless_they_died(text, heads, sick):
    reading = lexicon().read(text)
    assert (count_of(reading), count_of_sick(reading)) == (heads, sick)


@pytest.mark.parametrize(
    ("text", "heads", "of_dead"),
    [
        ("SICK 3 dead", 3, True),
        ("SICK 5 dead 2", 5, False),
        ("SICK 3, 3 died", 3, False),
        ("3 pigs sick, 3 pigs died", 3, False),
        ("SICK 3 fever", 3, False),
    ],
)
def test_number_of_a_report__of_dead_pigs__is_not_of_sick_ones(text, heads, of_dead):
    assert is_of_dead(text, heads) == of_dead
