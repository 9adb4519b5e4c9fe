"""Days of what a box kept before it knew the time: none is guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.core.clock import write_time
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
