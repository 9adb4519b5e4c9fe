"""A course at a glance."""

from __future__ import annotations

from services.health.format.documents import read_document
from services.health.format.parser import build, read_programme
from services.health.linting.course import Week, weeks_of
from tests.services.health.scene import SMALL


def test_weeks_of__small_programme__counts_each_day_from_its_anchor():
    assert weeks_of(read_programme(SMALL), "all") == [
        Week("enrolment", 0, (0, 1, 0, 0, 0, 0, 0)),
        Week("quit", -1, (0, 0, 0, 0, 0, 0, 1)),
        Week("quit", 0, (1, 0, 1, 1, 0, 0, 0)),
        Week("quit", 4, (0, 0, 1, 0, 0, 0, 0)),
        Week("slip", 0, (0, 1, 0, 0, 0, 1, 0)),
    ]


def test_weeks_of__cohorts__have_what_is_theirs_and_what_is_everybodys():
    document = read_document(SMALL)
    document["cohorts"] = ["one", "two"]
    document["phases"][1]["cohorts"] = ["two"]
    document["phases"][1]["messages"][0]["cohorts"] = ["one"]
    programme = build(document)
    totals = {
        cohort: sum(week.total for week in weeks_of(programme, cohort)) for cohort in ("one", "two")
    }
    assert totals == {"one": 4, "two": 7}
