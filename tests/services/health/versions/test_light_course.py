"""The light course for tobacco: a third of the texts, and nothing of its safety left out."""

from __future__ import annotations

from datetime import timedelta

from services.health.courses.compiled import compile_course
from services.health.courses.schedule import CoursePosition, due
from services.health.format.entries import Do
from services.health.format.parser import read_programme
from services.health.linting.costs import costs
from services.health.linting.findings import LintSettings
from services.health.versions.bases import shipped_base
from services.health.versions.store import shipped_text
from tests.factories import NOW

FULL = read_programme(shipped_text("tobacco"))
LIGHT = read_programme(shipped_text("tobacco-light"), shipped_base)
SAFETY = (
    *("code", "red_flags", "events", "words", "outcomes", "anchors", "least_age", "stop"),
    *("welcome", "questions", "last_day", "resume", "pause_days", "revealing"),
)
DAY = timedelta(days=1)


def test_cost__of_the_light_course__is_79_texts_below_twenty_kina():
    for cost in costs(LIGHT, LintSettings()):
        assert (cost.messages, cost.segments) == (79, 79)
        assert cost.toea < 2000


def test_light__beside_the_full_course__keeps_all_that_is_for_safety_and_counts_the_same():
    for part in SAFETY:
        assert getattr(LIGHT, part) == getattr(FULL, part), part
    changed = {
        one.id for one, two in zip(LIGHT.intake, FULL.intake, strict=True) if one.text != two.text
    }
    assert changed == {"consent"}
    asked = {entry.id for entry in LIGHT.entries()}
    for entry in FULL.entries():
        branches = entry.ask.branches if entry.ask else ()
        does = {action.do for branch in branches for action in branch.actions}
        if Do.ALERT in does or Do.EVENT in does:
            assert entry.id in asked, entry.id


def test_light__by_day__is_three_for_a_week_then_fewer_and_asks_after_1_3_and_6_months():
    quits = NOW.date() + 14 * DAY
    position = CoursePosition("all", {"quit": quits}, None, "Pacific/Port_Moresby")
    placed = due(compile_course(LIGHT), position, NOW.date(), quits + 200 * DAY)
    counted = [sum(one.on == quits + day * DAY for one in placed) for day in range(-14, 181)]
    assert counted[13:20] == [3] * 7
    assert set(counted[20:26]) <= {2}
    assert max(counted[:13] + counted[26:]) <= 1
    assert all(1 <= sum(counted[day : day + 7]) <= 3 for day in range(28, 50, 7))
    assessed = [(one.on - quits).days for one in placed if one.item.assessment]
    assert assessed == [30, 90, 180]
