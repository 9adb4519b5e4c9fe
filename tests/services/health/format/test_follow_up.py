from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.health.format.follow_up import due_points, points_of
from services.health.format.parser import read_programme
from services.health.versions.store import shipped, shipped_text
from tests.services.health.courses.clinic import YAML
from tests.services.health.indicators.cohorts import HALF_A_YEAR

BEGAN, QUIT = date(2026, 11, 2), date(2026, 11, 20)
SMOKING = read_programme(HALF_A_YEAR)
FEAST = read_programme(
    YAML.replace(
        'text: {en: "A merry Christmas."}',
        'assessment: true, text: {en: "Merry? 1 none 2 some"}, '
        "ask: {expect: choice, options: {1: {code: none}, 2: {code: some}}}",
    )
    .replace("assessments: [month1]", "assessments: [month1, feast0]")
)  # fmt: skip


_HALF_A_YEAR_ON = HALF_A_YEAR[HALF_A_YEAR.index("      - id: month6\n") :].split("  - id: rel")[0]
EITHER = read_programme(
    HALF_A_YEAR.replace(
        "      - id: slip-5\n",
        _HALF_A_YEAR_ON.replace("month6", "month6-slip") + "      - id: slip-5\n",
    )
    .replace("assessments: [month1, month6]", "assessments: [month1, month6, month6-slip]")
)  # fmt: skip


def days(programme, dates, began=BEGAN, cohort="all", given_up=()):
    """Day of each assessment of a person, by outcome and assessment."""
    found = list(due_points(points_of(programme, cohort), dates, began, given_up))
    places = [(at.point.outcome, at.point.assessment) for at in found]
    assert len(places) == len(set(places)), "each person counts once"
    return {f"{at.point.outcome}.{at.point.assessment}": at.on for at in found}


def after(day, count):
    return day + timedelta(days=count)


@pytest.mark.parametrize(
    ("dates", "began", "expected"),
    [
        ({"quit": QUIT}, BEGAN, (after(QUIT, 30), after(QUIT, 180), after(QUIT, 180))),
        # Nobody named a day: the last one that the question allowed.
        ({}, BEGAN, (after(BEGAN, 58), after(BEGAN, 208), after(BEGAN, 208))),
        # A list gave a day of long ago: what was to be asked before joining is not theirs.
        ({"quit": QUIT}, after(QUIT, 31), (None, after(QUIT, 180), after(QUIT, 180))),
    ],
    ids=["own_date", "no_date", "began_late"],
)
def test_due_points__a_person__has_the_days_of_all_outcomes(dates, began, expected):
    found = days(SMOKING, dates, began)
    names = ("abstinent.month1", "abstinent.month6", "continuous.since")
    assert tuple(found.get(name) for name in names) == expected


def test_due_points__of_the_calendar__are_those_after_the_beginning():
    assert days(FEAST, {"quit": QUIT}, BEGAN, "general")["abstinent.feast0"] == date(2026, 12, 25)
    late = date(2026, 12, 26)
    assert days(FEAST, {"quit": late}, late, "general")["abstinent.feast0"] == date(2027, 12, 25)


@pytest.mark.parametrize(
    ("dates", "given_up", "expected"),
    [
        ({"slip": QUIT}, (), after(QUIT, 180)),
        ({"quit": QUIT, "slip": after(QUIT, 9)}, ("slip",), after(QUIT, 180)),
        ({"quit": QUIT, "slip": after(QUIT, 9)}, (), after(QUIT, 189)),
        # The day was given up, and no other date stands.
        ({"quit": QUIT}, ("quit",), after(QUIT, 180)),
    ],
)
def test_due_points__asked_of_some_in_other_words__is_one_assessment(dates, given_up, expected):
    assert days(EITHER, dates, given_up=given_up)["abstinent.month6"] == expected
    (point,) = {at.point for at in due_points(points_of(EITHER, "all"), dates, BEGAN)
                if at.point.assessment == "month6"}  # fmt: skip
    assert point.items == ("month6", "month6-slip")


def test_points_of__asked_after_an_answer__has_the_day_of_the_question_before():
    found = {point.assessment: point for point in points_of(SMOKING, "all")}
    assert (found["since"].day, found["since"].anchor) == (180, "quit")
    assert found["month6"].baseline == ("baseline_abstinent",)
    assert found["since"].baseline == ()


@pytest.mark.slow
def test_points_of__shipped_programmes__every_cohort_has_every_outcome():
    for code in shipped():
        programme = read_programme(shipped_text(code))
        for cohort in programme.cohorts or ("all",):
            points = points_of(programme, cohort)
            assert {point.outcome for point in points} == {one.code for one in programme.outcomes}
            # A person who names no day of their own is in the denominator all the same.
            for outcome in programme.outcomes:
                assert any(
                    name.startswith(f"{outcome.code}.")
                    for name in days(programme, {}, BEGAN, cohort)
                ), (code, cohort, outcome.code)
