"""Sessions: what a redial resumes, and when what they hold is erased."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select, text

from gateway.channels.ussd import read_call
from gateway.operators import AFRICASTALKING
from services.messaging.person_erasure import forget
from services.messaging.ussd.session_step import UssdExchange, expire_sessions
from services.runtime.workers import keep_time
from services.storage.locks import one_writer
from services.storage.models import Arrival, PendingConfirmation, UssdSession
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.services.messaging.ussd.phone import Phone, call, english
from tests.services.scene import PIG

MINUTE = 60
HOME = "Bilum\n1 Pigs\n2 Mine\n3 Help"


def later(world, minutes):
    world.runtime.clock.pass_by(minutes * MINUTE)


def states(world):
    with world.runtime.database.read() as session:
        return list(session.scalars(select(UssdSession.state).order_by(UssdSession.id)))


def expire(world):
    with world.runtime.database.write() as session:
        return expire_sessions(session, world.runtime.clock())


@pytest.mark.parametrize(("minutes", "resumed"), [(0, True), (9, True), (10, False), (60, False)])
def test_redial__within_ten_minutes__goes_on_where_it_broke_off(anywhere, minutes, resumed):
    keeper = english(anywhere.world)
    shown = keeper.press("1", "1", PIG, "9")
    later(anywhere.world, minutes)
    assert keeper.dial() == (shown if resumed else HOME)
    if resumed:
        assert keeper.press("1") == f"Kill {PIG}, Today?\n1 Yes 0 Back 00 Home"


def test_redial__straight_to_a_screen__goes_there(dialled):
    keeper = english(dialled.world)
    keeper.press("1", "1", PIG)
    assert keeper.dial("1", "3").startswith("Which pig?\n0 Back")


def test_redial__after_a_confirmation__shows_the_reply_and_does_it_not_again(dialled):
    keeper = english(dialled.world)
    done = keeper.press("1", "2", PIG, "9", dialled.places["neighbour"], "1", "1")
    before = dialled.world.counts()["journal"]
    assert keeper.dial() == done
    keeper.press("0")
    assert dialled.world.counts()["journal"] == before


def test_redial__of_another_phone__begins_at_the_first_screen(dialled):
    english(dialled.world).press("1", "1", PIG)
    assert Phone(dialled.world, "+67570000002").dial("00").startswith("Bilum")
    assert Phone(dialled.world, "+67570000003").dial().startswith("Bilum")


def test_redial__at_the_question_for_a_pin__asks_it_again_and_keeps_nothing(dialled):
    keeper = english(dialled.world)
    keeper.set_pin("258036")
    asked = keeper.press("00", "1", "1", PIG, "9", "1", "1")
    later(dialled.world, 5)
    assert keeper.dial() == asked
    assert "slaughtered" in keeper.press("258036")
    with dialled.world.runtime.database.read() as session:
        payloads = list(session.scalars(select(Arrival.payload)))
    assert not any("258036" in (payload or "") for payload in payloads)


@pytest.mark.postgres
def test_first_screen__of_a_stranger__keeps_no_other_writer_waiting(server_dialled):
    runtime, vault = server_dialled.world.runtime, server_dialled.world.runtime.database.vault
    form = {"sessionId": "one", "phoneNumber": "+67570000009", "text": ""}
    operator = AFRICASTALKING
    dialled = read_call(form.items(), operator, runtime.clock())
    prepare = UssdExchange(dialled, runtime.conversation.screens).foresee(runtime.database)
    write = partial(runtime.database.write, exclusive=False)
    with write() as session, write() as other:
        prepare(Unit(session, vault))
        other.execute(text("SET LOCAL lock_timeout = '5s'"))
        one_writer(other)


@pytest.mark.postgres
def test_key__of_somebody_whom_the_holder_of_the_lock_erases__leads_to_the_first_screen(
    server_dialled,
):
    world = server_dialled.world
    database, phone = world.runtime.database, english(world)
    first = phone.dial("00")
    phone.press("1", "1", PIG, "9", "1")
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            unit = Unit(session, database.vault)
            pressed = pool.submit(phone.press, "1")
            with pytest.raises(TimeoutError):
                pressed.result(1)
            forget(unit, party_of(unit, phone.number), phone.number, world.runtime.clock())
        shown = pressed.result(10)
    assert shown == first
    with database.read() as session:
        assert session.scalars(select(PendingConfirmation.id)).all() == []


def test_expiry__after_ten_minutes__erases_where_people_were(dialled):
    english(dialled.world).press("1", "1", PIG)
    later(dialled.world, 9)
    expire(dialled.world)
    assert all(states(dialled.world))
    later(dialled.world, 1)
    assert expire(dialled.world) == 0
    assert set(states(dialled.world)) == {None}


def test_expiry__after_a_day__deletes_sessions_and_empties_their_envelopes(anywhere):
    world = anywhere.world
    keeper = english(world)
    keeper.press("1", "1", PIG)
    later(world, 24 * 60 - 1)
    keep_time(world.runtime)
    assert len(states(world)) == 2
    later(world, 1)
    keep_time(world.runtime)
    assert states(world) == []
    with world.runtime.database.read() as session:
        columns = (Arrival.sender, Arrival.payload, Arrival.answer, Arrival.outcome)
        which = Arrival.channel == "ussd-africastalking"
        found = session.execute(select(*columns).where(which)).all()
    assert len(found) > 4
    assert {row[:3] for row in found} == {(None, None, None)}
    assert all(row.outcome for row in found)


def test_expiry__of_a_step_that_comes_again_after_it__has_no_effect(dialled):
    world, keeper = dialled.world, english(dialled.world)
    keeper.press("1", "2", PIG, "9", dialled.places["neighbour"], "1", "1")
    later(world, 25 * 60)
    expire(world)
    before = world.counts()
    response = keeper.request()
    assert response.status_code == 200
    assert world.counts() == before | {"ussd_session": 1}
    other = call(world, {"sessionId": keeper.session, "phoneNumber": "+67570000003", "text": "1"})
    assert other.status_code in {200, 409}
    assert world.counts()["journal"] == before["journal"]


def test_session__resumed_after_its_menus_changed__begins_at_the_first_screen(dialled):
    keeper = english(dialled.world)
    keeper.press("1", "1", PIG)
    with dialled.world.runtime.database.write() as session:
        for row in session.scalars(select(UssdSession)):
            row.state = (row.state or "").replace('"kill"', '"gone"')
    assert keeper.dial() == HOME
