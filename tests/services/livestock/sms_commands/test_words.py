"""Kinds of argument of livestock events, and signs in the words of people."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chain.canonical import receipt_code
from gateway.grammar import Read, Understood
from gateway.phrases import PhraseBook
from services.livestock.domain.details import SIGNS
from services.livestock.sms_commands import FILLERS, HANDLERS
from services.livestock.sms_commands.argument_kinds import (
    Account,
    account,
    herd,
    kilograms,
    product,
)
from services.livestock.sms_commands.symptoms import causes_in, signs_in
from tests.factories import day

BOOK = PhraseBook([spoken.phrase for spoken in HANDLERS], FILLERS)


@pytest.mark.parametrize(
    ("words", "signs", "suspicion"),
    [
        ("skin hot na i no kaikai", ["fever", "not_eating"], None),
        ("they don't move, not eating", ["not_eating"], None),
        ("ret skin, pekpek wara, blut", ["red_skin", "diarrhoea", "bleeding"], None),
        ("yau i blu na traut", ["blue_skin", "vomiting"], None),
        ("kus na lek nogut", ["cough", "lameness"], None),
        ("sampela i dai kwik", ["sudden_death"], None),
        ("suddenly died", ["sudden_death"], None),
        ("african swine fever", [], "african_swine_fever"),
        ("A S F, fever", ["fever"], "african_swine_fever"),
        ("hog cholera", [], "classical_swine_fever"),
        ("ol pik i lukluk nogut", [], None),
        ("hotel scourge blutu kusai", [], None),
    ],
)
def test_signs_in__words_of_people__are_codes(words, signs, suspicion):
    assert signs_in(words.split(" ")) == (signs, suspicion)


@given(st.lists(st.text(max_size=20), max_size=20))
def test_signs_in__anything__is_signs_of_the_list(words):
    signs, _ = signs_in(words)
    assert set(signs) <= set(SIGNS)


def test_causes_in__several_words__the_first_counts():
    assert causes_in(["dog", "sik", "Planim"]) == {"cause": "predator", "disposal": "buried"}
    assert causes_in(["kol"]) == {}


@pytest.mark.parametrize(
    ("kind", "text", "value", "length"),
    [
        (product, "ivomec plus 28", "IVOMEC PLUS", 11),
        (product, "LA200 28", "LA200", 5),
        (product, "ivomec asde", "IVOMEC", 6),
        (product, "A" * 31, None, 0),
        (product, "pik 1262", None, 0),
        (product, "28", None, 0),
        (kilograms, "40,5kilo i go", 40.5, 8),
        (kilograms, "40 KG 1165", 40.0, 5),
        (kilograms, "0 kg", None, 0),
        (kilograms, "40x", None, 0),
        (herd, "3 pigs", 3, 6),
        (herd, "pik 3", 3, 5),
        (herd, "tripela pik", 3, 11),
        (herd, "3 taim", None, 0),
        (account(), "don't eat 1263", None, 0),
        (account(), "don't eat, 2 i dai", Account(("don't", "eat", "2", "i", "dai"), None), 18),
        (account({"sik"}), "sik, SIK!", Account(("sik", "SIK"), None), 9),
        (account({"sik"}), "sik tru", None, 0),
    ],
)
def test_kind__text__is_read_so_far(kind, text, value, length):
    assert kind(text) == (Read(value, length) if length else None)


@given(st.sampled_from(["DEAD", "DAI", "INDAI"]), st.text(alphabet="abdeiklmnopstu ", max_size=30))
def test_dead__words_without_a_number__never_are_a_death(keyword, words):
    found = BOOK.parse(f"{keyword} {words} long simuk", "tpi")
    assert not isinstance(found, Understood) or not found.phrase.code.startswith("death")


@given(st.text(max_size=60))
def test_karim__whatever_follows__is_never_a_movement(words):
    found = BOOK.parse(f"KARIM {words}", "tpi")
    assert not isinstance(found, Understood) or found.phrase.code.startswith("birth")


@given(
    st.binary(min_size=10, max_size=10), st.sampled_from("- ."), st.sampled_from(["WRONG", "RONG"])
)
@example(bytes.fromhex("3cee2a27aab134de7c6a"), "-", "WRONG")  # ...-WZ3A
@example(bytes([*[0] * 9, 10]), "-", "WRONG")  # 0000-0000-0000-000A
def test_wrong__any_receipt__is_a_report_and_no_question(prefix, between, keyword):
    code = receipt_code(prefix).replace("-", between)
    found = BOOK.parse(f"{keyword} {code}", None)
    assert isinstance(found, Understood)
    assert (found.phrase.code, found.mood) == ("wrong", None)
    assert BOOK.parse(f"{keyword} {code}, not true", None).mood is not None


def test_account__day_among_words__is_not_one_of_them():
    told = account()("skin hot asde na traut").value
    assert told.words == ("skin", "hot", "na", "traut")
    assert told.day.on(day(9)) == day(8)


@pytest.mark.parametrize("start", ["SICK", "SICK 3", "DEAD 3 pigs", "DEAD 1262", "TREAT 1262"])
def test_parse__very_many_words__takes_no_time(start):
    began = process_time()
    BOOK.parse(f"{start} {'a ' * 700}1234", "en")
    assert process_time() - began < 0.2
