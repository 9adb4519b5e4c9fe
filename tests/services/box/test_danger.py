"""Danger to people that a box hears while no programme is open, or beside one."""

from __future__ import annotations

import pytest

from services.texts.catalogue import say
from sms.encoding import Encoding, count
from tests.services.box.test_phones import WORDS
from tests.services.box.village import FARMER, PIG

DANGERS = [
    ("i want to kill myself tonight", "suicide"),
    ("mi laik dai", "suicide"),
    ("mi laik kilim mi yet", "suicide"),
    ("my wife is bleeding after birth", "pregnancy"),
    ("bebi i no pulim win", "unconscious"),
    ("my baby is not breathing", "child"),
    ("snake bit my son", "snake_bite"),
    ("snek i kaikaim pikinini", "snake_bite"),
    ("he beats me and will kill me", "violence"),
    ("man bilong mi i paitim mi nogut", "violence"),
    ("chest pain and cannot breathe", "chest_pain"),
    ("i took poison", "poison"),
    ("mi dringim posin", "poison"),
    ("my child has fits", "convulsion"),
    ("SICK my wife bleeding after birth", "pregnancy"),
]


@pytest.mark.parametrize(("text", "code"), DANGERS, ids=[text for text, _ in DANGERS])
@pytest.mark.parametrize("language", ["en", "tpi"])
def test_danger__while_no_programme_is_open__is_answered_and_goes_to_the_server(
    village, text, code, language
):
    village.told(FARMER, {"en": "ENGLISH", "tpi": "TOK PISIN"}[language])
    told = village.told(FARMER, text)
    assert told == say(f"danger.{code}", language)
    assert (count(told).encoding, count(told).segments) == (Encoding.GSM7, 1)
    village.sync_all()
    item = village.server.items[max(village.server.items)]
    assert (item["text"], item["answered"]) == (text, "danger")


def test_danger__that_a_programme_has_words_for__is_answered_by_it_and_another_by_us(village):
    village.server.programmes = WORDS
    village.sync_all()
    assert village.told(FARMER, "mi laik dai tru") == "Go long haus sik nau. Ringim 111."
    told = village.told(FARMER, "my wife is bleeding after birth")
    assert told == say("danger.pregnancy", "en")
    assert village.told(FARMER, "no chest pain today") == say("programme.not_understood", "tpi")


def test_danger__beside_stop__is_answered_and_stop_is_obeyed(village):
    waiting = village.server.text(FARMER, "Day 1.")
    village.sync_all()
    assert village.told(FARMER, "STOP i took poison") == say("danger.poison", "en")
    village.sync_all()
    assert {one["message"]: one.get("code") for one in village.server.reports} == {
        waiting: "stopped"
    }


def test_danger__beside_a_command_that_is_kept__is_answered_each_time(village):
    assert village.told(FARMER, "DAI 3") == say("village.kept", "tpi")
    for _ in range(2):
        assert village.told(FARMER, "PAUSE i took poison") == say("danger.poison", "en")


PERHAPS = [
    "meri bilong mi i lusim planti blut",
    "my pig died and i want to kill myself 1262",
    "my mother is sick and weak",
    "my child has fever and cough",
    "papa bilong mi i gat sik",
    "SICK my wife",
    "no chest pain today",
]


@pytest.mark.parametrize("text", PERHAPS)
@pytest.mark.parametrize("asked", ["What is your name?", None])
def test_text__that_may_be_of_a_person__is_told_whom_to_call_and_of_no_pig(village, text, asked):
    village.told(FARMER, "ENGLISH")
    if asked:
        village.server.text(FARMER, asked)
        village.sync_all()
        village.send_all()
    assert village.told(FARMER, text) == say("programme.not_understood", "en")
    village.sync_all()
    assert village.server.items[max(village.server.items)]["answered"] == "help"


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        (f"SICK {PIG} chest pain", "kept"),
        (f"DEAD {PIG}", "kept"),
        ("DAI 3", "kept"),
        ("SICK 3 blood", "kept"),
        ("KILL 104276", "kept"),
        ("BORN 6 104276", "kept"),
        ("MOVE", "help"),
        ("PORK 40", "help"),
    ],
)
def test_report__of_pigs__is_no_danger(village, text, answered):
    village.says(FARMER, text)
    village.sync_all()
    assert village.server.items[1]["answered"] == answered


def test_question__about_a_report__still_shows_how_it_is_written(village):
    told = village.told(FARMER, "MOVE")
    assert told == say("missing.tags", "en", example="MOVE 104276 20468")
