"""Attacks on codes: guessed, forged, sprayed, sent for another act, carried by a box."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.messaging.forget_command import erase_due
from services.messaging.operator_alarms import sprayed_codes
from services.storage.models import (
    Animal,
    Contact,
    Journal,
    Message,
    PendingConfirmation,
    PendingErasure,
)
from tests.factories import BUYER, FARMER, official
from tests.services.livestock.claim_scenes import claims, codes, events, owner, set_scene
from tests.services.livestock.country import INSPECTOR, VET, Country
from tests.services.livestock.table import Player
from tests.services.messaging.forgetting import code_of
from tests.support.texts import codes_in


@pytest.fixture
def village(open_database):
    return set_scene(open_database("sqlite"))


def wrong(village):
    return Player(village).wrong_code()


def test_eighteen_forged_wrong_codes__lock_nobody_out(village):
    for _ in range(3):
        village.say("KILL 1262")
        for _ in range(5):
            village.say(wrong(village))
    assert claims(village.database) == ["spent"] * 3
    village.say("KILL 1262")
    code = codes(village.database)[-1]
    assert len(code) == 10, "guessing on is of no use"
    assert village.say(code).startswith("We wrote down")
    assert len(events(village.database, "slaughter")) == 1


def test_codes_asked_for_without_end__end_for_an_hour_with_a_way_out(village):
    for _ in range(5):
        village.say("KILL 1262")
    refused = village.send("KILL 1262")
    assert refused.outcome == "error.too_many_codes"
    assert "PIN" in refused.text
    assert "officer" in refused.text
    # Another act, and what others ask of the owner, have codes of their own.
    village.say("GIVE 1359 1165")
    village.say("KILL 1262", BUYER)
    village.now += timedelta(hours=1)
    village.say("KILL 1262")


def test_strangers_who_ask_for_codes__leave_the_owners_own_alone(village):
    for number in range(5):
        village.send("KILL 1262", f"+6757000020{number}")
    assert village.send("KILL 1262", BUYER).outcome == "error.too_many_codes"
    assert village.send("KILL 1262", FARMER).outcome == "kill"


def test_forged_gift_and_the_thiefs_own_1__take_no_pig(village):
    village.say("GIVE 1262 1165", FARMER)
    for said in ("1", "YES", "REPLY 1"):
        village.send(said, BUYER)
    assert owner(village.database) is None
    assert events(village.database, "depart") == events(village.database, "transfer") == []


def test_forged_sale_and_its_forged_terms__take_no_pig(village):
    village.say("SELL 1262 1165", FARMER)
    asked = village.say("1", FARMER)
    assert asked.startswith("NOT sold yet.")
    village.send("1", BUYER)
    assert owner(village.database) is None
    assert events(village.database, "depart") == []


def test_code_of_one_act__confirms_no_other(village):
    forget = code_of(village.say("FORGET"))
    village.say("KILL 1262")
    slaughter = codes(village.database)[-1]
    village.send(forget)
    village.send(f"FORGET {slaughter}")
    with village.database.read() as session:
        assert session.scalars(select(Animal.ended_on)).all() == [None, None]
        assert session.scalars(select(PendingErasure.number)).all() == []


@pytest.mark.parametrize(
    "form", ["code {0} please", "{1} {2}", "KOD EM {0}", "{0}.", "my code is {0}"]
)
def test_code_among_other_words__counts(village, form):
    village.say("KILL 1262")
    code = codes(village.database)[-1]
    village.say(form.format(code, code[:3], code[3:]))
    assert claims(village.database) == ["done"]


def test_forget_by_a_forged_number__is_cancelled_by_its_owner(village):
    told = village.say(f"FORGET {code_of(village.say('FORGET'))}")
    assert "CANCEL" in told
    village.now += timedelta(hours=71)
    assert erase_due(village.database, village.now) == 0
    assert village.say("CANCEL").startswith("All right: your name and number stay")
    village.now += timedelta(hours=2)
    assert erase_due(village.database, village.now) == 0
    with village.database.read() as session:
        assert FARMER in session.scalars(select(Contact.number)).all()
    assert "no more messages" in village.say("CANCEL"), "now it is the operators' word"


def test_forget__is_carried_out_once_after_three_days(village):
    village.say(f"FORGET {code_of(village.say('FORGET'))}")
    village.now += timedelta(hours=72)
    assert [erase_due(village.database, village.now) for _ in range(2)] == [1, 0]
    with village.database.read() as session:
        assert FARMER not in session.scalars(select(Contact.number)).all()


def test_code_repeated_after_cancel__begins_no_erasure(village):
    sent = f"FORGET {code_of(village.say('FORGET'))}"
    village.say(sent)
    village.say("CANCEL")
    village.say(sent)
    with village.database.read() as session:
        assert session.scalars(select(PendingErasure.number)).all() == []


def spray(village, people):
    for number in range(people):
        village.send("482713", f"+67570000{300 + number}")


def test_sprayed_codes__are_an_incident_with_a_count_and_no_numbers(village):
    spray(village, 9)
    with village.database.read() as session:
        assert list(sprayed_codes(session, village.now)) == []
    spray(village, 10)
    with village.database.read() as session:
        (incident,) = sprayed_codes(session, village.now)
    assert incident.values == {"count": 10}


@pytest.fixture
def land(open_database):
    return Country(open_database("sqlite")).found()


def counted(land):
    with land.database.read() as session:
        return session.scalar(select(func.count(Journal.id)))


def test_forged_permit_decision__decides_nothing_before_the_officers_code(land):
    number = land.permit(1, state=None)
    before = counted(land)
    assert land.phones.say(f"PERMIT {number} YES", VET).startswith("NOT issued yet.")
    land.phones.send("YES", VET)
    assert counted(land) == before


@pytest.mark.parametrize("act", ["PASS ANYWAY the vet is with it", "SEIZE"])
def test_forged_pass_against_the_book_or_seizure__is_recorded_only_by_code(land, act):
    land.phones.say(f"POST {land.post}", INSPECTOR)
    before = counted(land)
    asked = land.phones.say(f"CHECK {official(1)} {act}", INSPECTOR)
    assert asked.startswith("NOT ")
    assert counted(land) == before
    land.phones.say(codes_in(asked)[-1], INSPECTOR)
    assert counted(land) == before + 1


def test_text_with_a_code__is_never_handed_to_a_box(village):
    village.say("KILL 1262")
    village.say("FORGET")
    with village.database.read() as session:
        told = session.execute(select(Message.body, Message.direct)).all()
        open_ones = select(func.count(PendingConfirmation.id)).where(
            PendingConfirmation.state == "open"
        )
        assert session.scalar(open_ones) == 2
    assert {direct for body, direct in told if body.startswith("NOT ")} == {True}
