"""Keywords in passing where a name, or words of a person's own, are asked for."""

from __future__ import annotations

import pytest

from services.health.conversation.heard_words import is_no_answer
from services.health.format.entries import Expect, Question
from services.health.format.parser import read_programme
from services.health.versions.store import shipped_text
from tests.services.health.scene import SMALL, Course, publish

CRAVE = next(one for one in read_programme(shipped_text("tobacco")).words if one.code == "crave")
HEARS = SMALL.replace("hears: {en: [want to smoke]", "hears: {en: [want to smoke, need a smoke]")

ROWS = [
    (Expect.NAME, "i need a smoke now", True),
    (Expect.NAME, "mi dai long simuk", True),
    (Expect.NAME, "Maria", False),
    (Expect.WORDS, "i need a smoke now", True),
    (Expect.WORDS, "so that i do not want a smoke again", False),
    (Expect.WORDS, "my children", False),
    (Expect.NUMBER, "i need a smoke now", False),
]


@pytest.mark.parametrize(("expect", "text", "wanted"), ROWS)
def test_keyword__in_place_of_words__is_told_from_an_answer(expect, text, wanted):
    assert is_no_answer(Question(expect), CRAVE, text) is wanted


def test_craving__while_the_name_is_asked__is_answered_and_the_name_asked_again(database):
    publish(database, HEARS, ("en",))
    course = Course(database)
    asked = course.say("QUIT", "1", "yes")
    assert asked.endswith("What shall we call you?")
    told = course.say("i need a smoke now")
    assert told.startswith("Wait 5 minutes. It passes.\n")
    assert "name" in told.splitlines()[1]
    assert course.say("Maria").startswith("Do others read this phone?")
    answers = [one for one in course.askings() if one[0] == "name"]
    assert answers == [("name", "answered", "answered")]
