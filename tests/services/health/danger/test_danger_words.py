"""The lexicon of danger: members' words, harmless ones, mechanical changes, and its speed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.health.danger.danger_lexicon import (
    dangers,
    lexicon_languages,
    lexicon_version,
    normal_words,
)
from services.health.danger.danger_words import read_danger
from services.texts.catalogue import LANGUAGES, template
from tests.corpus.danger_variants import rows

LINES = (Path(__file__).parent / "danger_development.tsv").read_text("utf-8").splitlines()
ROWS = [line.split("\t") for line in LINES if not line.startswith("#")]
# Least shares of the phrases of shipped courses that are heard, by a change's name.
LEAST = {
    "one letter wrong in a word of 5 or more": 0.88,
    "long: lo": 0.9,
    "my: my mum's": 0.88,
    # Two courses listen for harm by the member's own tablets.
    "of papa in place of me": 0.9,
}


def danger(text: str) -> str | None:
    told = read_danger(text)
    return told and told.code


@pytest.mark.parametrize("language", ["en", "tpi"])
def test_danger__as_members_write_it__is_heard(language):
    told = [(code, text) for code, spoken, text in ROWS if spoken == language and code != "-"]
    missed = [(code, text) for code, text in told if danger(text) is None]
    assert len(told) >= 200
    assert missed == []


@pytest.mark.parametrize("language", ["en", "tpi"])
def test_harmless__as_members_write_it__is_no_danger(language):
    told = [text for code, spoken, text in ROWS if spoken == language and code == "-"]
    assert len(told) >= 100
    assert [text for text in told if danger(text) is not None and not read_danger(text).asks] == []


@pytest.mark.slow
def test_phrases_of_courses__rewritten_as_phones_write_them__are_heard():
    found = {f"{row.change.language} {row.change.name}": row for row in rows()}
    assert len(found) == 16
    below = {
        name: row.missed
        for name, row in found.items()
        if row.heard < LEAST.get(row.change.name, 0.93) * row.phrases
    }
    assert below == {}


@pytest.mark.parametrize(
    "word", ["raped", "suicidal", "unconscious", "fitting", "gramoxone", "snakebite"]
)
def test_one_word__that_is_a_danger__is_heard(word):
    assert danger(word) is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("my sugar reading is 2", "low_sugar"),
        ("sugar 2,8", "low_sugar"),
        ("suga blo mi 28", "high_sugar"),
        ("28 mmol", "high_sugar"),
        ("sugar 45 mg/dl", "low_sugar"),
        ("glucose 420", "high_sugar"),
        ("meter shows 31", "high_sugar"),
        ("my sugar is 6.5", None),
        ("sugar 2 kina", None),
        ("2 spoons of sugar", None),
        ("is my sugar too low at 4.5", None),
        ("sugar for 2 days", None),
        ("fasting 19.3", "high_sugar"),
        ("21.7 before food", "high_sugar"),
        ("2.4 what do i eat", "low_sugar"),
        ("baby 3.2 kg at the clinic test", None),
        ("my number is 12", None),
        ("sugar clinic is on 22 december", None),
        ("sugar check on the 23rd", None),
        ("sugar test tuesday 24 nov", None),
        ("suga klinik long de 22", None),
        ("bai mi go skelim suga long 25", None),
        ("go sekim suga long mun 2", None),
        ("suga ken 20 i stap long gaden", None),
        ("sugar tablets 30 left", None),
        ("sugar on the machine is 22", "high_sugar"),
        ("they checked my sugar and it is 24", "high_sugar"),
        ("suga i kam daun long 2", "low_sugar"),
        ("my sugar is 32 after coffee", "high_sugar"),
        ("sugar 2.1 i bought juice at the store what now", "low_sugar"),
        ("suga bilong mi 2 mi dringim ti nau", "low_sugar"),
        ("mi baim masin na suga bilong mi em 30", "high_sugar"),
        ("my sugar at the clinic is 30", "high_sugar"),
        ("my sugar on monday was 25", "high_sugar"),
        ("sugar today 22", "high_sugar"),
        ("after tea sugar 28", "high_sugar"),
        ("bihain long ti suga 29", "high_sugar"),
        ("mi gat suga, neks klinik long 28", None),
        ("suga nau mi putim 1 tasol", None),
        ("suga bilong mi long moning i kam daun tru long 2", "low_sugar"),
        ("suga i orait, mi bai kam bek long 28", None),
        ("suga i 28 bai mi mekim wanem", "high_sugar"),
        ("sugar without tablets is 28", "high_sugar"),
        ("suga long klinik em 29", "high_sugar"),
        ("my sugar 2.5 team of nurses come", "low_sugar"),
        ("mi lapun suga bilong mi 25 krismas bilong mi 60", "high_sugar"),
    ],
)
def test_number__of_a_reading_of_sugar__is_read_with_its_unit(text, code):
    assert danger(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "we paddled to the island and sewed curtains",
        "slugs ate my lettuce",
        "he looked at me like a puppy",
        "I'll be there",
        "i cant see the point of this form",
        "my cat had six kittens, one came feet first",
    ],
)
def test_everyday_words__near_words_of_danger__are_no_danger(text):
    assert danger(text) is None


def test_slip__between_words_of_one_meaning__is_mended():
    assert danger("my boy drnk kerosene") in {"poison", "child_poison"}


def test_replies__of_every_danger__are_there_in_each_language():
    assert all(template(f"danger.{code}", one) for code in dangers() for one in LANGUAGES)
    assert {one.urgency for one in dangers().values()} == {"now", "today"}


def test_version__of_a_language__covers_its_words_and_no_other_language_has_one():
    assert set(lexicon_languages()) == {"en", "tpi"}
    english, pidgin = lexicon_version("en"), lexicon_version("tpi")
    assert english.version == pidgin.version
    assert len(english.digest) == 32
    assert english.digest != pidgin.digest
    assert lexicon_version("fr") is None


def test_normal_words__of_a_phrase__are_the_same_however_it_is_spelt():
    assert normal_words("I cant breathe") == normal_words("i cannot breathe")
    assert normal_words("bros blo mi i pen") == normal_words("Bros bilong mi pen!")


@pytest.mark.parametrize(
    "text",
    [
        "no phone credit, my husband is not breathing",
        "no phone credit my husband is not breathing",
        "i have no money and my chest hurts since morning",
        "not sick before but now he cannot breathe",
        "no road no car, my wife is bleeding plenty after birth",
        "dont know what to do my son drank kerosene",
        "she never complains but now her mouth is crooked",
        "we have no doctor. i want to kill myself",
    ],
)
def test_danger__beside_a_denial_of_something_else__is_heard(text):
    assert danger(text) is not None


@pytest.mark.parametrize("filler", ["thank you ", "a ", "chest ", "i am fine. ", "pain? ", "no. "])
def test_danger__at_the_end_of_a_long_text__is_heard(filler):
    text = f"{filler * (440 // len(filler))}my husband is not breathing"
    assert len(text) <= 480
    assert danger(text) is not None
