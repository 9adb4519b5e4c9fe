"""Texts that a carrier took while the server could not: fetched from its list, each once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.messaging.lost_texts import FIRST_LOOK, OVERLAP, PERIOD, LostTexts
from services.storage.models import Arrival, Journal
from sms.errors import CarrierError
from sms.ports import ReceivedText
from tests.services.world import ANIMAL

FARMER, OURS = "+67570000001", "+67570000009"
DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class ListingCarrier:
    """Lists what it was given, and remembers from when on it was asked."""

    texts: list[ReceivedText] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)
    broken: bool = False
    name: str = "twilio"

    def received(self, since):
        self.asked.append(since)
        if self.broken:
            raise CarrierError("http-503")
        return [one for one in self.texts if one.sent_at >= since]


@pytest.fixture
def carrier():
    return ListingCarrier()


@pytest.fixture
def lost(world):
    runtime = world.runtime
    return LostTexts(runtime.database, runtime.units, runtime.conversation.answer, runtime.clock)


def listed(world, text, sid="SM1", sender=FARMER, ago=timedelta(minutes=3)):
    return ReceivedText(sid, sender, OURS, text, world.runtime.clock() - ago)


def recorded(world):
    with world.runtime.database.read() as session:
        return [(one.type, str(one.occurred_on)) for one in session.scalars(select(Journal))]


def test_fetch__text_that_never_came__takes_effect_on_the_day_it_was_sent_and_once(
    world, lost, carrier
):
    carrier.texts = [listed(world, f"REG {ANIMAL}", ago=FIRST_LOOK)]
    assert lost.fetch({"twilio": carrier}) == 1
    assert recorded(world) == [("register", "2026-11-24")]
    assert world.counts()["message"] == 1
    world.runtime.clock.now += PERIOD
    carrier.texts = [listed(world, f"REG {ANIMAL}")]
    assert lost.fetch({"twilio": carrier}) == 0
    assert len(recorded(world)) == 1


def test_fetch__text_that_had_come__has_no_effect_again(world, lost, carrier):
    world.sms(f"REG {ANIMAL}")
    before = world.counts()
    carrier.texts = [listed(world, f"REG {ANIMAL}")]
    assert lost.fetch({"twilio": carrier}) == 0
    assert world.counts() == before | {"carrier_look": 1}


def test_sms__text_that_was_fetched_before__is_answered_and_has_no_effect_again(
    world, lost, carrier
):
    carrier.texts = [listed(world, f"REG {ANIMAL}")]
    lost.fetch({"twilio": carrier})
    before = world.counts()
    assert world.sms(f"REG {ANIMAL}").status_code == 200
    assert world.counts() == before


def test_fetch__within_five_minutes_or_by_two_workers__asks_once(world, lost, carrier):
    for _ in range(3):
        lost.fetch({"twilio": carrier})
    assert len(carrier.asked) == 1
    world.runtime.clock.now += PERIOD
    lost.fetch({"twilio": carrier})
    since = world.runtime.clock() - PERIOD - FIRST_LOOK - OVERLAP
    assert carrier.asked == [since, since], "nothing was listed, and nothing passed over"


def test_fetch__texts_listed__the_next_look_begins_with_the_newest(world, lost, carrier):
    carrier.texts = [listed(world, "HELP", "SM1"), listed(world, "HELP", "SM2", ago=DAY / 2)]
    lost.fetch({"twilio": carrier})
    world.runtime.clock.now += DAY
    lost.fetch({"twilio": carrier})
    assert carrier.asked[1] == carrier.texts[0].sent_at - OVERLAP


def test_fetch__clock_an_hour_ahead_and_set_right__passes_over_no_text(world, lost, carrier):
    """By such a clock all that comes next was sent before the last look."""
    right = world.runtime.clock.now
    world.runtime.clock.now = right + AN_HOUR
    lost.fetch({"twilio": carrier})
    came = ReceivedText("SM1", FARMER, OURS, f"REG {ANIMAL}", right + PERIOD)
    carrier.texts = [came]
    world.runtime.clock.now = right + 2 * PERIOD
    assert lost.fetch({"twilio": carrier}) == 1, "nor waits until the hour is over"
    assert len(recorded(world)) == 1


def test_fetch__carrier_that_cannot_be_asked__is_asked_for_all_of_it_later(world, lost, carrier):
    carrier.broken = True
    assert lost.fetch({"twilio": carrier}) == 0
    world.runtime.clock.now += DAY
    carrier.broken, carrier.texts = False, [listed(world, "HELP", ago=DAY)]
    assert lost.fetch({"twilio": carrier}) == 1


def test_fetch__text_that_meets_a_fault__keeps_no_other_waiting_and_is_tried_again(world, carrier):
    def faulty(unit, envelope):
        if envelope.text == "BOOM":
            raise RuntimeError("a fault")
        return world.runtime.conversation.answer(unit, envelope)

    runtime = world.runtime
    lost = LostTexts(runtime.database, runtime.units, faulty, runtime.clock)
    carrier.texts = [listed(world, "BOOM", "SM1"), listed(world, "HELP", "SM2")]
    lost.fetch({"twilio": carrier})
    with runtime.database.read() as session:
        assert session.scalars(select(Arrival.outcome)).all() == ["help"]
    runtime.clock.now += PERIOD
    lost.fetch({"twilio": carrier})
    assert carrier.asked[0] + PERIOD > carrier.asked[1], "nothing after the fault counts as seen"


def test_fetch__carrier_that_lists_nothing__is_not_asked(world, lost):
    assert lost.fetch({"console": object(), "kannel": object()}) == 0
    assert world.counts()["carrier_look"] == 0
