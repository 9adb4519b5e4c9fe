"""PINs: how one is set, how it is locked and unlocked, and that nothing of it is kept or told."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from services.messaging.confirmations import SET_PIN
from services.messaging.ussd import pins
from services.messaging.ussd.pins import (
    Fault,
    Hasher,
    Verdict,
    check_pin,
    has_pin,
    propose,
    reset_pin,
    settle_pin,
)
from services.storage.models import Base, Message, Party, PendingConfirmation, Pin
from services.storage.unit_of_work import Unit
from tests.factories import NOW
from tests.services.messaging.ussd.phone import OTHER_SECRET, Phone, call, english, require_screen
from tests.services.scene import PIG
from tests.support.shortcuts import PIN_MEMORY_KIB

KEEPER = "+67570000001"
PIN, OTHER = "258036", "71940"
KILL = ("00", "1", "1", PIG, "9", "1", "1")


@pytest.fixture
def keeper(dialled):
    return english(dialled.world)


def tries(world):
    with world.runtime.database.read() as session:
        return list(session.scalars(select(Pin.tries)))


def claims(world):
    """The states of what a PIN or a code confirms; not of the codes that set a PIN."""
    with world.runtime.database.read() as session:
        return list(
            session.scalars(
                select(PendingConfirmation.state).where(PendingConfirmation.kind != SET_PIN)
            )
        )


@pytest.mark.parametrize(
    "typed", ["123", "1234567", "12a4", "", "25 80", "\u0968\u096b\u096e\u0966"]
)
def test_new_pin__of_another_shape__is_refused(keeper, typed):
    keeper.press("2", "1")
    keeper.press(keeper.code())
    assert keeper.press(typed).startswith("A PIN has 4 to 6 digits")


@pytest.mark.parametrize("typed", ["1234", "0000", "7777", "4321", "345678", "0001", "00001"])
def test_new_pin__that_others_guess__is_refused(keeper, typed):
    keeper.press("2", "1")
    keeper.press(keeper.code())
    assert keeper.press(typed).startswith("That PIN is too easy")


def test_new_pin__typed_otherwise_the_second_time__is_asked_again(keeper):
    keeper.press("2", "1")
    keeper.press(keeper.code(), PIN)
    assert keeper.press(OTHER).startswith("That was not the same PIN.\nType a new PIN")
    keeper.press(OTHER)
    assert keeper.press(OTHER).startswith("Your PIN is set.")


def test_code__wrong_five_times__ends_and_sets_nothing(keeper):
    keeper.press("2", "1")
    code = keeper.code()
    for left in (4, 3, 2, 1):
        assert keeper.press("no code").startswith(f"The code is wrong. You can try {left} times")
    assert keeper.press("no code").startswith("This code does not count any more.")
    keeper.press("0")
    assert "1 PIN" in keeper.press("00", "2")
    with keeper.world.runtime.database.read() as session:
        assert session.scalars(select(Pin.hash)).all() == []
    # Choosing it again sends another one, and the first stays dead.
    keeper.press("1")
    assert keeper.code() != code or len(keeper.texts()) == 2
    if keeper.code() != code:
        assert keeper.press(code).startswith("The code is wrong.")


def test_code__after_ten_minutes__does_not_count(keeper):
    keeper.press("2", "1")
    keeper.world.runtime.clock.pass_by(9 * 60)
    keeper.press("x")
    keeper.world.runtime.clock.pass_by(60)
    assert keeper.press(keeper.code()).startswith("This code does not count any more.")


def test_codes__more_than_five_an_hour__are_not_sent(keeper):
    for _ in range(5):
        keeper.press("00", "2", "1")
    assert len(keeper.texts()) == 5
    assert keeper.press("00", "2", "1").startswith("You got many codes within an hour.")
    assert len(keeper.texts()) == 5
    keeper.world.runtime.clock.pass_by(60 * 60)
    keeper.dial()
    keeper.press("2", "1")
    assert len(keeper.texts()) == 6


@pytest.mark.slow
def test_pin__wrong_five_times_in_different_sessions__is_locked_for_the_right_one_too(keeper):
    world = keeper.world
    keeper.set_pin(PIN)
    keeper.press(*KILL)
    for left in (4, 3, 2, 1):
        keeper.dial()
        assert f"You can try {left} times more" in keeper.press("9753")
    keeper.dial()
    assert keeper.press("9753").startswith("The PIN was wrong too often: it is locked")
    assert tries(world) == [5]
    assert claims(world) == ["open"]
    # Without a PIN that counts, the code goes by SMS again.
    sent = len(keeper.texts())
    assert keeper.press(*KILL).startswith("We sent you a code by SMS.")
    assert len(keeper.texts()) == sent + 1
    assert keeper.press(PIN).startswith("The code is wrong.")
    assert sorted(claims(world)) == ["open", "replaced"]


@pytest.mark.slow
def test_pin__right_one__forgives_the_wrong_ones_before_it(keeper):
    keeper.set_pin(PIN)
    keeper.press(*KILL)
    keeper.press("9753", "9753", PIN)
    assert tries(keeper.world) == [0]


@pytest.mark.slow
def test_pin__locked__is_set_anew_by_a_code_that_goes_to_the_phone(keeper):
    keeper.set_pin(PIN)
    keeper.press(*KILL)
    keeper.press(*["9753"] * 5)
    keeper.set_pin(OTHER)
    assert tries(keeper.world) == [0]
    keeper.press(*KILL)
    assert "slaughtered" in keeper.press(OTHER)


def test_pin__taken_away_by_an_officer__is_gone_with_its_lock(keeper):
    keeper.set_pin(PIN)
    database = keeper.world.runtime.database
    with database.write() as session:
        party = session.scalars(select(Party).join(Pin, Pin.party_id == Party.id)).one()
        assert reset_pin(session, party)
        assert not reset_pin(session, party)
    assert keeper.press(*KILL).startswith("We sent you a code by SMS.")


@pytest.mark.slow
def test_pin__of_one_person__confirms_nothing_of_another(dialled):
    keeper, neighbour = english(dialled.world), english(dialled.world, "+67570000002")
    keeper.set_pin(PIN)
    neighbour.set_pin(OTHER)
    keeper.press(*KILL)
    assert keeper.press(OTHER).startswith("The PIN is wrong.")


@pytest.mark.slow
def test_pin__tried_by_many_sessions_at_once__is_counted_exactly(anywhere):
    world = anywhere.world
    keeper = english(world)
    keeper.set_pin(PIN)
    keeper.press(*KILL)
    phones = []
    for number in range(8):
        phone = Phone(world, KEEPER)
        assert phone.dial().endswith("To do it type your PIN.\n0 Back 00 Home"), number
        phones.append(phone)
    guesses = [f"97{number}3" for number in range(7)] + [PIN]
    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(lambda one: one[0].press(one[1]), zip(phones, guesses, strict=True)))
    done = [text for text in shown if "slaughtered" in text]
    wrong = [text for text in shown if text.startswith("The PIN is wrong.")]
    locked = [text for text in shown if "it is locked" in text]
    assert len(done) + len(wrong) + len(locked) == 8, shown
    assert claims(world) == (["done"] if done else ["open"])
    if done:
        # What came before the right one was forgiven by it.
        assert len(wrong) + len(locked) == 7
    else:
        assert (len(wrong), len(locked), tries(world)) == (4, 4, [5])


@pytest.mark.slow
def test_pin__right_one_by_two_sessions_at_once__does_it_once(anywhere):
    world = anywhere.world
    keeper = english(world)
    keeper.set_pin(PIN)
    keeper.press(*KILL)
    phones = [Phone(world, KEEPER) for _ in range(4)]
    for phone in phones:
        phone.dial()
    before = world.counts()["journal"]
    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(lambda phone: phone.press(PIN), phones))
    assert sum("slaughtered" in text for text in shown) == 1, shown
    assert sum("have your answer already" in text for text in shown) == 3
    assert world.counts()["journal"] == before + 1


def holding(world, *secrets):
    """Where a text of any row, as the program reads it, holds one of some digits on their own."""
    alone = re.compile(rf"(?<![0-9A-Za-z-])(?:{'|'.join(secrets)})(?![0-9A-Za-z-])")
    return {where for where, value in everything(world) if alone.search(str(value))}


def everything(world):
    with world.runtime.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                for name, value in row.items():
                    yield f"{table.name}.{name}", value


@pytest.mark.slow
def test_secrets__typed_in_a_session__are_nowhere_but_in_the_sms(anywhere, caplog):
    caplog.set_level(logging.DEBUG)
    world = anywhere.world
    keeper = english(world)
    keeper.set_pin(PIN)
    codes = {keeper.code()}
    keeper.press(*KILL)
    keeper.press("975312", PIN)
    assert claims(world) == ["done"]
    # Dialled straight on into the question for the PIN, and typed again by mistake elsewhere.
    straight = Phone(world, KEEPER)
    straight.dial("1", "1", PIG, "9", "1", "1", PIN, PIN)
    straight.press(PIN)
    again = straight.request()
    assert require_screen(again.text)
    assert holding(world, PIN, "975312") == set()
    assert holding(world, *codes) == {"message.body"}
    assert not any(secret in caplog.text for secret in (PIN, "975312", *codes))


@pytest.mark.slow
def test_secrets__of_an_operator_of_the_last_key_alone__are_not_kept(dialled):
    world = dialled.world
    english(world).set_pin(PIN)
    keys = ("*123#", "00", "1", "1", PIG, "9", "1", "1", PIN)
    for step, typed in enumerate(keys):
        form = {"SESSION": "s-9", "MSISDN": KEEPER, "INPUT": typed, "SEQ": str(step)}
        response = call(world, form, "digits", OTHER_SECRET)
        assert response.status_code == 200
    assert "slaughtered" in response.text
    assert call(world, form, "digits", OTHER_SECRET).text == response.text
    assert holding(world, PIN) == set()


@pytest.mark.slow
def test_conflict__of_a_step_that_held_a_pin__keeps_nothing_of_it(dialled):
    keeper = english(dialled.world)
    keeper.set_pin(PIN)
    keeper.press(*KILL)
    keeper.press("9753")
    number, keeper.number = keeper.number, "+67570000002"
    assert keeper.request().status_code == 409
    keeper.number = number
    keeper.typed[-1] = PIN
    # Another PIN under the same step is the same request: it has its answer, and no effect.
    assert "You can try 4 times more" in require_screen(keeper.request().text)
    assert claims(dialled.world) == ["open"]
    assert holding(dialled.world, "9753", PIN) == set()


@pytest.fixture
def unit(dialled):
    with dialled.world.runtime.database.write() as session:
        yield Unit(session, dialled.world.runtime.database.vault)


def test_check__of_who_has_none__is_ended(unit):
    party = unit.session.scalars(select(Party)).first()
    assert not has_pin(unit.session, party)
    assert check_pin(unit, party, PIN, NOW, Hasher()).verdict is Verdict.ENDED
    assert settle_pin(unit, party, PIN, Hasher()) is False
    assert propose(unit, party, KEEPER, "70000001", Hasher()) is Fault.SHAPE


@pytest.mark.parametrize("typed", ["\ud800", "\x00", "9" * 200, "", "\uff12\uff15\uff18\uff10"])
def test_check__of_anything_typed__is_a_verdict(unit, typed):
    party = unit.session.scalars(select(Party)).first()
    assert propose(unit, party, KEEPER, "2580", Hasher()) is None
    assert settle_pin(unit, party, "2580", Hasher())
    right = typed == "\uff12\uff15\uff18\uff10"
    assert check_pin(unit, party, typed, NOW, Hasher()).verdict is (
        Verdict.RIGHT if right else Verdict.WRONG
    )


@pytest.mark.slow
def test_hash__of_a_pin__is_argon2id_with_the_parameters_of_rfc_9106(unit, monkeypatch):
    monkeypatch.setattr(pins, "_MEMORY_KIB", PIN_MEMORY_KIB[0])
    party = unit.session.scalars(select(Party)).first()
    propose(unit, party, KEEPER, "2580", Hasher())
    settle_pin(unit, party, "2580", Hasher())
    hashed = unit.session.scalars(select(Pin.hash)).one()
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert unit.session.scalars(select(Message.id)).all() == []
