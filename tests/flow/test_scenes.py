"""Scenes of the road, told by the texts that phones show, on both deployments alike."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.domain.model import EventType, FlagCode
from services.livestock.recording.identity import find_premises, home_of
from services.storage.models import Animal, Flag, Journal, Party, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import official
from tests.flow.conftest import Calendar

pytestmark = pytest.mark.slow

FARMER, BUYER, DAULO, ASARO, VET = (f"+6757000000{n}" for n in range(1, 6))


@pytest.fixture
def clock():
    return Calendar()


@pytest.fixture
def road(stage):
    """The highway from Kudjip to Goroka, with two roadblocks; the numbers of the places."""
    stage.appoint(VET, Role.VETERINARY_OFFICER)
    for number in (DAULO, ASARO):
        stage.appoint(number, Role.INSPECTOR)
    places = [
        (FARMER, "PLACE Kudjip, Jiwaka", "household"),
        (BUYER, "PLACE Goroka, EHP", "market"),
        (DAULO, "PLACE Daulo, Chimbu", "roadblock"),
        (ASARO, "PLACE Asaro, Chimbu", "roadblock"),
    ]
    return {number: settle(stage, number, text, kind) for number, text, kind in places}


def settle(stage, number, text, kind):
    stage.send(number, text)
    database = stage.runtime.database
    with database.write() as session:
        key, _ = home_of(session, party_of(Unit(session, database.vault), number))
        row = session.get_one(Premises, find_premises(session, [key])[key].id)
        row.kind, row.beyond_province = kind, "Eastern Highlands"
    return key.value


def issue(stage, permit):
    """The officer says yes; it counts when the code comes back from the true phone."""
    asked = stage.send(VET, f"PERMIT {permit} YES")
    assert stage.send(VET, re.search(r"code (\d{6})", asked)[1]).startswith("Done.")


def events(stage, kind):
    """The records of a type, oldest first."""
    with stage.runtime.database.read() as session:
        found = session.scalars(
            select(Journal.content).where(Journal.type == kind.value).order_by(Journal.id)
        )
        return [json.loads(content) for content in found]


def flags(stage):
    with stage.runtime.database.read() as session:
        return list(session.scalars(select(Flag.code).order_by(Flag.journal_id)))


def test_scene__permit_for_14_pigs__passes_two_roadblocks_and_not_a_third_time(stage, road):
    number = re.search(r"number is (\d+)", stage.send(FARMER, "MOB 14"))[1]
    asked = stage.send(FARMER, f"PERMIT 14 {road[BUYER]}")
    permit = re.search(r"permit (\d+)", asked)[1]
    assert stage.inbox(VET)[-1].startswith(f"Pemit {permit}? 14 pik, ")
    assert stage.send(DAULO, f"POST {road[DAULO]}").startswith("You are at roadblock")
    stage.send(ASARO, f"POST {road[ASARO]}")
    waiting = stage.send(DAULO, permit)
    assert waiting.startswith(f"NOT YET. No officer has answered about permit {permit} yet.")

    issue(stage, permit)
    assert stage.inbox(FARMER)[-1].startswith(f"OK. Permit {permit}: 14 pigs may go to")
    stage.send(FARMER, f"MOVE {number} {road[BUYER]}")
    for inspector in (DAULO, ASARO):
        assert stage.send(inspector, f"OK {permit}").startswith(f"OK. Permit {permit}: 14 pigs")
        assert stage.send(inspector, "PASS").startswith(f"PASSED 14: {permit}.")
    stage.send(BUYER, f"ARRIVE {number}")

    refused = stage.send(DAULO, f"CHECK {permit}")
    assert refused.startswith(f"NO. Permit {permit} is used up: its journey is over.")
    assert stage.send(DAULO, "BACK").startswith(f"SENT BACK 14: {permit}.")
    actions = [record["details"]["action"] for record in events(stage, EventType.PERMIT)]
    assert actions == ["asked", "issued", "closed"]
    assert len(events(stage, EventType.CHECK)) == 3
    assert stage.record() > 0
    assert stage.audit(projections=True).clean


def test_scene__20_tags_in_one_sms_and_two_barred__one_reply_names_both(stage, road):
    pigs = [official(number) for number in range(1, 21)]
    for pig in pigs:
        stage.send(FARMER, f"REG {pig}")
    stage.send(FARMER, f"DEAD {pigs[6]}")
    permit = re.search(
        r"permit (\d+)",
        stage.send(FARMER, f"PERMIT {' '.join(p for p in pigs if p != pigs[12])} {road[BUYER]}"),
    )[1]
    issue(stage, permit)
    stage.send(DAULO, f"POST {road[DAULO]}")
    before = len(stage.inbox(DAULO))
    reply = stage.send(DAULO, f"OK {' '.join(pigs)}")
    barred = f"{pigs[6]} dead, {pigs[12]} permit: other pig"
    assert reply == f"18 of 20 pigs may go. These may NOT: {barred}"
    assert len(stage.inbox(DAULO)) == before + 1
    assert len(events(stage, EventType.DECISION)) == 20


def test_scene__left_before_the_zone_and_told_three_days_late__is_judged_by_both_clocks(
    stage, road, clock
):
    stage.send(FARMER, f"REG {official(1)} 1 Nov")
    stage.send(FARMER, f"REG {official(2)} 1 Nov")
    clock.pass_by(days=1)
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    stage.call(
        vet,
        "POST",
        "/api/v1/orders",
        {
            "kind": "zone",
            "status": "infected",
            "disease": "african_swine_fever",
            "area": {"provinces": ["Jiwaka"]},
            "area_name": "Jiwaka",
            "since": "2026-11-26",
        },
    )
    clock.pass_by(days=2)
    late = stage.send(FARMER, f"MOVE {official(1)} {road[BUYER]} 25/11")
    assert late.startswith("Pig 598000000000001 left 1068 Kudjip for")
    assert "An officer will look." in late
    assert flags(stage) == [FlagCode.REPORTED_LATE]
    stage.send(FARMER, f"MOVE {official(2)} {road[BUYER]} 27/11")
    assert flags(stage) == [FlagCode.REPORTED_LATE, FlagCode.LEFT_ZONE]
    stage.record()
    assert {one.code for one in stage.audit().flags} == set(flags(stage))


def test_scene__spoofed_kill__sends_a_code_to_the_true_phone_and_the_pig_stays_alive(stage, road):
    stage.send(FARMER, f"REG {official(1)}")
    # Somebody sends it in the farmer's name: the answer, with the code, goes to the true phone.
    asked = stage.send(FARMER, f"KILL {official(1)}")
    assert stage.inbox(FARMER)[-1] == asked
    code = re.search(r"code (\d{6})", asked)[1]
    assert stage.send(BUYER, code).startswith("We wait for no code from you.")
    assert events(stage, EventType.SLAUGHTER) == []
    # From his own phone it is another's pig: the owner's phone is asked.
    assert stage.send(BUYER, f"KILL {official(1)}").startswith("Pig 598000000000001 has another")
    assert "do nothing" in stage.inbox(FARMER)[-1]
    with stage.runtime.database.read() as session:
        assert session.scalars(select(Animal.ended_on)).one() is None
    # The owner confirms the newest question with its own code: only then it is dead, once.
    code = re.search(r"send (\d{6})", stage.inbox(FARMER)[-1])[1]
    for _ in range(2):
        stage.send(FARMER, code)
    assert len(events(stage, EventType.SLAUGHTER)) == 1
    stage.record()
    assert stage.audit(projections=True).clean


def test_scene__salim__asks_what_it_means_and_the_buyers_1_transfers_once(stage, road):
    stage.send(FARMER, f"REG {official(1)}")
    asked = stage.send(FARMER, f"SALIM {official(1)} {road[BUYER]}")
    assert asked.startswith(f"Bekim 1, 2 o 3. Pik {official(1)} i go long {road[BUYER]}: 1 mi")
    # The receiver is asked only after the seller's own phone has sent the code back.
    code = re.search(r"\b(\d{6})\b", stage.send(FARMER, "1"))[1]
    assert "Answer 1" not in stage.inbox(BUYER)[-1]
    stage.send(FARMER, code)
    assert "Answer 1" in stage.inbox(BUYER)[-1]
    assert events(stage, EventType.TRANSFER) == []
    for _ in range(3):
        stage.send(BUYER, "1")
    (transfer,) = events(stage, EventType.TRANSFER)
    assert transfer["details"]["terms"] == "sold"
    with stage.runtime.database.read() as session:
        owner = session.scalars(select(Party.public_id).join(Animal, Animal.owner_id == Party.id))
        assert str(owner.one()) == transfer["details"]["receiver"]
    stage.record()
    assert stage.audit(projections=True).clean
