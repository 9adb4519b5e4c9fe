"""Where a pig has been, and who is told which part of it."""

from __future__ import annotations

import re

import pytest

from chain.canonical import read_receipt
from chain.ports import BatchState
from services.core.clock import utc_now
from services.core.roles import Role
from services.ledger.receipts import look_up_receipt
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, STRANGER, Phones, official

PIG = official(1)
PREMISES = re.compile(r"1068|1165|Kudjip|Goroka|670000")


@pytest.fixture
def phones(database):
    """The farmer's pig has gone to the buyer's place, by both their words."""
    people = Phones(database)
    people.say("PLACE Kudjip, Jiwaka")
    people.say("PLACE Goroka, EHP", BUYER)
    people.say(f"REG {PIG} 20 Nov")
    people.say("MOVE 1262 1165 23 Nov")
    people.say(f"ARRIVE {PIG} 24 Nov", BUYER)
    return people


def appoint(phones, number, role):
    with phones.database.write() as session:
        party_of(Unit(session, phones.database.vault), number).role = role.value


END = "3 reports, none in the record book yet"
STORY = f"Pig 1262: 1068 Kudjip to 23 Nov; 1165 Goroka since 24 Nov. {END}"
FOR_FARMER = f"Pig 1262: 1068 Kudjip to 23 Nov; Eastern Highlands since 24 Nov. {END}"
FOR_BUYER = f"Pig 1262: Jiwaka to 23 Nov; 1165 Goroka since 24 Nov. {END}"
PUBLIC = f"Pig 1262: Jiwaka to 23 Nov; Eastern Highlands since 24 Nov. {END}"


def test_trace__keeper_of_a_place__sees_that_place_alone(phones):
    assert phones.say("TRACE 1262", BUYER) == FOR_BUYER
    assert phones.say("TRACE 1262", FARMER) == FOR_FARMER


@pytest.mark.parametrize("claim", ["KISIM 1262", "REG 1262", "MOVE 1262 70000009"])
def test_trace__stranger_who_claims_the_pig__learns_no_premises_but_his_own(phones, claim):
    phones.say(claim, STRANGER)
    assert not PREMISES.search(phones.say("TRACE 1262", STRANGER))


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.VETERINARY_OFFICER, Role.ADMINISTRATOR])
def test_trace__officer__sees_the_premises(phones, role):
    appoint(phones, STRANGER, role)
    assert phones.say("TRACE 1262", STRANGER) == STORY


@pytest.mark.parametrize("role", [Role.KEEPER, Role.ABATTOIR, Role.RECORDER, Role.AUDITOR])
def test_trace__anybody_else__sees_provinces_alone(phones, role):
    appoint(phones, STRANGER, role)
    reply = phones.say("TRACE 1262", STRANGER)
    assert reply == PUBLIC
    assert not PREMISES.search(reply)


def test_trace__by_the_official_number__answers_with_the_short_one(phones):
    assert phones.say(f"TRACE {PIG}", BUYER) == FOR_BUYER
    assert phones.say(f"STORI {PIG}", BUYER).startswith("Pik 1262: ")


def test_trace__on_its_way__is_still_the_senders(phones):
    phones.say("MOVE 1262 1068", BUYER)
    assert "1165 Goroka to 25 Nov" in phones.say("TRACE 1262", BUYER)
    assert phones.say("TRACE 1262", FARMER).startswith("Pig 1262: 1068 Kudjip to 23 Nov; Eastern")


def test_trace__arrival_told_before_the_departure__is_the_same_story(database):
    people = Phones(database)
    people.say("PLACE Kudjip, Jiwaka")
    people.say("PLACE Goroka, EHP", BUYER)
    people.say(f"ARRIVE {PIG} from 1068 24 Nov", BUYER)
    people.say(f"MOVE {PIG} 1165 23 Nov")
    people.say(f"REG {PIG} 20 Nov")
    assert people.say("TRACE 1262", BUYER) == FOR_BUYER


def test_trace__place_without_name_or_province__says_what_is_known(database):
    people = Phones(database)
    people.say(f"REG {PIG}", STRANGER)
    assert people.say(f"TRACE {PIG}", STRANGER).startswith("Pig 1165: 1068 since 25 Nov.")
    assert people.say(f"TRACE {PIG}", FARMER).startswith("Pig 1165: a place since 25 Nov.")


def test_trace__pig_without_a_short_number__is_called_by_the_one_typed(database):
    people = Phones(database)
    people.say(f"MOVE animal:00001 {PIG} {BUYER[4:]}")
    assert people.say("TRACE animal:00001").startswith("Pig animal:00001: 1068 to 25 Nov.")
    assert people.say(f"TRACE {PIG}").startswith(f"Pig {PIG}: ")


def test_trace_and_receipt__as_the_ledger_grows__tell_how_far_it_is(phones):
    receipt = phones.say("MOVE 1262 1068", BUYER)[-19:]
    store = DatabaseRecorderStore(phones.database, utc_now)
    assert phones.say(f"RECEIPT {receipt}") == (
        f"We have your report, receipt {receipt}. It is not in the record book yet. "
        "Ask again tomorrow."
    )
    batch = store.make_batch(99)
    assert phones.say("TRACE 1262").endswith("4 reports, none in the record book yet")
    store.move(batch.id, BatchState.INCLUDED)
    assert phones.say("TRACE 1262").endswith("4 reports, all in the record book")
    told = phones.say(f"RISIT {receipt.lower().replace('-', ' ')}")
    expected = rf"Risit {receipt} i stap gut long bikpela buk: rekot (\d+) bilong 10 olgeta."
    found = re.fullmatch(expected, told)
    with phones.database.read() as session:
        place = look_up_receipt(session, read_receipt(receipt)).place
    assert int(found[1]) == place < batch.size == 10
