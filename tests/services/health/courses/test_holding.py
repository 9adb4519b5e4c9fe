"""A red flag in a pause of the person's own, and a clinician's note."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.health.courses.holding import hold, release_held
from services.health.courses.plan_changes import pause, resume_due
from tests.services.health.courses.clinic import Clinic, at

RESUMES = date(2026, 12, 6)


@pytest.fixture
def clinic(database):
    """One person, who paused on 26 November until 6 December and was in danger an hour later."""
    clinic = Clinic(database)
    clinic.key = clinic.enrol(at(20, 12), quit="2026-12-20")
    clinic.change(clinic.key, pause, at(26, 12))
    assert clinic.row(clinic.key).resumes_on == RESUMES
    clinic.change(clinic.key, hold, at(26, 13))
    return clinic


def work(clinic, step, now):
    with clinic.database.write() as session:
        done = step(session, now, 10)
    row = clinic.row(clinic.key)
    return done, row.state, row.resumes_on


def test_release__within_a_pause_of_their_own__it_lasts_until_its_day(clinic):
    assert work(clinic, release_held, at(26, 14)) == (1, "paused", RESUMES)
    assert work(clinic, release_held, at(26, 15)) == (0, "paused", RESUMES)
    assert work(clinic, resume_due, at(6, 12, month=12)) == (1, "active", None)


def test_release__in_danger_twice_in_a_pause__it_lasts_until_its_day(clinic):
    clinic.change(clinic.key, hold, at(27, 13))
    assert work(clinic, release_held, at(27, 14)) == (1, "paused", RESUMES)


def test_release__after_the_day_of_their_pause__goes_on_at_once(clinic):
    assert work(clinic, resume_due, at(6, 12, month=12)) == (0, "paused", None)
    assert work(clinic, release_held, at(6, 13, month=12)) == (1, "active", None)
    clinic.change(clinic.key, hold, at(6, 14, month=12))
    later = at(6, 14, month=12) + timedelta(hours=1)
    assert work(clinic, release_held, later) == (1, "active", None)


def test_pause__of_a_course_that_rests_after_danger__does_not_end_the_rest(clinic):
    assert work(clinic, release_held, at(27, 13)) == (1, "paused", RESUMES)
    clinic.change(clinic.key, hold, at(27, 14))
    assert clinic.change(clinic.key, pause, at(28, 12)) == date(2026, 12, 8)
    assert clinic.row(clinic.key).resumes_on is None
    assert work(clinic, release_held, at(29, 12)) == (1, "paused", date(2026, 12, 8))
