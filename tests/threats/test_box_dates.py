"""A bound box that dates its texts back: a thief's clock makes no old facts and no old consent."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.storage.models import Animal
from tests.factories import official
from tests.services.village.box import FARMER, set_up_box
from tests.services.world import SECRET, open_folder
from tests.threats.phones import Phones, journal

NEWCOMER, HEN = "+67570000155", official(25)


@pytest.fixture
def box(staged, tmp_path):
    folder = shutil.copytree(staged[0], tmp_path / "data")
    world = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    yield set_up_box(world, "Kudjip", numbers=(FARMER,))
    world.runtime.close()


@pytest.fixture
def phones(box):
    return Phones(box.world)


def days_ago(box, days):
    return f"{box.world.runtime.clock() - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def alive(box):
    with box.world.runtime.database.read() as session:
        return session.scalars(select(Animal.ended_on).where(Animal.value == HEN)).one() is None


@pytest.mark.parametrize("days", [31, 45, 59])
def test_bound_box__dates_a_death_more_than_30_days_back__wants_a_yes(box, days):
    """The day of a text without a day is the box's claim, and a claim so old is asked about."""
    box.sync(box.sms("PLACE Kudjip, Jiwaka"), box.sms(f"REG {HEN}"))
    box.sync(box.sms(f"DEAD {HEN}", at=days_ago(box, days)))
    assert alive(box)
    assert "2026" in box.texts()[-1]
    assert "death" not in [one["type"] for one in journal(box.world)]
    box.sync(box.sms("YES", at=box.now))
    assert not alive(box)
    assert journal(box.world)[-1]["occurred"]["at"] == days_ago(box, days)[:10]


def test_bound_box__that_was_away_for_three_weeks__is_believed(box):
    box.sync(box.sms("PLACE Kudjip, Jiwaka"), box.sms(f"REG {HEN}"))
    box.sync(box.sms(f"DEAD {HEN}", at=days_ago(box, 21)))
    assert not alive(box)


def test_box__dates_a_text_before_its_number_was_bound__is_not_believed(box, phones):
    """A thief sends a text, waits for the owner's yes, and sends another dated before it."""
    box.sync(box.sms("HELP", NEWCOMER, at=box.now))
    phones.says(NEWCOMER, f"REG {HEN}")
    phones.says(NEWCOMER, "1")
    box.world.runtime.clock.pass_by(3600)
    box.sync(box.sms(f"DEAD {HEN}", NEWCOMER, at=days_ago(box, 2)))
    assert alive(box)
    assert journal(box.world)[-1]["standing"] == "evidence"
    box.sync(box.sms(f"DEAD {HEN}", NEWCOMER, at=box.now))
    assert not alive(box)


@pytest.mark.slow
def test_box__that_claims_no_time_that_can_be__says_nothing_of_an_older_day(box, phones):
    """1970 is no date: such a text is of the day on which it came, and bound as that is."""
    box.sync(box.sms("HELP", NEWCOMER, at=box.now))
    phones.says(NEWCOMER, f"REG {HEN}")
    phones.says(NEWCOMER, "1")
    box.world.runtime.clock.pass_by(3600)
    box.sync(box.sms(f"DEAD {HEN}", NEWCOMER, at="1970-01-01T00:00:00Z"))
    assert journal(box.world)[-1]["occurred"]["at"] == "2026-11-25"
