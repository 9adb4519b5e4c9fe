"""Declaring reports wrong: by whom, which, and what becomes of the state."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from chain.canonical import parse_canonical, public_subject
from services.core.roles import Role
from services.livestock.domain.errors import AlreadyVoid, NotVoidable, NotYourReport, UnknownReport
from services.livestock.domain.model import EventType, Origin
from services.livestock.recording import record
from services.livestock.recording.corrections import void_event
from services.livestock.recording.evidence_settling import settle
from services.livestock.recording.places import rebuild_places
from services.storage.models import Animal, Correction, Identifier, Journal, LedgerLeaf, Party
from tests.factories import (
    BUYER,
    FARMER,
    NOW,
    Phones,
    official,
    origin,
    pig,
    report,
    source_place,
    write,
)

RECEIPT = re.compile("(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


@pytest.fixture
def farm(open_database):
    """A farmer with a pig, 1165, and a mob of 14, 1262; his place is 1068."""
    phones = Phones(open_database("sqlite"))
    phones.say("PLACE Kudjip, Jiwaka")
    phones.say(f"REG {official(1)} 1/11")
    phones.say("MOB 14 1/11")
    phones.say("PLACE Goroka, EHP", BUYER)
    return phones


def receipt_in(text):
    return RECEIPT.findall(text)[-1]


def animal(database, number):
    with database.read() as session:
        found = select(Identifier.animal_id).where(Identifier.value == str(number))
        return session.execute(select(*Animal.__table__.c).where(Animal.id.in_(found))).one()


def void(database, event_id, role=Role.INSPECTOR):
    with database.write() as session:
        party = Party(public_id=uuid4(), role=role.value)
        session.add(party)
        session.flush()
        origin = Origin("api", party.public_id, NOW)
        return void_event(session, event_id, "did_not_occur", origin, party)


def test_wrong__own_report__is_void_and_tells_which(farm):
    before = animal(farm.database, 1165)
    receipt = receipt_in(farm.say("DEAD 1165"))
    assert animal(farm.database, 1165).ended_on is not None
    assert receipt in farm.say(f"WRONG {receipt}")
    assert animal(farm.database, 1165) == before
    with farm.database.read() as session:
        last = session.scalars(select(Journal).order_by(Journal.id.desc())).first()
        subjects = session.scalars(
            select(LedgerLeaf.subject).where(LedgerLeaf.journal_id == last.id)
        ).all()
        told = parse_canonical(last.content)
    assert (told["type"], told["details"]["reason"]) == ("void", "incorrect_data")
    assert public_subject(*pig(1)) in subjects


@pytest.fixture
def places_rebuilt(monkeypatch):
    """How many places each rebuilding of statuses of places was of."""
    counted = []

    def rebuild(session, premises):
        counted.append(len(premises))
        rebuild_places(session, premises)

    monkeypatch.setattr(record, "rebuild_places", rebuild)
    return counted


_MAKING = [("slaughter", []), ("weight", []), ("sickness", [1]), ("death", [1]), ("sample", [1])]


@pytest.mark.parametrize(("kind", "rebuilt"), _MAKING)
def test_void__of_what_makes_no_status_of_places__reads_nothing_of_the_place(
    database, places_rebuilt, kind, rebuilt
):
    told = {"sample": "L1"} if kind == "sample" else {}
    wrong = replace(report(kind, [pig(1)], at=source_place(1)), details=told)
    write(database, wrong)
    places_rebuilt.clear()
    void(database, wrong.event_id)
    assert places_rebuilt == rebuilt


@pytest.mark.parametrize(("kind", "rebuilt"), [("slaughter", []), ("death", [1])])
def test_agree__with_what_makes_no_status_of_places__reads_nothing_of_the_place(
    database, places_rebuilt, kind, rebuilt
):
    said = replace(report(kind, [pig(1)], at=source_place(1)), evidence=True)
    write(database, said)
    with database.write() as session:
        settle(session, said.event_id, EventType.AGREE, origin())
    assert places_rebuilt == rebuilt


def test_wrong__message_that_caused_several_events__takes_all_of_them_back(farm):
    receipt = receipt_in(farm.say("MOVE MOB 1262 5 1359"))
    assert animal(farm.database, 1262).head_count == 9
    farm.say(f"RONG {receipt}")
    assert animal(farm.database, 1262).head_count == 14
    assert animal(farm.database, 1456).found
    assert "Pigs there in our book: 15" in farm.say("ME")


@pytest.mark.parametrize(
    "text",
    ["PORK 40 KG 1359", f"REG {official(9)} MOB 1262", "DEAD 1165 ASF", "DEAD 3 MOB 1262 ASF"],
)
def test_wrong__each_message_of_two_events__takes_both_back(farm, text):
    receipt = receipt_in(farm.say(text))
    farm.take_back(receipt)
    with farm.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Correction)) == 2
    assert "Pigs there in our book: 15" in farm.say("ME")


def test_wrong__other_messages_of_the_same_instant__stay(farm):
    farm.say(f"REG {official(8)} MOB 1262")
    receipt = receipt_in(farm.say("MOVE 1262 1359"))
    farm.say(f"REG {official(9)} MOB 1262")
    farm.say(f"WRONG {receipt}")
    assert animal(farm.database, 1262).head_count == 12
    assert "Pigs there in our book: 15" in farm.say("ME")


@pytest.mark.parametrize(
    ("sender", "times", "outcome"),
    [(FARMER, 1, "wrong"), (FARMER, 2, "error.already_void"), (BUYER, 1, "error.not_your_report")],
)
def test_wrong__by_whom_and_how_often__decides(farm, sender, times, outcome):
    receipt = receipt_in(farm.say("DEAD 1165"))
    for _ in range(times):
        answer = farm.send(f"WRONG {receipt}", sender)
    assert answer.outcome == outcome


def test_wrong__receipt_of_a_correction__cannot_be_taken_back(farm):
    receipt = receipt_in(farm.say("DEAD 1165"))
    again = receipt_in(farm.say(f"WRONG {receipt}"))
    assert farm.send(f"WRONG {again}").outcome == "error.not_voidable"


def test_wrong__new_tag__is_free_again_and_the_old_one_is_worn(farm):
    receipt = receipt_in(farm.say(f"RETAG {official(1)} {official(9)}"))
    farm.say(f"WRONG {receipt}")
    assert official(1) in farm.say("LOST TAG 1165")
    farm.say(f"REG {official(9)}")
    assert animal(farm.database, official(9)).id != animal(farm.database, 1165).id


def test_void__by_an_officer__of_anybodys_event__keeps_both_in_the_journal(database):
    (done,) = write(database, report("death", [pig(1)], at=source_place(1)))
    voided = void(database, done.report.event_id)
    assert voided.report.animals == (pig(1),)
    assert voided.report.premises == source_place(1)
    assert animal(database, official(1)).ended_on is None
    with pytest.raises(AlreadyVoid):
        void(database, done.report.event_id)


@pytest.mark.parametrize("role", [Role.KEEPER, Role.RECORDER, Role.AUDITOR])
def test_void__by_who_did_not_report_it_and_is_no_officer__is_refused(database, role):
    (done,) = write(database, report("death", [pig(1)], at=source_place(1)))
    with pytest.raises(NotYourReport):
        void(database, done.report.event_id, role)


@pytest.mark.parametrize(
    "kind", ["order", "permit", "outbreak", "notice", "decision", "allocation"]
)
def test_void__of_an_act_that_another_act_undoes__says_what_to_do(database, kind):
    (done,) = write(database, report(kind, at=source_place(1)))
    with pytest.raises(NotVoidable, match="cannot be declared wrong: "):
        void(database, done.report.event_id)


def test_void__of_nothing__is_unknown(database):
    with pytest.raises(UnknownReport):
        void(database, uuid4())
