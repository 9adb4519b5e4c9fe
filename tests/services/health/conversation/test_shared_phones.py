"""Phones that others read: whoever holds one learns from no reply which course its owner is in."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import pytest

from services.health.courses.subscriptions import SubscriptionState
from services.health.format.model import Personal, render
from services.health.format.parser import read_programme
from services.health.versions.store import shipped, shipped_text
from tests.services.health.ministry import Ministry, publish_all
from tests.services.health.scene import SMALL, Course, publish
from tests.support.texts import assert_one_segment

if TYPE_CHECKING:
    from services.health.format.model import Programme
    from services.storage.database import Database

LANGUAGES = ("en", "tpi")
EACH = pytest.mark.parametrize(("code", "language"), list(product(shipped(), LANGUAGES)))
# Whoever holds the phone may send these; keepers of pigs send most of them.
SAID = {
    "en": ("HELP", "hello", "blarp", "what is this", "PRIVACY", "FORGET", "STOP", "STOP"),
    "tpi": ("HELPIM", "gude", "blarp", "em wanem", "PRAIVET", "RAUSIM MI", "STOPIM", "STOPIM"),
}
HELP = {
    "en": "DATE moves your day, TIME 7 sets the hour, PAUSE waits, STOP ends your course.",
    "tpi": "DE i senisim de, TAIM 7 i makim aua, MALOLO i wet, STOPIM i pinisim kos bilong yu.",
}
NEUTRAL = {"en": "your course", "tpi": "kos bilong yu"}


def set_scene(database: Database) -> None:
    publish_all(database)


@pytest.fixture
def member(set_up) -> Ministry:
    """A phone that tests put into courses."""
    return Ministry(set_up)


@cache
def course_of(code: str) -> Programme:
    return read_programme(shipped_text(code))


def words_of(code: str, language: str) -> list[str]:
    """The first keyword of each reply of a course."""
    says = [word.says.get(language, ()) for word in course_of(code).words]
    return [each[0] for each in says if each]


def named_in(text: str, *codes: str) -> list[str]:
    """The titles of courses, and the words that join them or that they understand, in a text."""
    words: set[str] = set()
    for course in map(course_of, codes):
        words |= {*course.title.values()}
        for spoken in (course.join, *(word.says for word in course.words)):
            words |= {one for said in spoken.values() for one in said}
    return [one for one in words if re.search(rf"(?i)\b{re.escape(one)}\b", text)]


@EACH
def test_shared_phone__whatever_somebody_sends__no_reply_names_the_course(member, code, language):
    member.belong(code, language, discreet=True)
    told = {text: member.say(text) for text in SAID[language]}
    assert {text: named for text, said in told.items() if (named := named_in(said, code))} == {}
    assert told[SAID[language][0]].startswith(HELP[language])
    assert member.row().state == SubscriptionState.OPTED_OUT


@EACH
def test_own_phone__help_and_greeting__tell_the_words_of_the_course(member, code, language):
    member.belong(code, language)
    helped, greeting = (member.say(text) for text in SAID[language][:2])
    first = words_of(code, language)
    assert helped.casefold().startswith(course_of(code).title[language].casefold())
    assert first[0] in helped
    assert f": {first[0]} " in greeting
    assert course_of(code).title[language] in member.say(SAID[language][-1])


@EACH
def test_cancel__before_anybody_says_who_reads_the_phone__names_no_course(member, code, language):
    member.say(course_of(code).join[language][0])
    answer = member.say("CANCEL")
    assert member.row().state == SubscriptionState.OPTED_OUT
    assert NEUTRAL[language] in answer
    assert named_in(answer, code) == []


@EACH
def test_cancel__on_a_phone_of_ones_own__names_the_course(member, code, language):
    answer = member.say(course_of(code).join[language][0], "2", "CANCEL")
    assert member.row().state == SubscriptionState.OPTED_OUT
    assert course_of(code).title[language] in answer


@pytest.mark.parametrize("discreet", [("tobacco",), ("tb",), ("tobacco", "tb")], ids=str)
def test_two_courses__one_of_them_discreet__are_both_named_in_no_reply(member, discreet):
    for code in ("tobacco", "tb"):
        member.belong(code, "en", discreet=code in discreet)
    helped, greeting = member.say("HELP"), member.say("hello")
    assert helped.startswith(HELP["en"])
    assert named_in(f"{helped} {greeting}", "tobacco", "tb") == []


def test_two_courses__on_a_phone_of_ones_own__are_helped_as_before(member):
    for code in ("tobacco", "tb"):
        member.belong(code, "en")
    assert member.say("HELP").startswith("Strong again understands: WISH, FELL BACK")


def test_greeting__with_a_word_of_a_course__is_of_the_health_domain_alone(member):
    index = member.database.vault.health_index(member.sender)
    member.belong("tobacco", "en")
    assert "CRAVE" in member.say("hello")
    assert [row.recipient_index for row in member.messages()] == [index]


def test_greeting__on_a_shared_phone__is_the_same_as_a_strangers(member):
    stranger = member.say("hello")
    member.belong("tobacco", "en", discreet=True)
    assert member.say("hello") == stranger


@EACH
@pytest.mark.parametrize("state", [SubscriptionState.COMPLETED, SubscriptionState.LOST])
def test_stop__after_the_course__names_it_on_no_shared_phone(member, code, language, state):
    member.belong(code, language, state, discreet=True)
    answer = member.say(SAID[language][-1])
    assert NEUTRAL[language] in answer
    assert named_in(answer, code) == []


def test_stop__after_a_course_on_a_phone_of_ones_own__names_it(member):
    member.belong("tobacco", "en", SubscriptionState.COMPLETED)
    assert "all messages of Quit tobacco" in member.say("STOP")


@EACH
def test_shipped__stop_and_the_no_to_a_consent__name_no_course_on_a_shared_phone(code, language):
    course, shared = course_of(code), Personal("Maria", discreet=True)
    texts = [course.stop.text]
    for entry in course.intake:
        if entry.ask and entry.ask.consent:
            texts += [one.reply for one in entry.ask.branches if "no" in one.codes]
    assert len(texts) == 2
    for text in texts:
        said = render(course, text, language, shared)
        assert named_in(said, code) == []
        assert_one_segment(said)


@pytest.mark.parametrize("code", shipped())
def test_shipped__replies_to_keywords__name_no_course_on_a_shared_phone(code):
    course = course_of(code)
    replies = [reply for word in course.words for reply in word.replies]
    said = [one.in_language("en", discreet=True) for one in replies]
    assert [one for one in said if course.title["en"] in one] == []


class TestSmallCourse:
    """Somebody who said that others read this phone."""

    @pytest.fixture
    def shared(self, course) -> Course:
        course.say("LUSIM SIMUK", "1", "yes", "Kila", "1", "5 Des")
        assert course.row().discreet
        return course

    def test_keyword_among_other_words__in_another_language__is_named_to_nobody(self, shared):
        answer = shared.say("slip nogut tru")
        assert "SLIP" not in answer
        assert "RINGIM" in answer
        assert "slip" not in shared.row().anchors

    def test_keyword__newer_than_the_members_version__is_answered_discreetly(self, shared):
        newer = SMALL.replace("code: slip\n", "code: mood\n").replace("[SLIP]", "[MOOD]")
        told = 'Yumi go het."}'
        assert told in newer
        hidden = 'Yumi go het.", discreet: {tpi: "Tenkyu tru."}}'
        publish(shared.database, newer.replace("MI PUNDAUN", "BEL HEVI").replace(told, hidden))
        assert shared.say("BEL HEVI") == "Tenkyu tru."
