"""`bilum subscription`: shown with a masked number, changed, and each reading noted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.clock import utc_now
from services.core.settings import Settings
from services.runtime.container import Runtime
from services.storage.models import Access
from tests.factories import FARMER
from tests.services.health.scene import Course, publish


@pytest.fixture
def course(bilum, tmp_path):
    """A person whose course runs, in the folder of the command."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    publish(runtime.database)
    one = Course(runtime.database, now=utc_now())
    day = f"{utc_now() + timedelta(days=10):%-d %b}"
    one.say("QUIT", "1", "yes", "Maria", "2", day)
    yield one
    runtime.close()


def noted(course):
    with course.database.read() as session:
        return session.scalars(select(Access.what)).all()


def test_show__by_phone_or_id__masks_the_number_and_notes_the_reading(bilum, course):
    by_phone = bilum("subscription", "show", FARMER)
    assert by_phone.status == 0, by_phone.err
    assert "state: active" in by_phone.out
    assert "tip-1" in by_phone.out
    assert FARMER not in by_phone.out
    by_id = bilum("subscription", "show", course.row().public_id)
    assert by_id.out.splitlines()[0] == by_phone.out.splitlines()[0]
    assert noted(course) == ["bilum subscription show"] * 2


def test_show__nobody__says_so_without_the_number(bilum, course):
    ended = bilum("subscription", "show", "+67570009999")
    assert (ended.status, "not_found" in ended.err) == (2, True)
    assert "70009999" not in ended.err


def test_list__by_state__masks_and_notes(bilum, course):
    shown = bilum("subscription", "list", "--state", "active", "--programme", "tobacco")
    assert "active" in shown.out
    assert FARMER not in shown.out
    assert noted(course) == ["bilum subscription list"]
    assert "active" not in bilum("subscription", "list", "--state", "paused").out.splitlines()[-1]


def test_anchor__another_day__prints_what_is_cancelled_and_created(bilum, course):
    day = f"{utc_now() + timedelta(days=12):%Y-%m-%d}"
    moved = bilum("subscription", "anchor", FARMER, "quit", day)
    assert moved.status == 0, moved.err
    assert "created:" in moved.out
    assert "day-0" in moved.out
    assert course.row().anchors["quit"] == day
    wrong = bilum("subscription", "anchor", FARMER, "feast", day)
    assert (wrong.status, "invalid" in wrong.err) == (2, True)


def test_pause_resume_end__in_turn__are_told(bilum, course):
    assert "paused until" in bilum("subscription", "pause", FARMER).out
    assert bilum("subscription", "pause", FARMER).status == 2
    assert "state: active" in bilum("subscription", "resume", FARMER).out
    ended = bilum("subscription", "end", FARMER, "--reason", "too_many")
    assert "state: opted out" in ended.out.replace("_", " ")
    assert (course.row().state, course.row().reason) == ("opted_out", "too_many")
