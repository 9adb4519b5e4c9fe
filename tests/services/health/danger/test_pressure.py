"""Blood pressure as people type it: the reading, and what it asks for."""

from __future__ import annotations

import pytest

from services.health.danger.danger_words import read_danger
from services.health.danger.pressure import Pressure, danger_of_pressure, reading_of

READINGS = (
    ("190/110", (190, 110)),
    ("my pressure is 186 / 112 today", (186, 112)),
    ("presa bilong mi 200 antap long 120", (200, 120)),
    ("bp 185 115", (185, 115)),
    ("presa i 190 na 105", (190, 105)),
    ("blood pressure 180 over 110", (180, 110)),
    ("my bp is 210", (210, 0)),
    ("it was 190/110, now it is 132/84", (132, 84)),
    ("25/11", None),
    ("7/10", None),
    ("k200/150 for the pig", None),
    ("OK 104276 200", None),
    ("bp tablets, 3 boxes", None),
    ("my number is 71234567", None),
)
DANGERS = (
    ("190/110", "high_pressure"),
    ("my pressure is 182/90", "high_pressure"),
    ("150/112", "high_pressure"),
    ("179/109", None),
    ("bp 150/95 and my head hurts", None),
    ("190/112 and a bad headache", "pressure_signs"),
    ("presa 200/120 na ai i no klia", "pressure_signs"),
    ("190/120 i cannot see well", "pressure_signs"),
    ("my number 190/110 no headache", "high_pressure"),
    ("i am pregnant, 150/95", "high_pressure"),
    ("i am pregnant 145/92 with headache", "pressure_signs"),
    ("mi gat bel na presa 165/105", "pressure_signs"),
    ("i am pregnant 120/80 and dizzy", None),
)
# In a whole text other dangers may come first, and what is over or of pigs counts no more.
IN_TEXTS = (
    ("chest pain and 190/120", "chest_pain"),
    ("200/120 last year", None),
    ("pig 200/150", None),
    ("the machine says 190/110", "high_pressure"),
    ("my pressure reading is 60/40", None),
    ("sugar 120/80", None),
)


@pytest.mark.parametrize(("text", "numbers"), READINGS)
def test_reading__as_people_type_it__is_the_last_pair_of_numbers(text, numbers):
    assert reading_of(text) == (Pressure(*numbers) if numbers else None)


@pytest.mark.parametrize(("text", "code"), DANGERS)
def test_danger__of_a_reading__goes_by_signs_and_pregnancy(text, code):
    assert danger_of_pressure(text) == code


@pytest.mark.parametrize(("text", "code"), IN_TEXTS)
def test_danger__in_a_whole_text__has_its_place_among_others(text, code):
    told = read_danger(text)
    assert (told.code if told else None) == code
