"""The menus of all services: what can be said by keys, and that it is what an SMS says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.menu_book import MenuBook
from gateway.menus import Form, Menu, Option
from gateway.phrases import PhraseBook
from gateway.ussd import MenuMachine
from gateway.ussd_state import RunPhrase, State
from services.health.conversation.commands import menus as of_programmes
from services.livestock.sms_commands import FILLERS
from services.messaging.ussd.actions import screen_signs
from services.runtime.command_catalogue import every_menu
from services.texts.labels import both, chained
from sms import encoding
from tests.fuzz.screens import INPUTS, dial
from tests.services.runtime.menus.books import (
    COURSES,
    HEALTH,
    LIVESTOCK,
    OWN,
    Reach,
    phrases_of,
    published,
)

SPELLED = (*LIVESTOCK, *OWN, *HEALTH)
# Phrases that no screen says, each with the screen that says the same, or the reason.
ELSEWHERE = {
    "receipt_alone": "pigs.receipt: a receipt without its word",
    "birth_of": "pigs.born.untagged: the mother before the count",
    "deaths_alone": "pigs.dead.counted: a count without the word for pigs",
    "move_of_mob": "pigs.mob.move: the count before the mob",
    "tag_of_lost": "pigs.tag.lost: other words",
    "treatment_first": "pigs.treated: the medicine before the pig",
    "vaccination_first": "pigs.vaccinated: the vaccine before the pig",
    "stop_all_word": "my.stop.all: the words of operators",
    "programme.privacy": "it answers in three texts, which no screen holds",
    "programme.hour": "it is sent once: an hour by keys would be a screen more for everybody",
    "languages": "it tells which languages there are: my.language lists them",
    "stop_messages": "my.stop.all: other words",
    "leave_me": "my.stop.all: other words",
    "stop_mistyped": "my.stop.course: its word misspelt",
    "permit_answer_first": "work.permit: the answer before the number",
    "sample": "it holds letters of a tube, which keys do not write",
    "result": "it holds letters of a tube, which keys do not write",
    "clear": "it is sent once, after an officer's visit",
    "census": "it answers a text of ours, where a number alone is enough",
    "census_for": "it tells what a recorder heard on their way, in one text",
    "kill_weighed": "it holds words of parts and reasons, which keys do not write",
    "condemn": "it holds words of parts and reasons, which keys do not write",
    "no_sickness": "it reports nothing: whoever has nothing to report presses no key",
    **{f"{code}.join": f"course.{code}.join: JOIN and the course" for code in COURSES},
}
# What is sent most, at most two keys away.
COMMON = ("pigs.ok", "pigs.move", "pigs.arrive", "pigs.sick", "pigs.dead", "pigs.register")
COMMON_ANSWERS = ("my.answer", "my.me", "work.check", "health.call", "help.1")


def book_of(*codes, members=True, works=True):
    programmes = published(*codes)
    menus = every_menu(programmes, members=members, works=works)
    return MenuBook(
        menus, phrases_of(programmes, members=members), screen_signs(), encoding, FILLERS
    )


ALL = book_of(*COURSES)
ONE = book_of("tobacco")
SMS = PhraseBook(phrases_of(published("tobacco")), FILLERS)


@pytest.mark.parametrize("codes", [(), ("tobacco",), COURSES])
@pytest.mark.parametrize("members", [True, False])
@pytest.mark.parametrize("works", [True, False])
def test_menus__whatever_is_open__have_no_fault(codes, members, works):
    assert book_of(*codes, members=members, works=works)


@pytest.mark.slow
def test_menus__every_phrase_of_every_service__is_reached_or_listed_with_its_reason():
    said = {screen.phrase for screen in ALL.screens.values() if isinstance(screen, Form)}
    assert {phrase.code for phrase in phrases_of(published(*COURSES))} - said == set(ELSEWHERE)
    for reason in ELSEWHERE.values():
        screen, _, _ = reason.partition(":")
        assert screen in ALL.screens or screen.startswith("it ")


def test_menus__what_is_sent_most__is_two_keys_away():
    keys = Reach(ALL).keys
    assert [keys[code] for code in COMMON] == [("1", str(place)) for place in range(1, 7)]
    assert {len(keys[code]) for code in (*COMMON_ANSWERS[:3], COMMON_ANSWERS[4])} == {2}
    # Of a course alone its words and the call for help; what is seldom sent comes later.
    words = [code for code in Reach(ONE).keys if code.startswith("course.tobacco.word.")]
    assert {len(Reach(ONE).keys[code]) for code in (*words, "health.call")} == {2}


def test_menus__of_everybody__keep_their_places_for_those_who_work():
    without = Reach(book_of("tobacco", works=False)).keys
    assert {code: keys for code, keys in Reach(ONE).keys.items() if code in without} == without
    assert "work" not in without


def test_menus__every_form__is_spelled_in_the_table():
    forms = {code for code, screen in ONE.screens.items() if isinstance(screen, Form)}
    assert {case.form for case in SPELLED} == forms


@pytest.mark.parametrize("case", SPELLED, ids=lambda case: f"{case.form}: {case.sms}")
def test_form__filled_in__says_what_the_sms_says(case):
    keys = (*Reach(ONE).keys[case.form], *case.answers)
    step, taken = MenuMachine(ONE).advance(State(), keys, "en")
    assert taken == len(keys)
    assert isinstance(step.effect, RunPhrase)
    said = SMS.parse(case.sms, "en")
    assert (step.effect.phrase.code, step.effect.arguments) == (said.phrase.code, said.arguments)


@pytest.mark.slow
@given(INPUTS)
def test_screens__any_keys__show_one_screen_of_gsm_and_lead_home_again(pressed):
    dial(pressed)


def test_programmes__none_open_and_nobody_in_one__have_no_menu():
    assert of_programmes({}, members=False).entry == ()
    assert "health.call" not in book_of(members=False).screens
    assert "health.call" in book_of(members=True).screens


LINES = st.lists(st.text(max_size=60), min_size=1, max_size=30)


@pytest.mark.slow
@given(LINES)
def test_chained__any_lines__are_menus_of_one_screen_that_lead_to_each_other(texts):
    lines = [Option(both(text or "-", text or "-"), "end") for text in texts]
    made = chained("start", both("Title", "Nem"), lines)
    end = Form("end", "languages")
    entry = Option(both("Start", "Stat"), "start")
    start = [type(menu) for menu in made]
    assert set(start) == {Menu}
    kept = [option for menu in made for option in menu.options if option.to == "end"]
    assert len(kept) == len(lines)
    menus = [*every_menu({}, members=False, works=False)]
    menus[1] = menus[1]._replace(entry=(entry,), screens=(*made, end))
    assert MenuBook(menus, phrases_of({}, members=False), screen_signs(), encoding, FILLERS)
