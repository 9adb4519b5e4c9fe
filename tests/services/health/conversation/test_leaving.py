"""Leaving a course: what STOP asks, in which language, and to whom it is not shown again."""

from __future__ import annotations

import pytest

from services.health.courses.subscriptions import SubscriptionState
from services.texts.catalogue import say
from tests.services.health.ministry import Ministry, publish_all


def set_scene(database):
    publish_all(database)


@pytest.fixture
def member(set_up):
    """Somebody in the course Quit tobacco, whose phone nobody else reads."""
    made = Ministry(set_up)
    made.belong("tobacco", "en")
    return made


def ended(language):
    title = {"en": "Quit tobacco", "tpi": "Lusim simuk"}[language]
    return say("stop.programme", language, programme=title)


@pytest.mark.parametrize("word", ["NO", "nogat", "0"])
def test_no__to_why_after_stop__says_that_the_course_ended(member, word):
    """It said that the course goes on."""
    assert "Why?" in member.say("STOP")
    assert member.say(word) == ended("en")
    assert member.row().state == SubscriptionState.OPTED_OUT


def test_stop__asks_why__and_a_digit_answers(member):
    member.say("STOP")
    assert member.say("9") != "", "a digit that is no choice is asked for again"
    assert "Thank you" in member.say("2")
    assert member.row().reason == "too_many"


@pytest.mark.parametrize("text", ["who is this?", "what course was that", "hello", "blarp"])
def test_another_text__after_stop__shows_nobody_that_there_was_a_course(member, text):
    member.say("STOP")
    member.later(days=1)
    told = member.say(text)
    assert ("course" in told, "Why?" in told) == (False, False)


@pytest.mark.parametrize(
    ("text", "code"),
    [("DATE 12 Dec", "set"), ("PAUSE", "paused"), ("QUIT", "already"), ("TIME 7", "hour")],
)
def test_course__in_tok_pisin__is_answered_so_whatever_the_command_is_in(member, text, code):
    """The title stood in Tok Pisin in a sentence in English."""
    member.say("TOK PISIN")
    told = member.say(text)
    begins = say(f"programme.{code}", "tpi", title="|", day="|", hour="|").partition("|")[0]
    assert told.startswith(begins)
    assert code == "hour" or "Lusim simuk" in told


def test_no__of_a_stopped_course__is_answered_in_the_language_asked_for_since(member):
    member.say("STOP", "TOK PISIN")
    assert member.say("NO") == ended("tpi")


def test_date__of_a_course_in_english__is_answered_in_english(member):
    """A keyword of the other language changes none."""
    assert "Quit tobacco" in (told := member.say("DE 12 Des"))
    assert told.startswith(say("programme.set", "en", title="|", day="|").partition("|")[0])
