"""What does harm waits for the right phone, and happens once. Sentences: claims.txt."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from services.livestock.confirmations.create import event_id_of
from services.livestock.domain.model import FlagCode
from services.livestock.recording.record import record_events
from services.storage.models import Animal, Contact, Flag, Journal, Party, PendingConfirmation
from tests.factories import (
    BUYER,
    FARMER,
    STRANGER,
    TODAY,
    official,
    origin,
    pig,
    report,
    rows,
    source_place,
)
from tests.services.livestock.claim_scenes import (
    claims,
    codes,
    events,
    give,
    index,
    last_to,
    outbox,
    owner,
    public_id,
    set_scene,
    wrong_code,
)
from tests.services.livestock.table import Player, scenes

SCENES = scenes("claims.txt")


@pytest.fixture
def village(database):
    return set_scene(database)


def test_table__file__has_all_its_scenes():
    assert sum(" > " in line for lines in SCENES.values() for line in lines) > 100


@pytest.mark.parametrize("scene", SCENES)
def test_scene__of_the_table__goes_as_it_is_written(village, scene):
    assert list(Player(village).play(SCENES[scene])) == SCENES[scene]


def test_kill__spoofed__sends_a_code_to_the_true_phone_and_the_pig_stays_alive(village):
    database = village.database
    before = rows(database, Journal)
    village.say("KILL 1262", FARMER)
    code = codes(database)[-1]
    assert [sms.to for sms in outbox(database) if code in sms.body] == ["FARMER"]
    for guess in ("1", "YES", wrong_code(database)):
        village.send(guess, FARMER)
    village.send(code, BUYER)
    village.now += timedelta(hours=1)
    village.send(code, FARMER)
    assert rows(database, Journal) == before
    with database.read() as session:
        assert session.scalars(select(Animal.ended_on)).all() == [None, None]


def test_kill__of_somebody_elses_pig__the_sender_never_gets_the_code(village):
    village.say("KILL 1262", BUYER)
    code = codes(village.database)[-1]
    assert [sms.to for sms in outbox(village.database) if code in sms.body] == ["FARMER"]
    village.send(code, BUYER)
    assert events(village.database, "slaughter") == []
    village.say(code, FARMER)
    assert len(events(village.database, "slaughter")) == 1


def test_kill__confirmed__records_whose_place_which_day_and_who_confirmed(village):
    database = village.database
    village.say("KILL 1262 pati asde", BUYER)
    village.say(codes(database)[-1], FARMER)
    [slaughter] = events(database, "slaughter")
    assert slaughter["details"] == {"place": "feast"}
    assert (slaughter["occurred"]["at"], slaughter["at"]["number"]) == ("2026-11-24", "1165")
    assert slaughter["reporter"] == public_id(database, FARMER)
    with database.read() as session:
        ended = select(Animal.ended_on).where(Animal.value == official(1))
        assert session.scalar(ended) == TODAY - timedelta(days=1)
        claim = session.scalars(select(PendingConfirmation)).one()
        assert slaughter["event"] == str(event_id_of(claim))


@pytest.mark.parametrize(("sender", "beginning"), [(FARMER, "Pig"), (BUYER, "Place 1165")])
def test_kill__while_medicine_is_in_it__warns_and_still_takes_the_evidence(
    village, sender, beginning
):
    treatment = replace(
        report("treatment", [pig(1)], at=source_place(1)),
        details={"product": "IVERMECTIN", "withdrawal_days": 7},
    )
    with village.database.write() as session:
        record_events(session, [treatment], origin())
    village.say("KILL 1262 1359", sender)
    warning = last_to(village.database, "FARMER")
    assert warning.startswith(f"NOT YET. {beginning}")
    assert "edicine until 2 Dec" in warning
    village.say(codes(village.database)[-1], FARMER)
    assert len(events(village.database, "slaughter")) == 1


def test_salim__asks_what_it_means__the_buyers_1_transfers_once_even_when_resent(village):
    database = village.database
    assert "1 mi salim long mani." in village.say("SALIM 1262 1359 70000002")
    assert events(database, "depart") == events(database, "transfer") == []
    village.say("1", FARMER)
    village.say("1", FARMER)
    village.say("1", BUYER)
    assert events(database, "depart") == []
    village.say(codes(database)[-1], FARMER)
    assert [len(events(database, kind)) for kind in ("depart", "transfer")] == [1, 0]
    assert owner(database) is None
    for _ in range(3):
        village.say("1", BUYER)
    assert [len(events(database, kind)) for kind in ("depart", "transfer")] == [1, 1]
    [transfer] = events(database, "transfer")
    assert transfer["details"] == {
        "giver": public_id(database, FARMER),
        "receiver": public_id(database, BUYER),
        "terms": "sold",
    }
    assert transfer["reporter"] == public_id(database, BUYER)
    assert owner(database) == owner(database, 2) == BUYER
    assert "Receipt" in last_to(database, "FARMER")


def test_code__of_a_claim_that_a_stranger_made__does_not_end_the_owners_own(village):
    village.say("KILL 1262", FARMER)
    village.say("KILL 1262", BUYER)
    assert claims(village.database) == ["open", "open"]
    village.say(codes(village.database)[0], FARMER)
    assert events(village.database, "slaughter")[0]["at"]["number"] == "1068"


def test_kill__pig_was_given_away_before_the_code_came__nothing_is_recorded(village):
    village.say("KILL 1262")
    code = codes(village.database)[-1]
    give(village)
    village.say("1", BUYER)
    assert village.send(code, FARMER).outcome == "error.owner_changed"
    assert events(village.database, "slaughter") == []


def test_take__of_two_who_were_offered_a_stray_pig__the_first_to_answer_has_it(village):
    give(village, f"GIVE {official(9)} 70000002", FARMER)
    give(village, f"GIVE {official(9)} 70000001", STRANGER)
    village.say("1", BUYER)
    assert village.send("1", FARMER).outcome == "error.owner_changed"
    assert owner(village.database, 9) == BUYER


def test_kill__owner_without_a_phone__an_officer_is_asked_and_never_the_sender(village):
    with village.database.write() as session:
        session.execute(delete(Contact).where(Contact.number_index == index(village, FARMER)))
    assert village.send("KILL 1262", BUYER).outcome == "error.nobody_to_ask"
    village.say("PLACE Banz, Jiwaka", STRANGER)
    with village.database.write() as session:
        officer = select(Contact.party_id).where(Contact.number_index == index(village, STRANGER))
        party = session.get_one(Party, session.scalars(officer).one())
        party.role, party.province = "veterinary-officer", "Jiwaka"
    village.say("KILL 1262", BUYER)
    assert codes(village.database)[-1] in last_to(village.database, "STRANGER")
    village.say(codes(village.database)[-1], STRANGER)
    assert len(events(village.database, "slaughter")) == 1


def test_tell__owner_with_two_phones__gets_the_code_on_both(village):
    with village.database.write() as session:
        farmer = select(Contact.party_id).where(Contact.number_index == index(village, FARMER))
        second = Contact(number=STRANGER, number_index=index(village, STRANGER))
        second.party_id = session.scalars(farmer).one()
        session.add(second)
    village.say("KILL 1262", BUYER)
    code = codes(village.database)[-1]
    assert [sms.to for sms in outbox(village.database) if code in sms.body] == [
        "FARMER",
        "STRANGER",
    ]
    village.say(code, STRANGER)
    assert len(events(village.database, "slaughter")) == 1


def test_sell__buyer_is_new__is_asked_in_tok_pisin_and_sees_no_phone_and_no_name(village):
    village.say("SELL 1262 70000003")
    give(village, "1")
    asked = last_to(village.database, "STRANGER")
    assert asked.startswith("Bilum: ples 1068 i salim pik 1262")
    assert "Kudjip" not in asked
    assert FARMER[-4:] not in re.sub(r"[0-9]{6}", "", asked)


def test_give__mob__is_transferred_as_one(village):
    village.say("MOB 5")
    give(village, "GIVE 1456 1165")
    village.say("1", BUYER)
    with village.database.read() as session:
        mob = session.scalars(select(Animal).where(Animal.kind == "mob")).one()
        contact = select(Contact).where(Contact.party_id == mob.owner_id)
        assert session.scalars(contact).one().number == BUYER


def test_give__of_a_pig_that_was_moved_there__leaves_no_second_departure(village):
    village.say("MOVE 1262 1165")
    give(village, "GIVE 1262 1359 1165")
    departures = events(village.database, "depart")
    assert [len(one["subjects"]) for one in departures] == [2, 2]
    with village.database.read() as session:
        assert set(session.scalars(select(Flag.code))) == {FlagCode.MOVED_WITHOUT_PERMIT}
