"""Members in danger who write plainly: what each is answered, through the real door."""

from __future__ import annotations

import pytest

from services.messaging.command_router import NOT_UNDERSTOOD
from tests.services.health.ministry import Ministry, publish_all

# What members wrote and were answered with a pig's command, or with the wrong advice; a word of a
# kind answer, and the danger that somebody is told of.
CRIES = (
    ("tobacco", "tpi", "mobeta mi dai", "suicide", "stap wanpis|trast"),
    ("diabetes", "en", "my baby died", "loss", "sorry"),
    ("diabetes", "en", "I lost my baby", "loss", "sorry"),
    ("diabetes", "en", "I have no insulin left", "no_insulin", "insulin|injections"),
    ("diabetes", "en", "my sugar reading is 2", "very_low", "sugar"),
    ("diabetes", "tpi", "suga blo mi daun tru", "very_low", "suga"),
    ("diabetes", "tpi", "mi guria na skin i hat", "malaria", "malaria"),
    ("diabetes", "en", "I'm bleeding, 8 months pregnant", "pregnancy", "hospital|health centre"),
    ("cervical", "en", "I was raped", "rape", "72 hours"),
    ("cervical", "en", "I am scared to go home", "violence", "safe|trust|fault"),
    ("cervical", "en", "I'm bleeding too much", "bleeding", "blood"),
    ("tobacco", "tpi", "mi laik indai", "suicide", "stap wanpis|trast"),
    ("breathing", "en", "I cant breath", "breath", "upright|sit"),
    ("breathing", "en", "lips are turning blue", "breath", "upright|sit|111"),
    ("breathing", "en", "puffer finished", "breath", "upright|sit"),
    ("ageing", "tpi", "ol i tok mi sanguma", "sorcery", "polis|lotu"),
)
PIG_SYNTAX = ("104276", "20468", "3105")


@pytest.mark.slow
def test_cries__of_members_of_each_course__get_a_kind_answer_and_somebody_is_told(database):
    publish_all(database)
    ministry = Ministry(database)
    for place, (programme, language, text, danger, words) in enumerate(CRIES):
        ministry.sender = f"+675700001{place:02}"
        ministry.belong(programme, language)
        before = len(ministry.concerns())
        answer = ministry.say(text)
        told = ministry.concerns()[before:]
        assert not [one for one in PIG_SYNTAX if one in answer], (text, answer)
        # Of violence at home a course may tell nobody unasked.
        silent = danger == "violence" and not told
        assert silent or [danger in code for _, code in told] == [True], (text, told)
        assert any(word in answer.casefold() for word in words.split("|")), (text, answer)


@pytest.mark.parametrize(
    ("text", "language"), [("dead", "en"), ("what is this thing dead", "en"), ("blarp", "tpi")]
)
def test_not_understood__of_a_member__offers_help_and_no_command_of_pigs(course, text, language):
    course.join()
    course.say("TOK PISIN" if language == "tpi" else "ENGLISH")
    answer = course.say(text)
    assert not [one for one in PIG_SYNTAX if one in answer], answer
    assert "111" in answer
    assert ("RINGIM MI" if language == "tpi" else "CALL") in answer


def test_not_understood__of_a_member_who_names_a_pig__tells_how_it_is_written(course):
    course.join()
    assert "MOVE" in course.say("MOVE 104276")
    assert course.outcome("MOVE 104276") == NOT_UNDERSTOOD


def test_cry__while_a_question_is_open__is_answered_and_the_question_stays_open(course):
    course.say("QUIT")
    opened = course.askings()
    answer = course.say("I was raped")
    assert "72 hours" in answer
    assert course.askings() == opened
    assert course.concerns() == [("flag", "rape")]
    course.say("1")
    assert course.askings()[0][1] == "answered"
