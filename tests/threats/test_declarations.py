"""A seller's word on a pig's health: given with the code, told to the buyer, held to the book."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.storage.models import Flag, Task
from tests.services.scene import PIG
from tests.threats.phones import STRANGER, journal

KEEPER, NEIGHBOUR = "+67570000001", "+67570000002"
DECLARED = {"declared_healthy", "declared_untreated", "declared_no_swill"}


def flags(scene):
    with scene.world.runtime.database.read() as session:
        return set(session.scalars(select(Flag.code))) & DECLARED


def declared(scene):
    return [one["details"]["clean"] for one in journal(scene.world, "declaration")]


def sell(phones, word, text="GIVE {pig} {buyer}"):
    """Sell with a word behind the code; return the reply, and what the buyer is asked."""
    phones.says(KEEPER, text.format(pig=PIG, buyer=NEIGHBOUR[4:]))
    reply = phones.says(KEEPER, f"{phones.code_to(KEEPER)} {word}".strip())
    return reply, phones.to(NEIGHBOUR)[-1]


@pytest.mark.parametrize(
    ("word", "clean", "told"),
    [
        ("GOOD", True, "no sik, no marasin, no pipia"),
        ("gutpela", True, "no sik, no marasin, no pipia"),
        ("BAD", False, "NO olgeta samting i orait"),
        ("nogut", False, "NO olgeta samting i orait"),
    ],
)
def test_declaration__behind_the_code__is_recorded_and_in_the_buyers_question(
    scene, phones, word, clean, told
):
    _, asked = sell(phones, word)
    assert told in asked
    [record] = journal(scene.world, "declaration")
    assert record["details"]["clean"] is clean
    assert record["reporter"] == scene.callers["keeper"].party
    assert record["details"]["buyer"] == scene.callers["neighbour"].party
    assert flags(scene) == set()


def test_declaration__not_given__is_told_to_the_buyer_as_nothing_said(scene, phones):
    _, asked = sell(phones, "")
    assert "i no tok" in asked
    assert declared(scene) == []
    phones.sends(NEIGHBOUR, "1")
    assert len(journal(scene.world, "transfer")) == 1


@pytest.mark.parametrize(
    ("before", "flag", "word"),
    [
        ("TREAT {pig} IVOMEC 28", "declared_untreated", "medicine"),
        ("TREAT {pig} IVOMEC", "declared_untreated", "medicine"),
        ("SICK {pig} cough", "declared_healthy", "sick"),
        ("SICK {pig} ASF", "declared_healthy", "sick"),
        ("FEED {pig} SWILL", "declared_no_swill", "swill"),
    ],
)
def test_declaration__against_the_book__is_kept_flagged_and_told_to_both(
    scene, phones, before, flag, word
):
    phones.says(KEEPER, before.format(pig=PIG))
    reply, asked = sell(phones, "good")
    assert f"our book says {word}" in " ".join(phones.to(KEEPER)[-4:])
    assert reply.startswith("STOP")
    assert "LUKAUT" in asked
    assert declared(scene) == [True]
    assert flags(scene) == {flag}
    with scene.world.runtime.database.read() as session:
        assert "flag" in set(session.scalars(select(Task.kind)))


@pytest.mark.parametrize(
    "before", ["TREAT {pig} IVOMEC 28", "SICK {pig} cough", "FEED {pig} SWILL"]
)
def test_declaration__that_not_all_is_well__contradicts_nothing(scene, phones, before):
    phones.says(KEEPER, before.format(pig=PIG))
    sell(phones, "bad")
    assert declared(scene) == [False]
    assert flags(scene) == set()


def test_declaration__after_a_strangers_word_of_sickness__is_not_held_against_the_seller(
    scene, phones
):
    phones.says(STRANGER, f"SICK {PIG} cough")
    phones.says(STRANGER, f"TREAT {PIG} IVOMEC 300")
    _, asked = sell(phones, "good")
    assert "LUKAUT" not in asked
    assert flags(scene) == set()


def test_declaration__of_care_long_past__contradicts_nothing(scene, phones):
    phones.says(KEEPER, f"TREAT {PIG} IVOMEC 7")
    phones.says(KEEPER, f"FEED {PIG} SWILL")
    scene.world.runtime.clock.now += timedelta(days=31)
    _, asked = sell(phones, "good")
    assert "LUKAUT" not in asked


def test_declaration__whose_treatment_is_told_later__is_flagged_then(scene, phones):
    scene.world.runtime.clock.now += timedelta(days=2)
    sell(phones, "good")
    assert flags(scene) == set()
    phones.says(KEEPER, f"TREAT {PIG} IVOMEC 28 yesterday")
    assert flags(scene) == {"declared_untreated"}


def test_declaration__whose_treatment_is_voided__is_flagged_no_more(scene, phones):
    receipt = phones.says(KEEPER, f"TREAT {PIG} IVOMEC 28").split()[-1]
    sell(phones, "good")
    assert flags(scene) == {"declared_untreated"}
    phones.takes_back(KEEPER, receipt)
    assert flags(scene) == set()


@pytest.mark.parametrize(
    "text", ["good", "GOOD {wrong}", "{wrong} good", "1", "yes", "is it good?"]
)
def test_declaration__without_the_code__is_none(scene, phones, text):
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR[4:]}")
    phones.sends(KEEPER, text.format(wrong="123456"))
    phones.sends(STRANGER, f"{phones.first_code_to(KEEPER)} good")
    assert declared(scene) == []
    assert journal(scene.world, "transfer") == []


@pytest.mark.parametrize("text", ["{code} maybe good", "{code} not good", "{code} good?"])
def test_declaration__doubted_or_denied_behind_the_code__sells_nothing(scene, phones, text):
    before = len(journal(scene.world, "depart"))
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR[4:]}")
    phones.sends(KEEPER, text.format(code=phones.code_to(KEEPER)))
    assert declared(scene) == []
    assert len(journal(scene.world, "depart")) == before


def test_declaration__behind_the_code_of_a_slaughter__kills_nothing(scene, phones):
    phones.says(KEEPER, f"KILL {PIG}")
    code = phones.code_to(KEEPER)
    assert phones.says(KEEPER, f"{code} good").startswith("NOT done")
    assert journal(scene.world, "slaughter") == []
    phones.sends(KEEPER, code)
    assert len(journal(scene.world, "slaughter")) == 1


def test_declaration__sent_twice__is_recorded_once(scene, phones):
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR[4:]}")
    text = f"{phones.code_to(KEEPER)} good"
    for _ in range(3):
        phones.sends(KEEPER, text)
    assert declared(scene) == [True]


def test_declaration__in_the_message_of_a_sale__waits_for_its_code(scene, phones):
    phones.says(KEEPER, f"SELL {PIG} {NEIGHBOUR[4:]} good")
    phones.says(KEEPER, "1")
    assert declared(scene) == []
    phones.says(KEEPER, phones.code_to(KEEPER))
    assert declared(scene) == [True]


def test_declaration__of_a_program_after_slaughter__is_kept_and_flagged(scene, phones):
    phones.says(KEEPER, f"KILL {PIG}")
    phones.says(KEEPER, phones.code_to(KEEPER))
    scene.world.runtime.clock.now += timedelta(days=1)
    farm = scene.places["keeper"]
    late = scene.callers["keeper"].report(
        "declaration", PIG, at=farm, on="2026-11-26", details={"clean": True}
    )
    assert late.status_code == 201
    with scene.world.runtime.database.read() as session:
        assert "event_after_death" in set(session.scalars(select(Flag.code)))


def test_declaration__of_another_by_a_program__is_evidence(scene):
    other = scene.places["neighbour"]
    told = scene.callers["neighbour"].report("declaration", PIG, at=other, details={"clean": True})
    assert told.status_code == 202
    assert flags(scene) == set()
