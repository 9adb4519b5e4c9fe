"""The second reader: it adds and withholds dangers, says why, and has learned from the examples."""

from __future__ import annotations

from collections import Counter

import pytest

from services.health.danger.danger_lexicon import lexicon_languages, limits_of, main_language
from services.health.danger.danger_words import read_danger
from services.health.danger.examples import DANGER, LABELS, examples_of, weights_file
from services.health.danger.fitting import Block, Point, fit
from services.health.danger.learning import made_from
from services.health.danger.rule_reading import read_by_rules
from services.health.danger.second_reader import (
    Weights,
    read_weights,
    second_reader,
    write_weights,
)
from services.health.danger.text_features import Meant, pairs_of, parts_of, words_of

# Section 1.1 of the clinical review: what people wrote, and were answered with a pig's command.
CRIES = [
    "mobeta mi dai",
    "my baby died",
    "I lost my baby",
    "I have no insulin left",
    "my sugar reading is 2",
    "suga blo mi daun tru",
    "mi guria na skin i hat",
    "I'm bleeding, 8 months pregnant",
    "I was raped",
    "I am scared to go home",
    "I'm bleeding too much",
    "mi laik indai",
    "I cant breath",
    "lips are turning blue",
    "puffer finished",
    "ol i tok mi sanguma",
]


def danger(text):
    told = read_danger(text)
    return told and told.code


@pytest.mark.parametrize("text", CRIES)
def test_cry__of_the_clinical_review__is_heard(text):
    assert danger(text) is not None


@pytest.mark.parametrize("text", ["suicidal", "raped", "no insulin", "unconscious", "gramoxone"])
def test_few_words__that_speak_for_danger__are_told_at_once(text):
    told = read_danger(text)
    assert told.code == read_by_rules(text).code
    assert not told.asks


def test_few_words__that_the_rules_mended_into_danger__are_asked_about():
    assert read_danger("repeat").asks


@pytest.mark.parametrize("language", lexicon_languages())
def test_weights__of_a_language__are_those_of_its_examples_and_rules(language):
    """Run `bilum danger learn` after a change of the lexicon or of the examples."""
    written = weights_file(language).read_text("utf-8")
    assert read_weights(written).made_from == made_from(language)
    assert write_weights(read_weights(written)) == written
    assert len(written) < 400_000


@pytest.mark.parametrize("language", lexicon_languages())
def test_examples__of_a_language__stand_once_and_under_a_danger(language):
    texts = [one.text for one in examples_of(language)]
    assert len(texts) == len(set(texts))
    assert {one.label for one in examples_of(language)} == set(LABELS)


@pytest.mark.slow
@pytest.mark.parametrize("language", lexicon_languages())
def test_second_reader__of_examples__hears_more_dangers_and_calls_less_for_nothing(language):
    found = Counter()
    for one in examples_of(language)[::9]:
        told, kind = read_danger(one.text), one.label == DANGER
        found[kind, "rules"] += read_by_rules(one.text).code is not None
        found[kind, "heard"] += told is not None and told.code is not None
        found[kind, "told"] += told is not None and told.code is not None and not told.asks
    assert found[True, "heard"] > found[True, "rules"]
    assert 2 * found[False, "told"] < found[False, "rules"]


def test_limits__of_each_language__ask_before_they_tell():
    for language in lexicon_languages():
        found, alone = limits_of(language)
        assert found.asks < found.tells < alone.tells
        assert found.asks < alone.asks < alone.tells


def test_why__of_a_text__is_what_its_score_is_the_sum_of():
    text = "the old man next door has had no food and no fire since Sunday and nobody goes to him"
    told, reader = read_by_rules(text), second_reader("en")
    weighed = reader.why(text, told)
    assert sum(one.weight for one in weighed) == pytest.approx(reader.score(text, told))
    assert abs(weighed[0].weight) >= abs(weighed[-1].weight)


def test_danger__of_no_words__is_none():
    assert read_danger("") is None
    assert read_danger("...") is None


def test_language__of_a_text__is_the_one_most_of_it_is_in():
    assert main_language("bros bilong mi i pen") == "tpi"
    assert main_language("my chest is hurting") == "en"


def test_features__of_a_text__are_words_their_parts_and_meanings():
    assert list(words_of("Sugar 2,4 or 24?? on day 6, 1359 ok")) == [
        *("sugar", "#.low", "or", "#high", "?", "?", "on", "day", "#fine", "0000", "ok")
    ]
    assert list(parts_of("at")) == ["~ at", "~at ", "~ at "]
    near = [Meant(0, "child"), Meant(2, "swallow"), Meant(9, "pills")]
    assert pairs_of(near) == {"child+swallow"}


def test_fit__of_parted_points__parts_them_the_same_way_each_time():
    sides = [([0, 2], 1), ([0, 3], 1), ([1, 2], -1), ([1, 3], -1)]
    points = [Point([Block(features, 0.7)], side, 1.0) for features, side in sides]
    weights = fit(points, 4)
    assert weights[0] > 0 > weights[1]
    assert weights == fit(points, 4)


def test_weights__written_and_read__are_the_same():
    weights = Weights("ab", {"died": 120, "~die": -3}, {"died": {"loss": 7}, "baby": {"loss": 2}})
    assert read_weights(write_weights(weights)) == weights


def test_command__why__prints_the_score_and_what_weighed(bilum):
    printed = bilum("danger", "why", "the old man next door has no food and nobody goes to him").out
    assert "heard: self_neglect" in printed
    assert "found:self_neglect" in printed
    assert "score: " in printed
