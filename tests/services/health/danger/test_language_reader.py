"""Danger in Tok Pisin: possessors in phrases, slips, denials, subjects; and the lexicon."""

from __future__ import annotations

import pytest

from services.health.danger.danger_lexicon import own_readers
from services.health.danger.danger_words import read_danger
from services.health.danger.senses import Meanings
from services.health.danger.slips import KnownWords
from tests.corpus.health_score import heard

LISTS = {"passing": "i long bilong tru", "turns": "na", "common": "wara", "hiding": "idiom"}


def danger(text: str) -> str | None:
    told = read_danger(text)
    return told and told.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bros bilong pikinini meri bilong mi i pen", "chest_pain"),
        ("suag blo mi 28", "high_sugar"),
        ("midring gramoxone", "poison"),
        ("bros i no pen", None),
        ("mi no dai yet ha ha", None),
        ("bebi i no dringim kerosin", None),
        ("em i no toktok na i pundaun", "unconscious"),
        ("em i dringim kerosin. em i orait", "poison"),
        ("pen i stap long bros bipo", None),
        ("win bilong bal i pinis", None),
        ("pik bilong mi i pundaun na i no kirap", None),
        ("1359 i no kirap", None),
        ("redio i tok snek i kaikai man", None),
        ("sapos mi simuk bai mi kisim strok", None),
        ("sapos em i go bai mi kilim mi yet", "suicide"),
        ("prais bilong suga i antap tru", None),
        ("mi sik suga, han i guria na mi swet", "low_sugar"),
        ("wanem taim bai yupela kam? bubu i stap wanpela na i no kaikai", "self_neglect"),
        ("sapos ren i stop bai mi kam. em i dringim kerosin", "poison"),
        ("mi sekim na lukim 2.7", "low_sugar"),
        ("mi sekim 2.7 kilo rais", None),
        ("kimo aste, nau 39", "fever_after"),
        ("nogat sut nogat nidel, aste tu nogat", "no_insulin"),
        ("win blo papa i no orait", "breathless"),
        ("em i karai olsem dok taim em pulim win", "child_breathing"),
        ("kompensesen K50000, ol i tok mi wokim posin", "sorcery"),
        ("solar pam i bruk", None),
    ],
)
def test_danger__in_tok_pisin__is_read_with_its_denials_and_its_subject(text, code):
    told = read_danger(text)
    # What is denied may be asked about.
    assert danger(text) == code or (code is None and told.asks)


def test_command_of_sick_pigs__of_menstruation__is_heard_as_danger():
    assert heard("sik mun i no pinis 3 wik nau", "tpi") is not None
    assert heard("sik 1359 skin i ret", "tpi") is None


def test_phrase_of_a_course__in_a_saying__is_not_raised():
    assert heard("mi laik dai long buai", "tpi") is None


def test_share__of_a_text__tells_its_language():
    (reader,) = own_readers()
    assert reader.share("bros blo mi i pen") == 1
    assert reader.share("my chest is hurting") == 0
    assert reader.share("sga 2.4") == 0.5


@pytest.mark.parametrize("word", ["maski", "namba", "plaua", "solar", "given", "titles", "waiting"])
def test_ordinary_word__near_a_word_of_danger__is_not_mended(word):
    (reader,) = own_readers()
    assert reader.usual(word) == [word]


def test_number__in_a_range_of_the_lists__has_its_meaning():
    numbers = {**LISTS, "numbers": "low 1.0 3.9 high 20 34"}
    meanings = Meanings({"sugar": "suga"}, {}, numbers)
    found = {text: set(meanings.read(text).places) for text in ("2.7", "2,7", "3", "25", "25.5")}
    assert found == {"2.7": {"low"}, "2,7": {"low"}, "3": set(), "25": {"high"}, "25.5": {"high"}}


def test_rules__of_the_lexicon__name_meanings_that_have_words():
    assert [reader.unknown_meanings() for reader in own_readers()] == [frozenset()]


def test_meanings__of_words_and_phrases__stand_beside_each_other_but_for_sayings():
    words = {"chest": "bros", "hurt": "pen", "chest_pain": "bros pen", "idiom": "dai long buai"}
    meanings = Meanings({**words, "die": "dai"}, {"bilong": "blo"}, LISTS)
    assert set(meanings.read("bros blo mi i pen").places) == {"chest", "hurt", "chest_pain"}
    assert set(meanings.read("mi dai long buai").places) == {"idiom"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("blt", ("blut",)),
        ("bluut", ("blut",)),
        ("bult", ("blut",)),
        ("brosi", ("bros", "i")),
        ("insuljn", ("insulin",)),
        ("xyz", ("xyz",)),
    ],
)
def test_slip__of_a_phone__is_mended(written, meant):
    assert KnownWords({"blut", "bros", "i", "insulin", "suga"}).meant(written) == meant
