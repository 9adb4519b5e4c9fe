"""Floods: nobody spends the operator's money, silences an alarm, or loses a report by writing much.

What is written is recorded whatever becomes of its answer.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.storage.models import Contact, Message, Party
from tests.services.world import ANIMAL

if TYPE_CHECKING:
    from tests.services.world import World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
VICTIM, ATTACKER = "+67570000001", "+67570000003"
DANGER = "I have chest pain"

_sids = count(1)


class Door:
    """The webhook of a carrier, and what went out of it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def write(self, text: str, sender: str = ATTACKER, to: str = "+67570000009") -> None:
        form = {"MessageSid": f"SM{next(_sids):032}", "From": sender, "To": to, "Body": text}
        answer = self.world.twilio("http://localhost/gateway/twilio/sms", form)
        assert answer.status_code == 200, answer.text

    def wait(self, time: timedelta) -> None:
        self.world.runtime.clock.now += time

    def answers(self, number: str = ATTACKER) -> list[tuple[str, str | None, str]]:
        """State, reason and text of each answer to a number."""
        with self.world.runtime.database.read() as session:
            index = self.world.runtime.database.vault.index(number)
            rows = session.execute(
                select(Message.state, Message.reason, Message.body)
                .where(Message.recipient_index == index, Message.kind == "answer")
                .order_by(Message.id)
            )
            return [tuple(row) for row in rows]

    def going(self, number: str = ATTACKER) -> list[str]:
        """Texts of the answers that go to a number."""
        return [body for state, _, body in self.answers(number) if state == "queued"]

    def reasons(self, number: str = ATTACKER) -> Counter[str | None]:
        return Counter(reason for _, reason, _ in self.answers(number))

    def give_role(self, number: str, role: Role) -> None:
        with self.world.runtime.database.write() as session:
            index = self.world.runtime.database.vault.index(number)
            party = session.scalars(
                select(Party).join(Contact).where(Contact.number_index == index)
            ).one()
            party.role = role.value


@pytest.fixture
def door(world):
    return Door(world)


def pig(number: int) -> str:
    return f"{int(ANIMAL) + number:015}"


def test_500_texts_of_one_sender__cost_21_answers_and_are_all_recorded(door):
    """Somebody sends 500 texts in an hour to spend the operator's money."""
    for number in range(500):
        door.write(f"REG {pig(number)}")
    going = door.going()
    assert len(going) == 21
    assert going[-1].startswith(("You had 20 answers in an hour", "Yu kisim pinis 20 bekim"))
    assert door.reasons() == {None: 21, "too_many": 480}
    assert door.world.counts()["journal"] == 500
    door.wait(HOUR)
    door.write(f"REG {pig(500)}")
    assert len(door.going()) == 22


def test_recorder__200_pigs_of_a_village_in_an_hour__get_200_receipts(door):
    """A flood's limit must not silence the people whose work is to report."""
    door.write("HELP", VICTIM)
    door.give_role(VICTIM, Role.RECORDER)
    for number in range(199):
        door.write(f"REG {pig(number)}", VICTIM)
    assert {state for state, _, _ in door.answers(VICTIM)} == {"queued"}
    door.write(f"REG {pig(200)}", VICTIM)
    door.write(f"REG {pig(201)}", VICTIM)
    assert door.reasons(VICTIM)["too_many"] == 2


def test_two_auto_responders__300_rounds__end_after_five(door):
    """A phone answers each of our texts by itself: 'I am driving'."""
    rounds, heard = 0, 0
    while rounds < 300:
        door.write("I am driving, I will call you back.")
        rounds += 1
        door.wait(timedelta(seconds=2))
        if len(door.going()) == heard:
            break
        heard = len(door.going())
    assert (rounds, heard) == (6, 5)
    assert door.reasons()["loop"] == 1


def test_text_of_every_minute__same_answer__stays_silent_until_it_pauses(door):
    """A service texts us every minute for a day: 'Your balance is low'."""
    for _ in range(120):
        door.write("Your balance is low. Dial *123#")
        door.wait(MINUTE)
    assert len(door.going()) == 5
    door.wait(10 * MINUTE)
    door.write("Your balance is low. Dial *123#")
    assert len(door.going()) == 6


def test_our_own_number__is_never_answered(door):
    """A forged text comes from the number that it was sent to."""
    for _ in range(3):
        door.write("HELP", "+67570000009")
    assert door.reasons("+67570000009") == {"own_number": len(door.answers("+67570000009"))}


def test_stop_beyond_the_limit__is_confirmed_once_a_day_and_obeyed_each_time(door):
    """STOP among a flood ends what is sent, and its one confirmation is owed."""
    for number in range(30):
        door.write(f"REG {pig(number)}")
    before = len(door.going())
    for _ in range(3):
        door.write("STOP ALL")
        door.write("START")
    said = door.going()[before:]
    assert len(said) == 1
    assert said[0].startswith(("OK. We send you no more messages", "OK. Mipela"))


def test_flood__any_length__is_never_a_fault_of_the_server(door):
    for text in ["HELP"] * 30 + ["?" * 900] * 3 + [""] * 3:
        door.write(text)
    assert len(door.going()) <= 22
