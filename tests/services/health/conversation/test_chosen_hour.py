"""The hour that a member chooses for their texts."""

from __future__ import annotations

from collections import Counter
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from services.health.conversation.hour_command import read_hour
from services.health.courses.chosen_hour import shifted, shifts
from services.health.format.parser import read_programme
from services.health.linting.findings import LintSettings
from services.health.linting.linter import lint
from services.health.versions.store import shipped_text
from tests.factories import NOW
from tests.services.health.scene import SMALL, Course, publish

MOVING = (
    SMALL.replace("    anchor: enrolment\n", "    anchor: enrolment\n    moves: true\n")
    .replace("{id: day-2, day", "{id: day-2, moves: true, day")
    .replace("      - id: month1\n", "      - id: month1\n        moves: true\n")
)
ZONE = ZoneInfo("Pacific/Port_Moresby")
DAY = date(2026, 12, 5)

MOVED = {
    ("09:00",): {7: ["07:00"], 20: ["20:00"], 9: ["09:00"]},
    ("09:00", "16:30"): {7: ["07:00", "14:30"], 18: ["13:29", "20:59"]},
    ("07:00", "20:59"): {12: ["07:00", "20:59"]},
    ("20:45",): {20: ["20:00"], 7: ["07:00"]},
    ("07:00", "09:00", "11:00"): {8: ["08:00", "10:00", "12:00"]},
}


@pytest.mark.parametrize("times", MOVED)
def test_shift__of_a_days_texts__keeps_their_distance_and_the_window(times):
    for hour, wanted in MOVED[times].items():
        texts = [(DAY, time.fromisoformat(at)) for at in times]
        by = shifts(texts, hour)[DAY]
        assert [f"{shifted(at, by):%H:%M}" for _, at in texts] == wanted


HEARD = {
    "7": 7,
    "7 am": 7,
    "07:00": 7,
    "6pm": 18,
    "5 apinun": 17,
    "8 klok moning": 8,
    "12": 12,
    "no": 0,
    "NOGAT": 0,
    "0": 24,
    "23": 23,
    "12 pm": 12,
    **dict.fromkeys(("", "seven", "7 pigs", "25", "104276", "7 8", "to go", "mi go"), None),
}


@pytest.mark.parametrize("text", HEARD)
def test_hour__as_people_write_it__is_read_or_is_no_hour(text):
    found = read_hour(text)
    assert (found and found.value) == HEARD[text]


@pytest.fixture
def maria(database):
    publish(database, MOVING, ("en", "tpi"))
    course = Course(database)
    course.join()
    return course


def times(course, item):
    """The local times at which a text waits, or was planned."""
    return [
        f"{row.planned_at.astimezone(ZONE):%d %b %H:%M}"
        for row in course.messages()
        if row.item == item and row.state == "queued"
    ]


@pytest.mark.slow
def test_hour__chosen__moves_what_may_move_and_tells_no_illness(maria):
    maria.keep()
    assert times(maria, "tip-1") == ["26 Nov 09:00"]
    told = maria.say("TIME 6 pm")
    assert "from 18:00 on" in told
    assert "tobacco" not in told.lower()
    assert maria.row().hour == 18
    maria.keep()
    assert times(maria, "tip-1") == ["26 Nov 18:00"], "its old message was taken back"
    maria.later(days=12)
    assert (times(maria, "day-0"), times(maria, "day-2")) == (["05 Dec 07:30"], ["07 Dec 18:00"])
    assert "times of the course again" in maria.say("TIME NO")
    assert maria.row().hour is None
    maria.later(days=29)
    assert times(maria, "month1") == ["04 Jan 10:00"]


@pytest.mark.slow
def test_hour__changed_again_and_again__sends_each_text_once_and_loses_no_question(maria):
    maria.say("TIME 20")
    for number in range(24):
        maria.later(hours=44)
        maria.say(f"TIME {(7, 20, 12)[number % 3]}")
    live = [row for row in maria.messages() if row.purpose == "course" and row.state == "queued"]
    counted = Counter(row.item for row in live)
    assert set(counted.values()) == {1}
    assert {"tip-1", "before-1", "day-0", "day-2", "mood-3", "month1"} <= counted.keys()


def test_hour__that_cannot_be__is_told_and_changes_nothing(maria):
    assert "from 7 in the morning" in maria.say("TIME 5")
    assert maria.say("TAIM 3").startswith("Mesej inap kam")
    assert maria.row().hour is None
    assert maria.say("TIME 7").startswith("From tomorrow")
    maria.say("PAUSE")
    assert maria.row().hour == 7
    maria.say("STOP")
    assert maria.say("TIME 9") == maria.say("PAUSE")


@pytest.mark.slow
def test_hour__of_a_course_whose_texts_are_fixed__is_refused_kindly(database):
    publish(database, SMALL, ("en",))
    course = Course(database)
    course.join()
    assert "do not move" in course.say("TIME 7")
    assert course.row().hour is None


def test_moving__text_that_names_a_time_of_day__is_a_fault():
    said = MOVING.replace("Day 2. Water helps.", "Tonight drink water.")
    found = lint(read_programme(said), LintSettings(), NOW.date())
    (fault,) = [one for one in found if one.code == "moment_moves"]
    assert (fault.where, "Tonight" in fault.message) == ("phases.course.day-2", True)
    moving = read_programme(shipped_text("hypertension")).phases[0].items
    assert 20 < sum(one.moves for one in moving) < len(moving)
