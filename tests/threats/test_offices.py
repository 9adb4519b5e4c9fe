"""Attacks on the people who hold an office, and on those who act for a keeper."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.messaging.consent import refuse
from services.messaging.operator_alarms import raise_alarms
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Message
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.consent import channel_scope
from sms.dispatch import Dispatcher
from sms.message import Kind
from tests.fakes.carriers import CountingCarrier
from tests.fakes.recorder_store import MemoryRecorderStore

if TYPE_CHECKING:
    from tests.services.world import World

KEEPER, VET, BOSS, THIEF = "+67570000001", "+67570000021", "+67570000022", "+67570000066"


@dataclass
class Village:
    """A keeper in Jiwaka, their officers, and a thief who can write any sender's number."""

    world: World
    numbers: count[int] = field(default_factory=lambda: count(1))

    def sms(self, text: str, sender: str = KEEPER) -> str:
        """Send one SMS by the webhook, as anybody may in anybody's name; return the reply."""
        seen = self.last()
        answer = self.world.sms(text, f"SM{next(self.numbers)}", sender)
        assert answer.status_code < 300, answer.text
        new = [body for key, to, body in self.texts() if key > seen and to == sender]
        return new[0] if new else ""

    def give(self, number: str, role: Role, province: str | None = None) -> None:
        with self.world.runtime.database.write() as session:
            row = party_of(Unit(session, self.world.runtime.database.vault), number)
            row.role, row.province, row.language = role.value, province, "en"

    def texts(self, *, sent: bool = False) -> list[tuple[int, str, str]]:
        """Every text of the outbox, or those that a carrier took: key, number, body."""
        rows = select(Message.id, Message.recipient, Message.body).order_by(Message.id)
        if sent:
            rows = rows.where(Message.state == "sent")
        with self.world.runtime.database.read() as session:
            return [tuple(row) for row in session.execute(rows)]

    def last(self) -> int:
        return max((key for key, _, _ in self.texts()), default=0)

    def deliver(self) -> list[tuple[str, str]]:
        """Send all that may go now; return number and text of what a carrier took."""
        runtime, before = self.world.runtime, self.texts(sent=True)
        carrier = CountingCarrier("console")
        worker = Dispatcher(runtime.dispatch_store, {"console": carrier}, runtime.clock, "w")
        worker.drain()
        worker.close()
        return [
            (to, body) for key, to, body in self.texts(sent=True) if (key, to, body) not in before
        ]


@pytest.fixture
def village(world):
    made = Village(world)
    made.sms("PLACE Jiwaka")
    made.give(VET, Role.VETERINARY_OFFICER, "Jiwaka")
    return made


@pytest.mark.parametrize("text", ["STOP ALL", "STOPIM OLGETA", "CANCEL"])
def test_stop_all_in_an_officers_name__does_not_silence_the_alarm_of_an_outbreak(village, text):
    """Threat: whoever writes STOP ALL with an officer's number as sender silences the officer."""
    reply = village.sms(text, VET)
    assert "veterinary officer" in reply or "vet ofisa" in reply
    village.sms("SICK 3 swine fever")
    assert any(to == VET and body.startswith("AL") for to, body in village.deliver())


def test_stop_all_of_an_officer__still_ends_what_is_no_part_of_the_office(village):
    """An officer is a person, too: programmes and ordinary texts end."""
    village.sms("STOP ALL", VET)
    runtime = village.world.runtime
    now = runtime.clock()
    with runtime.database.write() as session:
        message = OutboundMessage(VET, runtime.database.vault.index(VET), "News", "news")
        options = SendOptions("news", now, now.replace(year=2030), Kind.URGENT)
        enqueue_messages(session, [message], options)
    assert (VET, "News") not in village.deliver()


def test_stop_all_while_an_alarm_waits__does_not_close_the_alarm(village):
    """Threat: STOP ALL in an officer's name a second after the alarm was queued."""
    village.sms("SICK 3 swine fever")
    village.sms("STOP ALL", VET)
    assert any(to == VET and body.startswith("ALARM") for to, body in village.deliver())


def test_office_that_ended__gets_no_alarm_any_more(village):
    """The texts of an office end with the office."""
    village.give(VET, Role.KEEPER)
    village.sms("SICK 3 swine fever")
    assert VET not in [to for to, _ in village.deliver()]


def test_carriers_opt_out_of_an_officer__is_told_to_the_administrators(village):
    """Threat: STOP to the carrier itself (21610) silences an officer, and nobody notices."""
    village.give(BOSS, Role.ADMINISTRATOR)
    runtime = village.world.runtime
    index, now = runtime.database.vault.index(VET), runtime.clock()
    with runtime.database.write() as session:
        refuse(session, index, channel_scope("twilio"), "carrier", now)
    for _ in range(2):
        with runtime.database.write() as session:
            raise_alarms(session, MemoryRecorderStore(runtime.clock), now)
    told = [body for _, to, body in village.texts() if to == BOSS]
    assert len(told) == 1
    assert "veterinary officer of Jiwaka" in told[0]
