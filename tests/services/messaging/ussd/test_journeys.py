"""Whole journeys on the keypad, against Flask and both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.livestock.domain.model import event_id
from services.messaging.confirmations import SET_PIN
from services.runtime.workers import keep_time
from services.storage.models import Arrival, Journal, Party, PendingConfirmation, Pin, UssdSession
from tests.services.messaging.ussd.phone import Phone, english
from tests.services.scene import OTHER_PIG, PIG

HOME = "Bilum\n1 Pigs\n2 Mine\n3 Help"
AROUND = "\n0 Back 00 Home"
KEEPER, NEIGHBOUR = "+67570000001", "+67570000002"


def journal(world):
    with world.runtime.database.read() as session:
        return list(session.scalars(select(Journal.type).order_by(Journal.id)))


def claims(world):
    with world.runtime.database.read() as session:
        mine = PendingConfirmation.kind != SET_PIN
        wanted = select(PendingConfirmation.state).where(mine)
        return list(session.scalars(wanted.order_by(PendingConfirmation.id)))


def read(world, query):
    with world.runtime.database.read() as session:
        return list(session.execute(query))


def test_journey__question_and_report__are_answered_as_by_sms(anywhere):
    world, keeper = anywhere.world, english(anywhere.world)
    before = len(journal(world))
    assert keeper.press("00") == HOME
    told = keeper.press("1", "3", PIG, "9")
    assert told.startswith(f"NO. Pig {PIG} needs a NAQIA permit first.")
    assert told.endswith("\n1 SMS 0 Back 00 Home")
    other = anywhere.places["neighbour"]
    assert keeper.press("00", "1", "2", PIG, "9", other, "1") == (
        f"Move {PIG} to {other}, Today?\n1 Yes 0 Back 00 Home"
    )
    told = keeper.press("1")
    assert told.startswith(f"STOP. Pig {PIG} needs a NAQIA permit for this road.")
    assert "We wrote that it left." in told
    assert journal(world)[before:] == ["decision", "depart"]
    assert keeper.texts() == []


def test_journey__report__has_the_id_that_its_session_and_step_give(dialled):
    world, keeper = dialled.world, english(dialled.world)
    keeper.press("1", "2", PIG, "9", dialled.places["neighbour"], "1", "1")
    step = f"{keeper.session}:{len(keeper.typed)}"
    key = world.runtime.database.vault.digest(step.encode()).hex()
    wanted = event_id("ussd-africastalking", key, 0)
    assert read(world, select(Journal.event_id).order_by(Journal.id.desc()).limit(1)) == [(wanted,)]


def test_journey__reply__comes_by_sms_too_where_it_is_asked_for(dialled):
    keeper = english(dialled.world)
    told = keeper.press("1", "3", PIG, "9")
    assert keeper.texts() == []
    assert keeper.press("1").startswith("It comes by SMS.\n")
    assert keeper.texts() == [told.rpartition("\n")[0]]
    assert keeper.press("1").startswith("No such key.\n")
    assert len(keeper.texts()) == 1


def test_journey__slaughter_without_a_pin__waits_for_the_code_that_came_by_sms(anywhere):
    world, keeper = anywhere.world, english(anywhere.world)
    before = len(journal(world))
    told = keeper.press("1", "1", PIG, "9", "1", "1")
    assert told.startswith("We sent you a code by SMS.")
    code = keeper.code()
    assert code not in told
    assert journal(world)[before:] == []
    wrong = keeper.press("999999" if code != "999999" else "999998")
    assert wrong.startswith("The code is wrong.")
    assert keeper.press(code).startswith(f"We wrote down: pig {PIG} was slaughtered")
    assert journal(world)[before:] == ["slaughter"]
    assert claims(world) == ["done"]


def test_journey__slaughter_with_a_pin__is_done_at_once_and_no_code_goes_out(anywhere):
    world, keeper = anywhere.world, english(anywhere.world)
    assert keeper.set_pin("258036").startswith("Your PIN is set.")
    sent = keeper.texts()
    told = keeper.press("00", "1", "1", PIG, "9", "1", "1")
    assert told == f"Slaughter of pig {PIG}, 25 Nov.\nTo do it type your PIN.{AROUND}"
    assert keeper.press("258037").startswith("The PIN is wrong. You can try 4 times more.")
    assert claims(world) == ["open"]
    assert keeper.press("258036").startswith(f"We wrote down: pig {PIG} was slaughtered")
    assert claims(world) == ["done"]
    assert keeper.texts() == sent
    assert journal(world)[-1] == "slaughter"


def test_journey__slaughter_of_a_pig_with_medicine__is_warned_of_before_the_pin(dialled):
    keeper = english(dialled.world)
    keeper.set_pin("258036")
    told = {"product": "PENICILLIN", "withdrawal_days": 14}
    done = dialled.keeper.report("treatment", PIG, at=dialled.places["keeper"], details=told)
    assert done.status_code == 201, done.text
    told = keeper.press("00", "1", "1", PIG, "9", "1", "1")
    assert told.startswith(f"NOT YET. Pig {PIG} has medicine until 9 Dec.")
    assert "PIN" in told


def test_journey__slaughter_of_another_owners_pig__asks_him_and_no_pin(dialled):
    keeper = english(dialled.world)
    keeper.set_pin("258036")
    told = keeper.press("00", "1", "1", OTHER_PIG, "9", "1", "1")
    assert told.startswith(f"Pig {OTHER_PIG} has another owner in our book.")
    assert len(Phone(dialled.world, NEIGHBOUR).texts()) == 1
    assert claims(dialled.world) == ["open"]


def test_journey__sale__asks_for_its_terms_on_the_next_screen(anywhere):
    world, keeper = anywhere.world, english(anywhere.world)
    other = anywhere.places["neighbour"]
    told = keeper.press("1", "4", PIG, "9", other, "1")
    assert told.startswith(f"Answer 1, 2 or 3. Pig {PIG} to {other}: 1 I sold it for money.")
    assert keeper.press("7").startswith("No such key.\n")
    assert keeper.press("1").startswith("We sent you a code by SMS.")
    assert len(Phone(world, NEIGHBOUR).texts()) == 0
    told = keeper.press(keeper.code())
    assert told.startswith(f"STOP. Pig {PIG} needs a NAQIA permit")
    assert claims(world) == ["done", "done", "open"]
    assert len(Phone(world, NEIGHBOUR).texts()) == 1


def test_journey__sale_with_a_pin__is_done_at_once_and_no_code_goes_out(anywhere):
    keeper = english(anywhere.world)
    other = anywhere.places["neighbour"]
    keeper.set_pin("258036")
    sent = keeper.texts()
    keeper.press("00", "1", "4", PIG, "9", other, "1")
    told = keeper.press("1")
    assert told == f"NOT sold yet: pig {PIG} to {other}.\nTo do it type your PIN.{AROUND}"
    assert keeper.press("258036").startswith(f"STOP. Pig {PIG} needs a NAQIA permit")
    assert keeper.texts() == sent


def test_journey__language__is_changed_for_screens_and_messages(dialled):
    keeper = Phone(dialled.world, KEEPER)
    assert "0 Bek 00 Stat" in keeper.dial("2")
    keeper.press("2")
    assert keeper.press("0").endswith(AROUND)
    assert read(dialled.world, select(Party.language).where(Party.language.is_not(None))) == [
        ("en",)
    ]


def test_journey__wrong_number__is_told_as_by_sms_with_an_example_that_can_be_typed(dialled):
    keeper = english(dialled.world)
    told = keeper.press("1", "1", "1263")
    assert told == (
        "The number is not right: a digit is wrong or two are swapped. Look at it and send again, "
        f"like: 1262\nWhich pig?{AROUND}"
    )
    assert keeper.press(PIG, "9").startswith("When?")


def test_journey__refused_by_the_rules__has_no_effect_and_says_why(dialled):
    keeper = english(dialled.world)
    before = dialled.world.counts()
    told = keeper.press("1", "2", PIG, "9", dialled.places["keeper"], "1", "1")
    assert told.startswith(f"{dialled.places['keeper']} is your own place")
    assert dialled.world.counts()["journal"] == before["journal"]


@pytest.mark.slow
def test_journey__forget_me__erases_what_was_typed_three_days_later(anywhere):
    world, keeper = anywhere.world, english(anywhere.world)
    keeper.set_pin("258036")
    told = keeper.press("00", "2", "4")
    assert told.startswith("NOT erased yet: your name and your number.")
    assert "FORGET" not in "".join(keeper.texts())
    assert keeper.press("9753").startswith("The PIN is wrong. You can try 4 times more.")
    told = keeper.press("258036")
    assert told.startswith("Your name and number will be erased on 28 Nov at")
    assert_nothing_left(world)


def assert_nothing_left(world):
    """Neither PIN nor session nor what was typed is kept of who was forgotten."""
    world.runtime.clock.pass_by(72 * 60 * 60)
    keep_time(world.runtime)
    with world.runtime.database.read() as session:
        assert session.scalars(select(Pin.party_id)).all() == []
        for row in session.scalars(select(UssdSession)):
            assert (row.number_index, row.state) == (None, None)
        for row in session.scalars(select(Arrival).where(Arrival.channel.startswith("ussd"))):
            assert (row.sender, row.payload, row.answer) == (None, None, None), row.outcome


def test_journey__forget_me_without_a_pin__asks_for_the_code_that_came_by_sms(anywhere):
    world, keeper = anywhere.world, english(anywhere.world)
    told = keeper.press("2", "4")
    assert told.startswith("We sent you a code by SMS.")
    assert [text.partition(".")[0] for text in keeper.texts()] == ["NOT erased yet"]
    for typed in ("", "no code"):
        assert "The code is wrong and nothing was erased." in keeper.press(typed)
    told = keeper.press(keeper.code())
    assert told.startswith("Your name and number will be erased on 28 Nov at")
    assert claims(world) == ["done"]
    assert_nothing_left(world)


def test_journey__forget_me_with_wrong_codes__ends_the_code_after_five(dialled):
    keeper = english(dialled.world)
    keeper.press("2", "4")
    for left in (4, 3, 2, 1):
        assert f"You can try {left} times more." in keeper.press("x")
    assert keeper.press("x").startswith("Wrong too often: this code is dead")
    assert claims(dialled.world) == ["spent"]
    keeper.dial("2", "4")
    assert keeper.press(keeper.code()).startswith("Your name and number will be erased")


def test_journey__forget_me_by_pin_after_ten_minutes__does_nothing(dialled):
    world, keeper = dialled.world, english(dialled.world)
    keeper.set_pin("258036")
    keeper.press("00", "2", "4")
    for _ in range(2):
        world.runtime.clock.pass_by(5 * 60)
        keeper.dial()
    assert keeper.press("258036").startswith("This code does not count and nothing was erased.")
    assert claims(world) == ["open"]


def test_journey__forget_me_more_than_five_times_an_hour__sends_no_code(dialled):
    keeper = english(dialled.world)
    for _ in range(5):
        keeper.press("00", "2", "4")
    assert keeper.press("00", "2", "4").startswith("We sent many codes to this phone within")
    assert len(keeper.texts()) == 5
    # The last of them counts still.
    keeper.dial("2", "4")
    assert claims(dialled.world) == ["replaced"] * 4 + ["open"]
