"""Days of what a box kept before it knew the time: none is guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.box.sync_loop import Step
from services.core.clock import write_time
from services.core.errors import ServerUnreachable
from services.village.protocol import UNDATED
from tests.services.box.village import FARMER, PIG, START

YEARS = [1970, 2026, 2099]


@pytest.fixture(params=YEARS)
def woken(village, request):
    """A box after a power cut, with a clock that shows a year and whatever day."""
    village.sync_all()
    village.time.pass_by(days=1)
    village.time.wrong_by = START.replace(year=request.param, month=1) - village.time.really
    return village.restarted()


def dates(village):
    return [item["at"] for item in village.server.items.values()]


def test_text__box_woke_in_another_year_and_syncs_after_14_days__has_its_own_day(woken):
    woken.time.pass_by(days=2)
    woken.says(FARMER, f"DEAD {PIG}")
    said_at = woken.time.really
    woken.time.pass_by(days=14)
    woken.sync_all()
    assert dates(woken) == [write_time(said_at)]


def test_text__power_is_cut_again_before_the_sync__has_no_day(woken):
    woken.says(FARMER, f"DEAD {PIG}")
    woken.time.pass_by(days=14)
    again = woken.restarted()
    again.says(FARMER, "HELP")
    said_at = again.time.really
    again.time.pass_by(hours=1)
    again.sync_all()
    assert dates(again) == [UNDATED, write_time(said_at)]


def test_text__after_a_sync__is_dated_by_the_server_and_by_what_has_passed(woken):
    woken.sync_all()
    woken.time.wrong_by = timedelta(days=-3000)
    woken.time.pass_by(hours=5)
    woken.says(FARMER, "HELP")
    woken.time.pass_by(days=9)
    woken.sync_all()
    assert dates(woken) == [write_time(woken.time.really - timedelta(days=9))]


def lose(_call):
    raise ServerUnreachable("The answer is lost")


def let_through(_call):
    """Let the answer through."""


def test_text__the_answer_was_lost_and_comes_days_later__is_not_dated_by_that_answer(woken):
    woken.server.after = lose
    assert woken.sync.step() is Step.FAILED
    woken.server.after = let_through
    woken.time.pass_by(days=6)
    woken.says(FARMER, f"DEAD {PIG}")
    said_at = woken.time.really
    woken.time.pass_by(hours=2)
    woken.sync_all()
    assert dates(woken) == [write_time(said_at)]


def test_clock__an_old_answer_comes_again__goes_on_as_it_was(village):
    village.sync_all()
    village.server.after = lose
    assert village.sync.step() is Step.FAILED
    village.server.after = let_through
    village.time.pass_by(days=6)
    village.sync.step()
    assert village.box.clock() == village.time.really


def test_clock__the_box_slept_while_its_answer_waited__goes_on_as_it_was(village):
    village.sync_all()
    village.server.after = lambda _call: village.time.pass_by(days=1)
    village.sync.step()
    assert village.box.clock() == village.time.really
