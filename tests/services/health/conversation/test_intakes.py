"""The intakes of the shipped courses: discreet until told, ages, consent, and who needs more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from services.health.format.parser import read_programme
from services.health.versions.store import shipped_text
from tests.services.health.scene import Course, publish

if TYPE_CHECKING:
    from services.storage.database import Database

ENTRY = {"tobacco": ("QUIT", "1"), "breathing": ("BREATHING", "1"), "ageing": ("LIVE LONG", "1")}
BEFORE_YES = ("we keep your number and answers", "no emergency service", "PRIVACY")


def set_scene(database: Database) -> None:
    """Open the three courses."""
    for code in ENTRY:
        publish(database, shipped_text(code), ("en",))


@pytest.fixture
def course(set_up) -> Course:
    """Somebody who may join any of them."""
    return Course(set_up)


@pytest.mark.slow
@pytest.mark.parametrize("code", ENTRY)
def test_intake__until_somebody_says_who_reads_the_phone__names_no_illness(course, code):
    word, screened = ENTRY[code]
    programme = read_programme(shipped_text(code))
    told = course.say(word)
    assert "on this phone?" in told
    assert course.row().discreet
    told += course.say("1") + course.say(screened)
    named = re.compile(rf"\b(?:{'|'.join(programme.revealing['en'])})\b", re.IGNORECASE)
    assert not named.findall(told)
    assert course.row().discreet


@pytest.mark.parametrize("code", ENTRY)
def test_intake__child_of_eleven__is_kindly_refused_and_sent_to_somebody_near(course, code):
    word, screened = ENTRY[code]
    told = course.say(word, "2", screened, "11")
    assert re.search("mother|father", told)
    assert (course.row().state, course.row().reason) == ("ineligible", "too_young")


def test_intake__sixteen__needs_a_parent_and_reads_what_is_kept_before_yes(course):
    told = course.say("QUIT", "2", "1", "16").splitlines()
    assert "without your name" in told[0]
    assert "mother, father or guardian must agree" in told[1]
    assert "Do you agree?" in course.say("1")
    refused = Course(course.database, sender="+67570000077")
    refused.say("QUIT", "2", "1", "16", "2")
    assert (refused.row().state, refused.row().reason) == ("ineligible", "no_parent")


def test_privacy__before_the_consent_and_of_a_stranger__tells_and_leaves_the_question_open(course):
    told = course.say("QUIT", "2", "1", "34").splitlines()
    assert [part for part in BEFORE_YES if part not in told[0]] == []
    kept, long, free = course.say("PRIVACY").splitlines()
    assert "The Health Department keeps" in kept
    assert "erased after 90 days" in long
    assert "FORGET erases" in free
    assert "short questions" in course.say("1"), "the consent was still open"
    stranger = Course(course.database, sender="+67570000078")
    assert len(stranger.say("praivet").splitlines()) == len((kept, long, free))


def test_tobacco__expecting_and_on_insulin__is_counselled_and_a_clinician_hears_of_the_dose(course):
    told = course.say("QUIT", "2", "1", "24", "1", "Ana", "1", "1")
    assert "more air reaches your baby" in told
    told = course.say("Jiwaka", "3", "1")
    assert "the dose may have to change" in told
    course.say("5 Dec")
    assert "baby" in course.row().anchors
    assert ("answer", "dose_check") in course.concerns()
    answered = {item: answer for item, _, answer in course.askings() if answer}
    assert {one: answered[one] for one in ("shared", "sex", "pregnant", "distance")} == {
        "shared": "mine",
        "sex": "female",
        "pregnant": "pregnant",
        "distance": "half_day",
    }


def test_tobacco__man__is_not_asked_about_a_baby(course):
    assert course.say("QUIT", "2", "1", "24", "1", "John", "2").startswith("In which province")


def test_tobacco__cough_of_weeks__is_sent_to_a_tb_test_and_asked_about_it(course):
    course.say("QUIT", "2", "1", "34", "1", "John", "2", "Jiwaka", "1", "5", "9 Dec")
    told = course.say("i cough for three weeks and sweat at night")
    assert "Go for a TB test this week" in told
    assert ("answer", "tb_signs") in course.concerns()
    course.later(days=8)
    assert ("tb_test", "open", None) in course.askings()


def test_tobacco__medicine__has_its_own_texts_and_ends_no_course(course):
    course.say("QUIT", "2", "1", "34", "1", "John", "2", "Jiwaka", "1", "5", "2 Dec")
    assert "safer than going on" in course.say("GUM")
    course.later(days=1, hours=6)
    assert ("has_medicine", "open", None) in course.askings()
    assert "Chew slowly" in course.say("1")
    assert course.row().anchors["medicine"] == "2026-12-02", "it counts from the quit date"
    course.later(days=7)
    assert [item for item, _ in course.waiting() if item == "m1"]


def test_breathing__one_inhaler_for_both__is_a_course_of_its_own(course):
    told = course.say("BREATHING", "2", "1", "34", "1", "John", "2", "Jiwaka", "4", "2")
    assert "calms the swelling" in told
    assert course.row().cohort == "one"


def test_breathing__child_under_five__hears_the_signs_of_pneumonia(course):
    told = course.say("BREATHING", "2", "3", "2")
    assert "can be pneumonia: clinic TODAY" in told


def test_ageing__carer__asks_the_old_person_first(course):
    assert "may we?" in course.say("LIVE LONG", "2", "2", "40")
    course.say("2")
    assert (course.row().state, course.row().reason) == ("ineligible", "not_agreed")


def test_ageing__accused__is_told_where_to_go_and_no_word_names_it(course):
    course.say("LIVE LONG", "1", "1", "70", "1", "Ana", "1", "Enga", "3")
    told = course.say("they say i am a witch and killed the child")
    assert "7150 8000" in told
    assert not re.search("witch|sorcer", told)
    assert [kind for kind, _ in course.concerns()] == ["flag"]
