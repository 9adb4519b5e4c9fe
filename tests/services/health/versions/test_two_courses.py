"""The shipped courses on sugar and for women: what each fault that was found must say now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.health.courses.compiled import compile_course
from services.health.courses.schedule import CoursePosition, due, last_date
from services.health.format.documents import read_document
from services.health.format.parser import build
from services.health.linting.findings import texts_of
from services.health.versions.store import shipped_text
from tests.services.health.scene import Course, publish

DIABETES = build(read_document(shipped_text("diabetes")))
CERVICAL = build(read_document(shipped_text("cervical")))
WEEK = timedelta(days=7)
DUE = date(2027, 2, 24)


def said(programme, where, language="en", *, discreet=False):
    found = {one.where: one.text for one in texts_of(programme)}[where]
    return found.in_language(language, discreet=discreet)


def items(cohort, **anchors):
    course = compile_course(DIABETES)
    position = CoursePosition(cohort, anchors, None, "Pacific/Port_Moresby")
    return {one.item.id: one.on for one in due(course, position, date.min, date.max)}


def test_mothers_course__counts_back_from_the_due_date_and_on_from_the_birth():
    began = DUE - 30 * WEEK
    before = items("pregnant", enrolment=began, due=DUE)
    assert DUE - 17 * WEEK <= before["mother-03"] <= DUE - 12 * WEEK, "the test, weeks 24 to 28"
    assert before["mother-17"] == DUE - 12 * WEEK, "on the side, in the last three months"
    assert not {"mother-35", "mother-46", "mother-44"} & before.keys(), "no child before its birth"
    born = DUE - 3 * WEEK
    after = items("pregnant", enrolment=began, birth=born)
    assert "mother-24" not in after
    assert after["mother-35"] == born + timedelta(days=1)
    assert born + 6 * WEEK <= after["mother-six"] <= born + 12 * WEEK
    end = last_date(compile_course(DIABETES), {"enrolment": began, "birth": born})
    assert end == born + timedelta(days=190)


def test_event__of_a_mother__leaves_nothing_of_the_course_but_its_care():
    left = items("pregnant", enrolment=date(2026, 11, 25), due=DUE, **{"@loss": date(2026, 12, 1)})
    assert list(left) == ["loss-body", "loss-breasts", "loss-heart", "loss-clinic", "loss-after"]


@pytest.mark.parametrize(
    ("programme", "where", "words"),
    [
        (DIABETES, "words.low_sugar.replies[0]", ("not diet", "eat in 20", "Malaria test today")),
        (DIABETES, "phases.diabetic.diabetic-04.text", ("not diet",)),
        (DIABETES, "red_flags.very_low.reply", ("not diet",)),
        (DIABETES, "red_flags.no_insulin.reply", ("today, not tomorrow",)),
        (
            DIABETES,
            "intake.consent.text",
            ("6 months", "number and answers", "emergenc", "PRIVACY"),
        ),
        (CERVICAL, "intake.fits.text", ("30 to 49", "25 with HIV", "65 if never")),
        (CERVICAL, "red_flags.rape.reply", ("72 hours", "5 days", "did no wrong")),
        (CERVICAL, "phases.healing.heal-5.text", ("{helpline}",)),
        (CERVICAL, "words.afraid.replies[0]", ("alone", "CALL ME")),
    ],
)
def test_texts__of_a_fault_that_was_found__say_what_they_must(programme, where, words):
    told = said(programme, where)
    assert [word for word in words if word not in told] == []


def test_outcome__of_women_without_a_day__is_asked_after_half_a_year():
    place = {item.id: (phase.anchor, item.day) for phase in CERVICAL.phases for item in phase.items}
    assert place["month6_waiting"] == ("waiting", 180)
    assert max(day for anchor, day in place.values() if anchor == "waiting") == 364
    counted = {one.code: one.assessments for one in CERVICAL.outcomes}
    assert "month6_waiting" in counted["screened_month6"]


@pytest.mark.parametrize("programme", [DIABETES, CERVICAL], ids=["diabetes", "cervical"])
def test_texts__of_both_courses__repeat_no_myth_and_tell_nobody_of_pigs(programme):
    assert programme.intake[0].id == "shared"
    for where, text in texts_of(programme):
        for words in (*text.say.values(), *text.discreet.values()):
            for never in ("sorcery", "sanguma", "Pig messages", "bilong pik "):
                assert never not in words, where


def test_reply__to_violence_and_rape__is_neutral_on_a_shared_phone():
    for code in ("rape", "violence"):
        told = said(CERVICAL, f"red_flags.{code}.reply", discreet=True)
        assert "CALL ME" in told
        assert not [word for word in ("HIV", "Family Support", "rape", "beat") if word in told]


@pytest.mark.slow
def test_fasting__with_injections__is_advised_against_and_told(database):
    publish(database, shipped_text("diabetes"), ("en",))
    peter = Course(database)
    peter.say("JOIN SUGAR AND HEALTH", "2", "52", "1", "1", "1", "2", "Morobe", "2", "2", "Peter")
    assert peter.row().state == "active"
    peter.say("RAMADAN", "20 Feb")
    assert peter.say("1").startswith("Do not fast until a doctor or nurse has seen you")
    assert peter.concerns() == [("answer", "fasting_with_insulin")]
    assert "Please do not stop a medicine" in peter.say("my diabetes is gone")
    assert peter.say("3").startswith("To feel well is good, but only a test can tell")
    assert peter.row().state == "active"


def test_birthday__without_a_year__is_the_last_one_and_counts_the_childs_days(database):
    publish(database, shipped_text("diabetes"), ("en",))
    anna = Course(database)
    anna.say("JOIN SUGAR AND HEALTH", "2", "27", "1", "2", "3", "3 Nov")
    assert anna.row().anchors["birth"] == "2026-11-03"
    assert [item for item, _, _ in anna.askings()][-1] == "province", "a mother is asked no sex"
