"""Floods: nobody spends the operator's money, silences an alarm, or loses a report by writing much.

What is written is recorded whatever becomes of its answer.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.messaging.dispatch.decision_batch import cost_of_today
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.runtime.workers import keep_time, make_dispatcher
from services.storage.models import Arrival, Contact, Message, Party
from services.texts.catalogue import say
from sms.answering import USUAL, AnswerLimits
from sms.carriers.console import ConsoleCarrier
from sms.message import Kind
from sms.settings import HERE
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
            indexes = self.world.runtime.database.vault.indexes(number)
            rows = session.execute(
                select(Message.state, Message.reason, Message.body)
                .where(Message.recipient_index.in_(indexes), Message.kind == "answer")
                .order_by(Message.id)
            )
            return [tuple(row) for row in rows]

    def going(self, number: str = ATTACKER) -> list[str]:
        """Texts of the answers that go to a number."""
        return [body for state, _, body in self.answers(number) if state == "queued"]

    def reasons(self, number: str = ATTACKER) -> Counter[str | None]:
        return Counter(reason for _, reason, _ in self.answers(number))

    def dispatch(self) -> int:
        """Send what may go; return how many texts went."""
        sent = StringIO()
        carriers = {HERE: ConsoleCarrier(sent)}
        dispatcher = make_dispatcher(self.world.runtime, carriers)
        before = self._attempts()
        dispatcher.drain()
        dispatcher.close()
        return self._attempts() - before

    def _attempts(self) -> int:
        return self.world.counts()["attempt"]

    def cost_of_today(self) -> int:
        with self.world.runtime.database.read() as session:
            return cost_of_today(session, self.world.runtime.clock())

    def keep_time(self) -> None:
        keep_time(self.world.runtime)

    def alarms(self) -> list[str]:
        """Texts to administrators about the system."""
        with self.world.runtime.database.read() as session:
            which = Message.purpose == "system"
            return list(session.scalars(select(Message.body).where(which).order_by(Message.id)))

    def queue_urgent(self, number: str) -> None:
        now, database = self.world.runtime.clock(), self.world.runtime.database
        message = OutboundMessage(number, database.vault.index(number), "Tambu.", f"u{next(_sids)}")
        with database.write() as session:
            options = SendOptions("notice", now, now + HOUR, Kind.URGENT)
            enqueue_messages(session, [message], options)

    def urgent(self, number: str) -> list[str]:
        """Urgent texts to a number."""
        database = self.world.runtime.database
        mine = (Message.recipient_index == database.vault.index(number), Message.kind == "urgent")
        with database.read() as session:
            return list(session.scalars(select(Message.body).where(*mine).order_by(Message.id)))

    def give(self, animal: str, sender: str = ATTACKER) -> None:
        """Give an animal to the victim, and send the code back where one is asked for."""
        self.write(f"GIVE {animal} {VICTIM}", sender)
        code = re.search(r"\b[0-9]{6}\b", self.answers(sender)[-1][2])
        if code:
            self.write(code[0], sender)

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


FOREIGN = ["+881621234567", "+882131234567", "+870773123456", "+19005551234", "+447012345678"]


def pig(number: int) -> str:
    return f"{int(ANIMAL) + number:015}"


@pytest.mark.slow
def test_120_texts_of_one_sender__cost_21_answers_and_are_all_recorded(door):
    """Somebody sends hundreds of texts in an hour to spend the operator's money."""
    for number in range(120):
        door.write(f"REG {pig(number)}")
    going = door.going()
    assert len(going) == 21
    assert going[-1].startswith(("You had 20 answers in an hour", "Yu kisim pinis 20 bekim"))
    assert door.reasons() == {None: 21, "too_many": 100}
    assert door.world.counts()["journal"] == 120
    door.wait(HOUR)
    door.write(f"REG {pig(120)}")
    assert len(door.going()) == 22


@pytest.mark.slow
def test_recorder__pigs_of_a_village_in_an_hour__get_their_receipts(open_world, settings):
    """A flood's limit must not silence the people whose work is to report: 200 an hour, here 30."""
    limits = AnswerLimits(USUAL.keepers, 30)
    door = Door(open_world(sms=replace(settings.sms, answers=limits)))
    door.write("HELP", VICTIM)
    door.give_role(VICTIM, Role.RECORDER)
    for number in range(29):
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


@pytest.mark.slow
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


@pytest.mark.parametrize("sender", FOREIGN)
def test_satellite_or_premium_number__is_heard_and_never_answered(door, sender):
    """Who owns the range is paid for each answer."""
    door.write(f"REG {ANIMAL}", sender)
    assert door.world.counts()["journal"] == 1
    assert door.dispatch() == 0
    ((state, reason, _),) = door.answers(sender)
    assert state == "suppressed"
    assert reason in {"special_number", "country"}


@pytest.mark.slow
def test_sms_pumping__100_numbers_of_one_foreign_range__cost_nothing(door):
    for number in range(100):
        door.write("HELP", f"+2348030{number:06}")
    assert door.dispatch() == 0
    assert door.cost_of_today() == 0


def test_deny_list__number_and_range__are_never_answered(open_world, settings):
    denied = replace(settings.sms, denied=("+67570000003", "+6757111*"))
    door = Door(open_world(sms=denied))
    for sender in (ATTACKER, "+67571110000", VICTIM):
        door.write("HELP", sender)
    assert door.dispatch() == 1
    assert door.reasons(ATTACKER) == door.reasons("+67571110000") == {"denied": 1}


def test_name_or_short_code_as_sender__is_no_fault_and_never_answered(door):
    """A carrier's own text comes from DIGICEL or 1801332: nobody can be answered there."""
    for sender in ("DIGICEL", "1801332", "*123#"):
        form = {"MessageSid": f"SM{next(_sids):032}", "From": sender, "To": "1", "Body": "HELP"}
        answer = door.world.twilio("http://localhost/gateway/twilio/sms", form)
        assert answer.status_code < 500
    assert door.world.counts()["message"] == 0


@pytest.mark.slow
def test_ceiling__60_numbers_of_the_country__stops_answers_and_nothing_else(open_world, settings):
    """Many numbers write a few times each: the day's ceiling ends it, to the toea."""
    poor = replace(settings.sms, daily_ceiling_toea=1000, price_toea=25)
    door = Door(open_world(sms=poor))
    for number in range(60):
        door.write(f"REG {pig(number)}", f"+675710{number:05}")
    assert door.dispatch() == 40
    assert door.cost_of_today() == 1000
    assert door.world.counts()["journal"] == 60
    door.queue_urgent(ATTACKER)
    door.write("STOP ALL", VICTIM)
    assert door.dispatch() == 2
    assert door.cost_of_today() == 1050


def test_ceiling__midnight_in_port_moresby__begins_a_new_day(open_world, settings):
    poor = replace(settings.sms, daily_ceiling_toea=25, price_toea=25)
    door = Door(open_world(sms=poor))
    door.world.runtime.clock.now = datetime(2026, 11, 25, 13, 58, tzinfo=UTC)
    door.write("HELP", ATTACKER)
    door.write("HELP", VICTIM)
    assert door.dispatch() == 1
    door.wait(3 * MINUTE)
    door.write("HELP", VICTIM)
    assert door.dispatch() == 1
    assert door.reasons(VICTIM) == {"ceiling": 1, None: 1}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ceiling", "sentence"), [(500, None), (375, "system.ceiling_near"), (300, "system.ceiling")]
)
def test_ceiling__from_80_percent_on__is_told_to_administrators_once_a_day(
    open_world, settings, ceiling, sentence
):
    door = Door(open_world(sms=replace(settings.sms, daily_ceiling_toea=ceiling, price_toea=25)))
    door.write("HELP", VICTIM)
    door.give_role(VICTIM, Role.ADMINISTRATOR)
    for number in range(11):
        door.write("HELP", f"+675710{number:05}")
    assert door.dispatch() == 12
    for _ in range(3):
        door.keep_time()
        door.wait(10 * MINUTE)
    assert len(door.alarms()) == (sentence is not None)
    if sentence:
        values = {"cost": 3, "ceiling": ceiling // 100}
        assert door.alarms()[0] in {say(sentence, "en", **values), say(sentence, "tpi", **values)}


@pytest.mark.slow
def test_loops__held_back_100_times__are_told_to_administrators_once(door):
    door.write("HELP", VICTIM)
    door.give_role(VICTIM, Role.ADMINISTRATOR)
    for _ in range(110):
        door.write("I am driving")
    for _ in range(3):
        door.keep_time()
        door.wait(HOUR)
    (told,) = [text for text in door.alarms() if "bilum silenced" in text]
    assert "105" in told


@pytest.mark.slow
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


@pytest.mark.slow
def test_danger__among_a_flood__is_answered_and_not_without_end(door):
    """A limit must not silence what to do in danger; nor may a program spend money by it."""
    for number in range(30):
        door.write(f"REG {pig(number)}")
    before = len(door.going())
    for _ in range(10):
        door.write(DANGER)
    advice = door.going()[before:]
    assert len(advice) == 3
    door.wait(24 * HOUR)
    door.write(DANGER)
    assert len(door.going()) == before + 4


def test_danger_and_stop__on_a_day_that_cost_its_ceiling__are_answered(open_world, settings):
    door = Door(open_world(sms=replace(settings.sms, daily_ceiling_toea=25, price_toea=25)))
    door.write("HELP", VICTIM)
    assert door.dispatch() == 1
    for text in ("HELP", DANGER, "STOP ALL"):
        door.write(text)
    assert door.dispatch() == 2
    assert [reason for _, reason, _ in door.answers()] == ["ceiling", None, None]


def test_limit__reached__never_loses_the_text_that_nobody_understood(door):
    """Staff read what nobody understood, whatever became of its answer."""
    for number in range(30):
        door.write(f"pik bilong mi i mekim nabaut {number}")
    with door.world.runtime.database.read() as session:
        kept = session.scalars(select(Arrival).where(Arrival.payload.is_not(None))).all()
    assert len(kept) == 30


@pytest.mark.slow
def test_flood__any_length__is_never_a_fault_of_the_server(door):
    for text in ["HELP"] * 30 + ["?" * 900] * 3 + [""] * 3:
        door.write(text)
    assert len(door.going()) <= 22


OFFICER = "+67570000005"


@pytest.mark.slow
def test_sick_30_times_from_one_place__is_one_alarm_and_one_count_an_hour(door):
    """Somebody buries an officer in alarms, so that the next true one is not read."""
    door.write("HELP", OFFICER)
    door.give_role(OFFICER, Role.VETERINARY_OFFICER)
    door.write(f"REG {ANIMAL}", VICTIM)
    for _ in range(30):
        door.write(f"SICK {ANIMAL} fever", VICTIM)
    assert len(door.urgent(OFFICER)) == 1
    assert door.world.counts()["journal"] == 31
    door.wait(HOUR)
    for _ in range(3):
        door.keep_time()
    assert len(door.urgent(OFFICER)) == 2
    assert ": 29. " in door.urgent(OFFICER)[1]


@pytest.mark.slow
def test_suspicion_of_a_notifiable_disease__among_a_flood_of_alarms__goes_at_once(door):
    door.write("HELP", OFFICER)
    door.give_role(OFFICER, Role.VETERINARY_OFFICER)
    door.write(f"REG {ANIMAL}", VICTIM)
    for _ in range(25):
        door.write(f"SICK {ANIMAL} fever", VICTIM)
    door.write(f"SICK {ANIMAL} ASF", VICTIM)
    first, suspicion = door.urgent(OFFICER)
    assert first.startswith("ALARM: 1 pig sick at ")
    assert suspicion.startswith("ALARM ASF? 1 pig sick at ")


@pytest.mark.slow
def test_50_gifts_to_one_person__are_one_question_to_them(door):
    """A joker offers pig after pig to somebody who wants none."""
    door.write("REG " + pig(99), VICTIM)
    for number in range(50):
        door.write(f"REG {pig(number)}")
        door.give(pig(number))
    assert len(door.urgent(VICTIM)) == 1
    texts = [body for _, _, body in door.answers(ATTACKER)]
    assert sum("70000001 has not answered" in text for text in texts) == 49


@pytest.mark.slow
def test_gift_that_is_refused_or_changed__is_asked_three_times_a_day(door):
    door.write("REG " + pig(99), VICTIM)
    door.write(f"REG {ANIMAL}")
    for _ in range(5):
        door.give(ANIMAL)
        door.write("NO", VICTIM)
        door.wait(HOUR)
    asked = [text for text in door.urgent(VICTIM) if "YES" in text or "1" in text]
    assert len(asked) == 3
    assert "3 times today" in door.answers(ATTACKER)[-1][2]
    door.wait(24 * HOUR)
    door.give(ANIMAL)
    assert len(door.urgent(VICTIM)) == len(asked) + 1


def test_offer_of_a_second_seller__waits_for_the_first_answer(door):
    door.write("REG " + pig(99), VICTIM)
    for number, seller in enumerate((ATTACKER, "+67570000004")):
        door.write(f"REG {pig(number)}", seller)
        door.give(pig(number), seller)
    assert len(door.urgent(VICTIM)) == 1
    door.write("NO", VICTIM)
    door.give(pig(1), "+67570000004")
    assert len(door.urgent(VICTIM)) == 2
