"""The unseen texts of members hold their shape, and the score on them may only rise."""

from collections import Counter

import pytest

from tests.corpus.health_score import ASKED, FITTING, counted, heard, read_health_floor, score
from tests.corpus.health_slips import file_of
from tests.corpus.health_texts import (
    DANGER,
    LANGUAGES,
    ORDINARY,
    TWIN,
    UNSURE,
    health_texts,
    slips_file,
)

ONE_SMS = 160


def counts(language):
    return Counter(
        (one.label, bool(one.slip)) for one in health_texts() if one.language == language
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts__of_a_language__are_enough(language):
    found = counts(language)
    assert found[DANGER, False] + found[DANGER, True] >= 600
    assert found[DANGER, True] <= found[DANGER, False]
    assert found[TWIN, False] >= 400
    assert found[ORDINARY, False] >= 1000


def test_texts__of_a_language__stand_once_and_fit_one_sms():
    found = Counter((one.language, one.text) for one in health_texts())
    assert [text for text, count in found.items() if count > 1] == []
    assert [one.text for one in health_texts() if len(one.text) > ONE_SMS] == []


def test_texts__of_each_class__are_dangers_and_twins_in_both_languages():
    found = {
        (language, label): {
            one.danger for one in health_texts() if (one.language, one.label) == (language, label)
        }
        for language in LANGUAGES
        for label in (DANGER, TWIN)
    }
    assert found == dict.fromkeys(found, found["en", DANGER])


@pytest.mark.parametrize("language", LANGUAGES)
def test_slips__of_a_language__are_what_the_script_writes(language):
    assert slips_file(language).read_text(encoding="utf-8") == file_of(language)


@pytest.mark.slow
def test_score__every_text__is_not_below_the_floor():
    floor, found = read_health_floor(), counted(score())
    for language in LANGUAGES:
        hits = {group: told for group, (told, _) in found[language].items()}
        assert hits["by_hand"] >= floor[language]["by_hand"]
        assert hits["misspelt"] >= floor[language]["misspelt"]
        assert hits[TWIN] <= floor[language][TWIN]
        assert hits[ORDINARY] <= floor[language][ORDINARY]
        assert hits[ASKED] <= floor[language][ASKED]


@pytest.mark.slow
def test_score__unsure_texts__are_not_counted():
    whole = sum(
        all_of
        for groups in counted(score()).values()
        for group, (_, all_of) in groups.items()
        if group != ASKED
    )
    assert whole == sum(one.label != UNSURE for one in health_texts())


def test_heard__command_of_pigs__is_no_danger():
    assert heard("SICK 1262 chest pain", "en") is None


def test_advice__of_every_class__is_declared():
    assert {one.danger for one in health_texts() if one.label == DANGER} == FITTING.keys()
