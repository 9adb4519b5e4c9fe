"""Ends of messages as people ask for them, beside habits that they stop."""

from __future__ import annotations

import pytest

from tests.corpus.stage import KEEPER, SMOKER, STRANGER
from tests.threats.texting import sent

ENDED = {"opt_out", "left"}
WITH_SUBJECT = [
    "STOP smoking messages",
    "STOP smoking course",
    "stop the smoking messages",
    "pls stop tobacco sms",
    "Stop messages about smoking!",
    "STOP the quit smoking program",
    "stop ol mesej bilong simuk",
    "stopim mesej bilong simuk",
    "STOP medicine messages",
    "stop sending me smoking texts",
    "stop smoking and dont send me messages",
]


@pytest.mark.parametrize("text", WITH_SUBJECT)
def test_stop__with_the_subject_of_the_messages__ends_them(door, text):
    """Consent is withdrawn in the words that people have for what they get."""
    seen = sent(door, text, SMOKER)
    assert seen.kinds >= ENDED
    assert "joined" not in seen.kinds


@pytest.mark.parametrize("text", WITH_SUBJECT)
def test_stop__with_the_subject_of_the_messages__joins_nothing(door, text):
    assert "joined" not in sent(door, text, STRANGER).kinds


@pytest.mark.parametrize(
    "text",
    ["STOP SMOKING", "stopim simuk", "i want to stop smoking, help me with your course"],
)
def test_stop__of_a_habit__joins_the_course_and_ends_nothing(door, text):
    assert "joined" in sent(door, text, STRANGER).kinds
    door.reset()
    assert not sent(door, text, SMOKER).kinds & ENDED


@pytest.mark.parametrize("text", ["stopp", "ST0P", "S T O P", "s.t.o.p", "STPO", "stp", "Sttop!"])
def test_stop__with_one_typing_error__ends_the_course(door, text):
    assert sent(door, text, SMOKER).kinds >= ENDED


@pytest.mark.parametrize("text", ["stap", "step", "shop", "stopp 1262", "stoa", "sto", "stopping"])
def test_stop__resembled_by_another_word__ends_nothing(door, text):
    assert not sent(door, text, SMOKER).kinds & ENDED


@pytest.mark.parametrize(
    "text",
    [
        "remove me",
        "Remove me please",
        "remove me from your list",
        "take me off this list",
        "leave me alone",
    ],
)
def test_end__asked_for_in_plain_words__ends_the_course_else_everything(door, text):
    assert sent(door, text, SMOKER).kinds >= ENDED
    door.reset()
    seen = sent(door, text, KEEPER)
    assert [effect.fields for effect in seen.effects] == [{"scope": "all"}]


@pytest.mark.parametrize(
    "text",
    ["leave me alone at night i am afraid", "remove me from 1262", "when will they leave me alone"],
)
def test_end__in_a_sentence_that_says_more__ends_nothing(door, text):
    assert not sent(door, text, SMOKER).kinds & ENDED


@pytest.mark.parametrize("text", ["delete my number", "Delete my number from your list please"])
def test_number__to_be_deleted__is_asked_about_as_forget(door, text):
    seen = sent(door, text, KEEPER)
    assert (seen.outcome, "FORGET" in seen.told) == ("forget", True)
