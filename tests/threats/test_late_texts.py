"""Texts that a carrier hands over late: they answer what was asked before they were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select, update

from services.health.versions.store import shipped_text
from services.messaging.lost_texts import PERIOD, LostTexts
from services.storage.models import DangerQuestion, Message, Subscription
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.ports import ReceivedText
from tests.services.health.scene import publish
from tests.services.scene import PIG
from tests.threats.phones import STRANGER, journal

KEEPER, NEIGHBOUR, OURS = "+67570000001", "+67570000002", "+67570000009"
TEN_MINUTES, SECONDS = timedelta(minutes=10), timedelta(seconds=20)


@dataclass
class Carrier:
    """A carrier that lists texts which it could not hand over."""

    phones: object
    keys: count = field(default_factory=lambda: count(1))

    def hands_over(self, number, text, written):
        """Let a text be fetched that was written at an instant; return what its sender is told."""
        runtime = self.phones.world.runtime
        listed = [ReceivedText(f"SML{next(self.keys)}", number, OURS, text, written)]
        runtime.clock.pass_by(PERIOD.total_seconds() * 2)
        before = self.phones._newest()
        lost = LostTexts(
            runtime.database, runtime.units, runtime.conversation.answer, runtime.clock
        )
        assert lost.fetch({"twilio": Listing(listed)}) == 1
        return [text for to, text in self.phones.texts(before) if to == number]


@dataclass
class Listing:
    """The list of a carrier."""

    listed: list[ReceivedText]

    def received(self, _since):
        return self.listed


@pytest.fixture
def carrier(phones):
    return Carrier(phones)


@pytest.fixture
def now(phones):
    """The instant it is, after ten minutes."""
    clock = phones.world.runtime.clock

    def wait(time=TEN_MINUTES):
        clock.pass_by(time.total_seconds())
        return clock()

    return wait


@pytest.fixture
def course(scene, phones):
    """The course Quit tobacco, open to all."""
    text = shipped_text("tobacco").replace("tpi: draft", "tpi: complete")
    publish(scene.world.runtime.database, text)
    database = scene.world.runtime.database
    with database.write() as session:
        party_of(Unit(session, database.vault), STRANGER).language = "en"


def offer(phones):
    """Offer a pig to the neighbour, whose phone gets the question."""
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR}")
    phones.says(KEEPER, phones.code_to(KEEPER))
    assert "1:" in phones.to(NEIGHBOUR)[-1]
    runtime = phones.world.runtime
    with runtime.database.write() as session:
        session.execute(update(Message).values(state="sent", tried_at=runtime.clock()))


def test_offer__one_written_before_it__takes_no_pig_and_the_question_is_repeated(
    phones, carrier, now
):
    written = phones.world.runtime.clock()
    now()
    offer(phones)
    told = carrier.hands_over(NEIGHBOUR, "1", written)
    assert journal(phones.world, "transfer") == []
    assert told == [phones.to(NEIGHBOUR)[0]]
    phones.says(NEIGHBOUR, "1")
    assert len(journal(phones.world, "transfer")) == 1


@pytest.mark.parametrize("off", [TEN_MINUTES, SECONDS, -SECONDS, timedelta(days=1)])
def test_offer__answer_by_a_carrier_whose_clock_is_off__takes_the_pig(phones, carrier, now, off):
    offer(phones)
    carrier.hands_over(NEIGHBOUR, "1", phones.world.runtime.clock() + off)
    assert len(journal(phones.world, "transfer")) == 1


@pytest.mark.parametrize("text", ["1", "yes", "yes please", "NO", "2", "cancel"])
def test_doubt_of_ones_own__answer_written_before_it__settles_nothing(phones, carrier, now, text):
    written = phones.world.runtime.clock()
    now()
    assert "15" in phones.says(KEEPER, "DEAD 15")
    carrier.hands_over(KEEPER, text, written)
    assert journal(phones.world, "death") == []
    phones.says(KEEPER, "1")
    assert len(journal(phones.world, "death")) == 1


def test_doubt__of_a_text_that_came_late_itself__may_be_answered(phones, carrier, now):
    written = phones.world.runtime.clock()
    now()
    carrier.hands_over(KEEPER, "DEAD 15", written)
    carrier.hands_over(KEEPER, "1", now())
    assert len(journal(phones.world, "death")) == 1


def test_danger__no_written_before_the_question__leaves_it_open(phones, carrier, now):
    written = phones.world.runtime.clock()
    now()
    assert "1" in phones.says(STRANGER, "2 children died")
    told = carrier.hands_over(STRANGER, "2", written)
    with phones.world.runtime.database.read() as session:
        assert session.scalars(select(DangerQuestion.closed_at)).all() == [None]
    assert told == [], "nor are they told that nobody waits for an answer"
    phones.says(STRANGER, "2")
    with phones.world.runtime.database.read() as session:
        assert session.scalars(select(DangerQuestion.answer)).all() == ["no"]


def state_of_course(phones):
    with phones.world.runtime.database.read() as session:
        return session.scalars(select(Subscription.state)).one()


@pytest.mark.slow
def test_consent__yes_written_before_the_question__is_none(phones, carrier, now, course):
    written = phones.world.runtime.clock()
    now()
    for said in ("QUIT", "2", "1", "34"):
        phones.says(STRANGER, said)
    carrier.hands_over(STRANGER, "1", written)
    assert state_of_course(phones) == "screened"
    phones.says(STRANGER, "1")
    assert state_of_course(phones) == "consented"


@pytest.mark.slow
def test_stop__written_before_the_course_was_joined__leaves_it(phones, carrier, now, course):
    written = phones.world.runtime.clock()
    now()
    phones.says(STRANGER, "QUIT")
    assert carrier.hands_over(STRANGER, "STOP", written) == []
    assert state_of_course(phones) == "invited"


@pytest.mark.slow
@pytest.mark.parametrize("by_carrier", [True, False])
def test_stop__written_after_the_course_was_joined__ends_it(
    phones, carrier, now, course, by_carrier
):
    """Though both came late, the wish to leave is the later one."""
    written = phones.world.runtime.clock()
    if by_carrier:
        carrier.hands_over(STRANGER, "QUIT", written)
    else:
        phones.says(STRANGER, "QUIT")
    carrier.hands_over(STRANGER, "STOP", written + timedelta(minutes=1))
    assert state_of_course(phones) == "opted_out"
