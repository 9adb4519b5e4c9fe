"""The shipped courses for TB with tobacco, and for high blood pressure: what they must hold."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.health.courses.compiled import compile_course
from services.health.courses.schedule import CoursePosition, due, last_date
from services.health.format.documents import read_document
from services.health.format.parser import build
from services.health.imports.import_people import ImportOptions, import_people
from services.health.linting.costs import costs
from services.health.linting.findings import LintSettings, texts_of
from services.health.versions.store import shipped_text
from services.storage.models import Subscription
from tests.factories import NOW
from tests.services.health.scene import Course, publish

TB = build(read_document(shipped_text("tb")))
PRESSURE = build(read_document(shipped_text("hypertension")))
TODAY = NOW.date()
JOINED_TB = ("STRONG AGAIN", "1", "33", "1", "1", "yes", "2", "Jiwaka", "3", "David")
JOINED_PRESSURE = ("STEADY HEART", "2", "51", "1", "yes", "1", "3", "Jiwaka", "2", "Martha")
NAMED = ("TB", "tubercul", "smok", "tobacco", "HIV", "pressure", "hypertens")


def days(programme, **anchors):
    position = CoursePosition("all", anchors, None, "Pacific/Port_Moresby")
    course = compile_course(programme)
    placed = due(course, position, TODAY - timedelta(days=400), TODAY + timedelta(days=400))
    return [(one.on - TODAY).days for one in placed]


@pytest.fixture
def david(database):
    publish(database, shipped_text("tb"), ("en",))
    course = Course(database)
    course.say(*JOINED_TB)
    return course


@pytest.fixture
def martha(database):
    publish(database, shipped_text("hypertension"), ("en",))
    course = Course(database)
    course.say(*JOINED_PRESSURE)
    return course


def test_tb__from_enrolment__is_nearly_daily_for_two_months_then_monthly_for_four():
    placed = days(TB, enrolment=TODAY, quit=TODAY + timedelta(days=5))
    first = sorted(day for day in placed if day <= 60)
    assert 50 <= len(first) <= 60
    assert max(later - day for day, later in itertools.pairwise(first)) <= 3
    for month in (3, 4, 5, 6):
        assert any(month * 30 - 5 <= day <= month * 30 + 5 for day in placed), month
    assert last_date(compile_course(TB), {"enrolment": TODAY, "quit": TODAY}) <= TODAY + timedelta(
        days=192
    )


def test_pressure__from_enrolment__is_four_a_week_then_two_then_one():
    placed = days(PRESSURE, enrolment=TODAY)
    weeks = [sum(1 for day in placed if 7 * week < day <= 7 * week + 7) for week in range(26)]
    assert set(weeks[:8]) == {4}
    assert set(weeks[8:16]) <= {2, 3}
    assert sum(weeks[16:]) <= 12


@pytest.mark.parametrize("programme", [TB, PRESSURE], ids=["tb", "hypertension"])
def test_cost__of_a_whole_course__stays_below_twenty_kina(programme):
    for cost in costs(programme, LintSettings()):
        assert cost.segments * 0.25 < 20


def test_cost__of_tb_with_a_quit_date__stays_below_twenty_kina():
    anchored = days(TB, enrolment=TODAY, quit=TODAY + timedelta(days=5), treatment=TODAY)
    assert (len(TB.intake) + 1 + len(anchored)) * 0.25 < 20


@pytest.mark.parametrize("programme", [TB, PRESSURE], ids=["tb", "hypertension"])
@pytest.mark.parametrize("language", ["en", "tpi"])
def test_texts__on_a_shared_phone__name_no_illness(programme, language):
    assert programme.intake[0].id == "shared"
    for where, text in texts_of(programme):
        told = text.in_language(language, discreet=True)
        found = [word for word in NAMED if word in told]
        # A cough by tablets is asked about, and a smoker of the other course is one of many.
        if programme is PRESSURE:
            found = [word for word in found if word in {"pressure", "hypertens"}]
        assert not found, where


@pytest.mark.parametrize(
    ("programme", "where", "words"),
    [
        (TB, "intake.consent.text", ("2 months", "month 6", "number", "emergenc", "PRIVACY")),
        (TB, "phases.heal.h-11.text", ("yellow", "blurred", "no more tablets", "same day")),
        (TB, "phases.heal.h-07.text", ("TB", "children")),
        (TB, "phases.heal.h-18.text", ("HIV", "private")),
        (TB, "red_flags.yellow_eyes.reply", ("No more tablets", "today", "{ambulance}")),
        (TB, "red_flags.eyes.reply", ("no more", "today")),
        (TB, "events.moved.reply", ("without a gap", "letter")),
        (PRESSURE, "intake.consent.text", ("6 months", "number", "emergenc", "PRIVACY")),
        (PRESSURE, "red_flags.pregnancy.reply", ("baby", "hospital now")),
        (PRESSURE, "red_flags.severe_reaction.reply", ("no more", "hospital now")),
        (PRESSURE, "red_flags.high_pressure.reply", ("today", "no extra tablets")),
        (PRESSURE, "phases.course.c-29.text", ("dry cough", "swell")),
        (PRESSURE, "phases.course.c-33.text", ("ibuprofen", "kidneys")),
    ],
)
def test_texts__of_danger_and_consent__say_what_they_must(programme, where, words):
    told = {one.where: one.text for one in texts_of(programme)}[where].in_language("en").lower()
    assert [word for word in words if word.lower() not in told] == []


def test_tb__eyes_turned_yellow__rests_until_a_nurse_has_written(david):
    assert "No more tablets until a nurse" in david.say("my eyes are yellow")
    row = david.row()
    assert (row.state, row.resumes_on) == ("paused", None)
    assert david.concerns() == [("flag", "yellow_eyes")]
    assert david.waiting() == []


def test_tb__tablets_that_ran_out__alert_and_are_asked_about(david):
    told = david.say("my tablets are finished and the clinic has no tablets")
    assert "clinic today or tomorrow" in told
    assert david.concerns() == [("answer", "no_tablets")]
    assert david.row().anchors["supply"] == TODAY.isoformat()
    assert "One question" in david.say("mi lusim tablet")
    assert ("answer", "treatment_stopped") in david.concerns()


def test_tb__of_the_registers_list__begins_at_once_with_its_questions(database, tmp_path):
    publish(database, shipped_text("tb"), ("en",))
    path = tmp_path / "register.csv"
    path.write_text(
        "phone,name,language,province,sex,birth_year,programme,consent,consent_date,treatment\r\n"
        '70110001,David Kaupa,en,Jiwaka,m,1990,tb,"nurse, form 12",2026-11-20,2026-11-10\r\n',
        encoding="utf-8",
    )
    tally = import_people(path, database, NOW, ImportOptions(language="en"))
    assert (tally.enrolled, tally.refusals) == (1, [])
    with database.read() as session:
        row = session.scalars(select(Subscription)).one()
        assert (row.state, row.programme) == ("active", "tb")
        assert row.anchors["treatment"] == "2026-11-10"


def test_tb__child_of_twelve__is_not_enrolled(database):
    publish(database, shipped_text("tb"), ("en",))
    course = Course(database)
    assert "older people" in course.say("STRONG AGAIN", "1", "12")
    assert course.row().state == "ineligible"


@pytest.mark.slow
def test_pressure__typed_with_its_word__is_danger_above_the_limit_and_a_question_below(martha):
    assert "health worker today" in martha.say("MY NUMBER 190/110")
    assert martha.concerns() == [("flag", "high_pressure")]
    assert "What was it?" in martha.say("my pressure is 142/88")
    assert "emergency" in martha.say("presa 200/120 na het i pen nogut")


@pytest.mark.slow
def test_pressure__who_feels_well_and_stops__is_asked_why_and_somebody_is_told(martha):
    assert "What is the main reason?" in martha.say("i feel well so i stopped my tablets")
    assert martha.concerns() == [("answer", "treatment_stopped")]
    assert "until one day they do not" in martha.say("1")
