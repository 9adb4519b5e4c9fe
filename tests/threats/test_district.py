"""A district with thieves and jokers in it: no pig changes hands or life against its keeper."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from tests.services.world import open_folder
from tests.threats.district import live, settle

# `make district` is a year: 200 keepers, and at this rate 21,000 texts.
DAYS = int(os.environ.get("BILUM_TEST_DISTRICT_DAYS", "12"))  # noqa: TID251 — of the test alone
TEXTS_A_DAY = 34
MOST_ASKED = 0.05


@pytest.fixture
def world(migrated_folder, tmp_path):
    folder = shutil.copytree(migrated_folder, tmp_path / "data")
    opened = open_folder(folder, BILUM_ROUTES="+ console", BILUM_SMS_PRICES="console 15")
    yield opened
    opened.runtime.close()


@pytest.mark.slow
def test_district__honest_people_and_thieves__the_tables_say_what_is_true(world, capsys):
    district = settle(world, keepers=max(20, min(200, DAYS)), crooks=20, seed=1)
    live(district, DAYS, TEXTS_A_DAY)
    said, costs = district.said, district.costs()
    share = district.asked / said["honest"]
    told = (
        f"\n{sum(said.values()):,} texts in {DAYS} days: {dict(said)}; {len(district.pigs)} pigs; "
        f"{share:.1%} of honest texts wanted another; at most {max(costs.values()) / 100:.2f} kina"
        " a day\n"
    )
    with capsys.disabled():
        sys.stdout.write(told)
    assert district.wrongs() == []
    assert share <= MOST_ASKED
    assert max(costs.values()) <= world.runtime.settings.sms.daily_ceiling_toea
