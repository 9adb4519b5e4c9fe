"""Danger and disease in plain words, on texts that the lists of words were made with.

How many unseen texts are noticed is measured by `make corpus`.
"""

from __future__ import annotations

from time import process_time

import pytest

from services.health.danger.danger_words import read_danger
from services.livestock.domain.disease_words import Meaning, read_disease
from services.texts.spoken_words import lexicon
from tests.support.paths import ROOT

SPOKEN = ROOT / "tests" / "services" / "texts" / "phrasings"


def texts(name: str) -> list[str]:
    return (SPOKEN / f"{name}.txt").read_text("utf-8").splitlines()


def is_alarming(text: str) -> bool:
    told = read_disease(text)
    return told is not None and told.meaning is Meaning.REPORT


def danger(text: str) -> str | None:
    told = read_danger(text)
    return told and told.code


def test_disease__plain_words__are_noticed():
    missed = [text for text in texts("disease") if not is_alarming(text)]
    assert len(texts("disease")) >= 250
    assert missed == []


def test_disease__other_words__alarm_nobody():
    assert [text for text in texts("disease_no") if is_alarming(text)] == []


def test_danger__plain_words__are_noticed():
    told = [line.split("\t") for line in texts("danger")]
    assert len(told) >= 160
    assert [text for _, text in told if danger(text) is None] == []


def test_danger__other_words__are_no_danger():
    found = [read_danger(text) for text in texts("danger_no")]
    heard = [one for one in found if one is not None and one.code is not None]
    assert [one for one in heard if not one.asks] == []
    assert len(heard) <= len(found) / 10


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("my sugar is 2", "low_sugar"),
        ("suga bilong mi 28", "high_sugar"),
        ("sugar 400", "high_sugar"),
        ("sugar 90", None),
        ("sugar is 2 kina", None),
        ("2 kg sugar", None),
        ("mi laik dai long simuk", None),
        ("mi laik dai", "suicide"),
        ("my pigs died and i want to kill myself", "suicide"),
    ],
)
def test_danger__numbers_and_ways_of_speaking(text, code):
    assert danger(text) == code


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("ASF lol", Meaning.JEST),
        ("we saw a film about swine fever", Meaning.JEST),
        ("all my pigs are dead lol", Meaning.REPORT),
        ("is there swine fever?", Meaning.QUESTION),
        ("is it ASF if pigs have red ears and die?", Meaning.REPORT),
        ("why are my pigs dying?", Meaning.REPORT),
        ("sapos pik i sik bai mi mekim wanem", Meaning.QUESTION),
        ("my pig was sick but is well now", None),
        ("swine fever is a lie", None),
        ("3 pigs died", Meaning.REPORT),
    ],
)
def test_disease__joke_film_question_or_hearsay__is_what_it_is(text, meaning):
    told = read_disease(text)
    assert (told and told.meaning) == meaning


@pytest.mark.parametrize(
    ("text", "counted"),
    [("3 pigs died", True), ("3 pigs died why", False), ("3 pigs died with fever", False)],
)
def test_disease__so_many_deaths_and_no_more__is_left_to_the_command(text, counted):
    told = read_disease(text)
    assert told
    assert told.counted is counted


@pytest.mark.parametrize(
    "text",
    ["maybe sample 1359 blood S-17", "bai mi sampel 1359 blut S-17", "blood sample of pig 9"],
)
def test_disease__blood_in_a_tube__is_no_sign(text):
    assert read_disease(text) is None


def test_disease__blood_beside_a_sample__is_a_sign():
    told = read_disease("pig 1359 has blood from the nose, take a sample")
    assert told
    assert told.signs == ["bleeding"]


@pytest.mark.parametrize("text", ["blood vomit " * 60, "pig " * 400, "a" * 1600, "no " * 500, ""])
def test_reading__a_long_text__takes_no_long_time(text):
    read_disease(text)
    started = process_time()
    read_disease(text)
    read_danger(text)
    assert process_time() - started < 0.5


def test_lexicon__one_slip_in_a_long_word__is_read():
    words = ["diarrhoeae", "vommiting", "bleedng", "suicyde", "coughng"]
    lemmas = [one.word for one in lexicon().read(" ".join(words)).tokens]
    assert lemmas == ["scour", "vomit", "blood", "suicide", "cough"]
