"""Who shall receive a pig is warned before they answer, by what the book knows then."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.storage.models import Animal, Journal
from tests.services.scene import PIG
from tests.support.texts import assert_one_segment
from tests.threats.phones import STRANGER, Phones

KEEPER, NEIGHBOUR, OFFICER = "+67570000001", "+67570000002", "+67570000005"
ASF = "african_swine_fever"


@pytest.fixture
def phones(scene):
    made = Phones(scene.world)
    for who in (KEEPER, NEIGHBOUR):
        made.says(who, "LANG EN")
    return made


def offer(phones):
    """Give the pig to the neighbour; return the question that the neighbour gets."""
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR[4:]}")
    phones.sends(KEEPER, phones.code_to(KEEPER))
    question = phones.to(NEIGHBOUR)[-1]
    assert_one_segment(question)
    return question


def transfers(scene):
    with scene.world.runtime.database.read() as session:
        return session.scalars(select(Journal.id).where(Journal.type == "transfer")).all()


def owner(scene):
    with scene.world.runtime.database.read() as session:
        row = session.scalars(select(Animal).where(Animal.value == PIG)).one()
        return row.owner_id


def stolen(scene, phones):
    phones.says(KEEPER, f"STOLEN {PIG}")


def treated(scene, phones):
    phones.says(KEEPER, f"TREAT {PIG} IVOMEC 28")


def suspect(scene, phones):
    phones.says(KEEPER, f"SICK {PIG} ASF")


def in_contact(scene, phones):
    declare(scene, "begun")


def declare(scene, action):
    told = {"status": "contact", "action": action, "disease": ASF}
    done = scene.officer.report("status", at=scene.places["keeper"], details=told)
    assert done.status_code == 201, done.text


def infected(scene, phones):
    farm = scene.places["keeper"]
    sample = {"specimen": "blood", "sample": "S-1"}
    assert scene.officer.report("sample", PIG, at=farm, details=sample).status_code == 201
    result = {"sample": "S-1", "disease": ASF, "outcome": "positive"}
    assert scene.officer.report("result", PIG, at=farm, details=result).status_code == 201


def dead(scene, phones):
    farm = scene.places["keeper"]
    assert scene.officer.report("death", PIG, at=farm).status_code == 201


WARNED = {
    "stolen": (stolen, "reported STOLEN"),
    "medicine": (treated, "do not eat it until 23 Dec"),
    "suspect": (suspect, "it may have ASF"),
    "contact of its place": (in_contact, "it was near ASF"),
    "infected": (infected, "ASF was found"),
    "dead": (dead, "dead since 25 Nov"),
}


@pytest.mark.parametrize("case", WARNED)
def test_receiver__of_what_the_book_warns_of__is_warned_in_the_question(scene, phones, case):
    happens, words = WARNED[case]
    happens(scene, phones)
    question = offer(phones)
    assert words in question
    assert "Answer 1" in question
    phones.sends(NEIGHBOUR, "2")
    assert not transfers(scene)


def test_receiver__of_a_sound_pig__gets_the_plain_question(scene, phones):
    assert "LOOK OUT" not in offer(phones)
    assert "is yours now" in phones.says(NEIGHBOUR, "1")
    assert len(transfers(scene)) == 1


@pytest.mark.parametrize("case", sorted(WARNED.keys() - {"stolen"}))
def test_receiver__of_what_became_known_meanwhile__is_asked_again_and_takes_nothing(
    scene, phones, case
):
    happens, words = WARNED[case]
    offer(phones)
    before = owner(scene)
    happens(scene, phones)
    again = phones.says(NEIGHBOUR, "1")
    assert words in again
    assert_one_segment(again)
    assert not transfers(scene)
    assert owner(scene) == before
    phones.sends(NEIGHBOUR, "1")
    assert len(transfers(scene)) == 1


@pytest.mark.slow
def test_receiver__of_a_pig_that_is_stolen_meanwhile__gets_nothing_and_is_told_of(scene, phones):
    offer(phones)
    before = owner(scene)
    stolen(scene, phones)
    told = len(phones.to(OFFICER)), len(phones.to(KEEPER))
    for answer in ("1", "1"):
        phones.sends(NEIGHBOUR, answer)
    assert f"HOLD pig {PIG}" in phones.to(NEIGHBOUR)[-2]
    assert not transfers(scene)
    assert owner(scene) == before
    for who, since, number in zip((OFFICER, KEEPER), told, ("70000002", " 002"), strict=True):
        assert any(PIG in one and number in one for one in phones.to(who)[since:])
    # The thief is not its keeper, and sets it free no more than before.
    phones.sends(NEIGHBOUR, f"FOUND {PIG}")
    assert "HOLD" in phones.says(NEIGHBOUR, f"OK {PIG}")


def test_receiver__theft_that_a_stranger_makes_up__warns_of_nothing(scene, phones):
    phones.says(STRANGER, f"STOLEN {PIG}")
    assert "LOOK OUT" not in offer(phones)


def test_receiver__status_that_ended_before_the_answer__is_not_asked_again(scene, phones):
    in_contact(scene, phones)
    assert "near ASF" in offer(phones)
    declare(scene, "ended")
    assert "is yours now" in phones.says(NEIGHBOUR, "1")


def test_sell__out_of_a_barred_place__warns_the_seller_too(scene, phones):
    in_contact(scene, phones)
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR[4:]}")
    replied = phones.says(KEEPER, phones.code_to(KEEPER))
    assert replied.startswith("STOP. ASF may be at that place")
