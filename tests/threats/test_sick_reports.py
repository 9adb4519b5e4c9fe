"""Reports of sick pigs that bind too many, too few, or the wrong ones."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from services.storage.models import Flag
from tests.services.scene import OTHER_PIG, PIG
from tests.threats.phones import CODE, STRANGER, journal

KEEPER, NEIGHBOUR, RECORDER = "+67570000001", "+67570000002", "+67570000003"
INSPECTOR, VET = "+67570000004", "+67570000005"
RECEIPT = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


@pytest.fixture
def may_go(phones):
    """Answers what OK says to a keeper of their pig."""
    return lambda who=KEEPER, pig=PIG: phones.says(who, f"OK {pig}")


@pytest.mark.parametrize(
    "text",
    [
        "they say there is ASF in Banz",
        "my neighbour says his pigs are sick",
        "pigs of my neighbour have fever",
        "neighbours pigs not eating and blue ears",
        "SICK 3 pigs of my neighbour fever",
        "SIK 3 pik bilong neba skin hot",
        "my neighbour has 3 sick pigs",
        "my neighbour says 3 pigs are sick",
        "swine fever in Banz",
        "ASF",
        "pik bilong brata i sik ol i tok",
        "mi harim planti pik i dai long Goroka",
    ],
)
def test_keeper__tells_of_others_pigs__officers_know_and_their_own_may_go(phones, may_go, text):
    before = may_go()
    phones.says(KEEPER, text)
    assert journal(phones.world)[-1]["type"] == "sickness"
    assert may_go() == before


@pytest.mark.parametrize(
    "text",
    [
        "my pigs have fever",
        "my pigs got fever from the neighbour's pigs",
        "pigs not eating and blue ears",
        "pik bilong mi i no kaikai na skin hot",
        "SICK 3 ASF",
        "SICK 3 pig flu blue skin",
        f"SICK {PIG} leptospirosis",
        f"SICK {PIG} fever like the neighbours pigs",
        "mama pik i no kaikai na skin hot",
        "pigs of my farm have fever",
        "SICK 3 fever they say it is ASF",
        "SIK 3 skin hot man i tok em ASF",
        "SICK 4 fever neighbour also has it",
        "SICK 4 fever, came from neighbour",
        "the officer told me to report: 4 pigs sick with fever",
    ],
)
def test_keeper__tells_of_own_pigs__they_stay(phones, may_go, text):
    before = may_go()
    phones.says(KEEPER, text)
    assert before != may_go()
    assert may_go().startswith("NO")


@pytest.mark.parametrize(
    "text",
    [
        f"sick pig {PIG} is better now",
        f"pig {PIG} sick but now ok recovered",
        f"{PIG} sik pinis nau em orait",
        f"SICK {PIG} cured",
        f"{PIG} sik tasol em orait nau",
        f"SICK {PIG} fine now",
    ],
)
def test_keeper__tells_that_a_pig_is_well_again__it_is_no_new_sickness(phones, may_go, text):
    before = may_go()
    phones.says(KEEPER, text)
    assert may_go() == before
    assert "sickness" not in {one["type"] for one in journal(phones.world)}


@pytest.mark.parametrize(
    "text",
    [
        f"SICK {PIG} others are fine",
        f"sik {PIG} tasol narapela i orait",
        f"SICK {PIG} was fine this morning",
        f"SICK {PIG} medicine gone",
        f"SICK {PIG} better come quick",
        f"SICK {PIG} not better",
        f"SICK {PIG} fine yesterday",
    ],
)
def test_keeper__tells_of_a_sick_pig_and_of_something_that_is_well__it_is_heard(
    phones, scene, text
):
    phones.says(KEEPER, text)
    assert "sickness" in {one["type"] for one in journal(scene.world)}


@pytest.mark.parametrize(
    ("text", "sick"),
    [
        ("My sow is sick and 3 pigs died", None),
        ("mama pik i sik na 3 pik i dai", None),
        ("my pigs have fever and 3 of my pigs died", None),
        ("SICK my sow and 3 dead pigs", None),
        ("SIK 3 i dai", None),
        ("5 pigs have fever, 2 died", 5),
        ("3 pigs sick and 2 dead", 3),
        ("SICK 5, 2 dead", 5),
        ("SICK 5 dead 2", 5),
        ("4 pigs vomiting blood and died", 4),
    ],
)
def test_keeper__tells_of_sickness_and_deaths__the_dead_are_not_counted_as_sick(
    phones, scene, text, sick
):
    reply = phones.says(KEEPER, text)
    [report] = journal(scene.world, "sickness")
    assert report.get("details", {}).get("head_count") == sick
    assert journal(scene.world, "death") == []
    assert "DEAD" in reply or "DAI" in reply


def test_keeper__takes_back_a_sickness_that_names_anothers_pig__all_of_it_is_wrong(phones, scene):
    said = phones.says(KEEPER, f"SICK {PIG} {OTHER_PIG} lame")
    phones.takes_back(KEEPER, RECEIPT.findall(said)[-1])
    assert [one["type"] for one in journal(scene.world)[-4:]] == ["sickness"] * 2 + ["void"] * 2


def test_officer__is_alarmed_of_all_pigs_that_a_report_names(phones):
    phones.says(KEEPER, f"SICK {PIG} {OTHER_PIG} lame")
    [alarm] = [one for to, one in phones.texts() if (to == VET and "lame" in one) or "lek" in one]
    assert "2 pi" in alarm


def test_officer__reports_one_lame_pig__its_keeper_is_not_told_that_the_place_is_held(
    phones, scene
):
    before = phones.to(KEEPER)
    phones.says(VET, f"SICK {PIG} lame")
    assert phones.to(KEEPER) == before


def test_keeper__names_a_neighbours_pig_beside_their_own__only_their_own_stays(phones, may_go):
    before = may_go(NEIGHBOUR, OTHER_PIG)
    phones.says(KEEPER, f"SICK {PIG} {OTHER_PIG} lame")
    assert "must stay" in may_go()
    assert may_go(NEIGHBOUR, OTHER_PIG) == before


def test_recorder__tells_of_sick_pigs_of_a_keeper_with_a_phone__binds_nobody(phones, may_go, scene):
    before = may_go()
    phones.says(RECORDER, f"SICK 3 {scene.places['keeper']} fever")
    assert may_go() == before


@pytest.mark.parametrize(
    ("report", "mark"),
    [
        (f"STOLEN {PIG}", "STOLEN"),
        (f"SICK {PIG} fever", "may be infected"),
        (f"TREAT {PIG} IVOMEC 28", "DO NOT kill or eat"),
    ],
)
def test_forger__takes_back_in_the_keepers_name_what_holds_a_pig__the_code_is_asked(
    phones, report, mark
):
    receipt = RECEIPT.findall(phones.says(KEEPER, report))[-1]
    reply = phones.says(KEEPER, f"WRONG {receipt}")
    assert "NOT done yet" in reply
    assert mark in phones.says(NEIGHBOUR, f"TRACE {PIG}")
    phones.says(KEEPER, CODE.search(reply)[0])
    assert mark not in phones.says(NEIGHBOUR, f"TRACE {PIG}")


def test_keeper__takes_back_what_holds_nothing__needs_no_code(phones):
    receipt = RECEIPT.findall(phones.says(KEEPER, f"WEIGH {PIG} 40"))[-1]
    assert "as wrong" in phones.says(KEEPER, f"WRONG {receipt}")


def test_keeper__says_after_a_sickness_that_a_pig_left_before__an_officer_looks(phones, scene):
    phones.says(KEEPER, "SICK 3 fever")
    before = flags(scene.world)
    phones.says(KEEPER, f"MOVE {PIG} {scene.places['neighbour']} yesterday")
    assert "reported_late" in flags(scene.world) - before


def flags(world):
    with world.runtime.database.read() as session:
        return set(session.scalars(select(Flag.code)))


@pytest.mark.parametrize("officer", [INSPECTOR, VET])
def test_officer__reports_sick_pigs_at_a_place__its_keeper_is_told_once_a_day(
    phones, scene, officer
):
    before = len(phones.to(KEEPER))
    for _ in range(2):
        phones.says(officer, f"SICK 3 {scene.places['keeper']} fever")
    [held] = phones.to(KEEPER)[before:]
    assert scene.places["keeper"] in held
    assert "its place may have a disease" in phones.says(KEEPER, f"OK {PIG}")


def test_keeper__takes_back_what_alarmed__the_same_officers_are_told(phones, scene):
    said = phones.says(KEEPER, "SICK 3 fever")
    receipt = RECEIPT.findall(said)[-1]
    alarmed = {to for to, text in phones.texts() if receipt in text} - {KEEPER}
    newest = len(phones.texts())
    phones.takes_back(KEEPER, receipt)
    told = {to for to, text in phones.texts()[newest:] if receipt in text} - {KEEPER}
    assert told == alarmed != set()


def test_keeper__takes_back_what_alarmed_nobody__nobody_is_told(phones, scene):
    receipt = RECEIPT.findall(phones.says(KEEPER, f"WEIGH {PIG} 40"))[-1]
    newest = len(phones.texts())
    phones.takes_back(KEEPER, receipt)
    assert {to for to, _ in phones.texts()[newest:]} == {KEEPER}


@pytest.mark.parametrize("still", [False, True], ids=["alone", "beside another report"])
def test_officer__takes_back_what_held_a_place__its_keeper_learns_that_pigs_may_go(
    phones, scene, still
):
    said = phones.says(VET, f"SICK 3 {scene.places['keeper']} fever")
    if still:
        phones.says(INSPECTOR, f"SICK 2 {scene.places['keeper']} fever")
    before = len(phones.to(KEEPER))
    phones.takes_back(VET, RECEIPT.findall(said)[-1])
    assert [scene.places["keeper"] in one for one in phones.to(KEEPER)[before:]] == [True][still:]


@pytest.mark.parametrize(
    "text",
    [
        f"SICK {PIG} fever since 3 weeks",
        f"SIK {PIG} no kaikai inap long tripela wik",
        f"SICK {PIG} fever 20 days ago",
    ],
)
def test_keeper__tells_late_that_a_pig_is_sick__it_stays_from_then_on(phones, may_go, text):
    phones.says(KEEPER, text)
    assert "must stay" in may_go() or "mas stap" in may_go()


@pytest.mark.slow
def test_keeper__takes_back_what_the_laboratory_looks_for__only_an_officer_may(phones, may_go):
    before = may_go()
    receipt = RECEIPT.findall(phones.says(KEEPER, f"SICK {PIG} ASF"))[-1]
    phones.says(VET, f"SAMPLE {PIG} BLOOD S-17")
    assert "in the laboratory" in phones.says(KEEPER, f"WRONG {receipt}")
    assert "must stay" in may_go()
    phones.takes_back(VET, receipt)
    assert may_go() == before


@pytest.mark.slow
def test_keeper__agrees_that_several_died__their_place_stays(phones, may_go):
    mob = re.search(r"number [a-z ]*([0-9]+)", phones.says(KEEPER, "MOB 14"))[1]
    phones.says(STRANGER, f"DEAD {mob}")
    code = phones.code_to(KEEPER)
    assert "its place may have a disease" not in may_go()
    phones.says(KEEPER, code)
    assert "its place may have a disease" in may_go()


def test_receiver__tells_that_a_pig_on_its_way_to_them_is_sick__it_stays_with_theirs(
    phones, scene, may_go
):
    phones.says(KEEPER, f"MOVE {PIG} {scene.places['neighbour']}")
    phones.says(NEIGHBOUR, f"SICK {PIG} fever")
    assert "must stay" in may_go(NEIGHBOUR)
    assert "its place may have a disease" in may_go(NEIGHBOUR, OTHER_PIG)


def test_keeper__says_after_a_lame_pig_that_it_left_before__an_officer_looks(phones, scene):
    phones.says(KEEPER, f"SICK {PIG} lame")
    before = flags(scene.world)
    phones.says(KEEPER, f"MOVE {PIG} {scene.places['neighbour']} yesterday")
    assert "reported_late" in flags(scene.world) - before


def test_stranger__tells_of_a_known_pig__officers_learn_where_it_stands(phones, scene):
    phones.says(STRANGER, f"SICK {PIG} fever")
    assert f" {scene.places['keeper']} Place of keeper, Jiwaka" in phones.to(VET)[-1]


@pytest.mark.slow
def test_officer__declares_deaths_wrong_that_a_keeper_agreed_to__their_place_is_free(
    phones, scene, may_go
):
    before = may_go()
    mob = re.search(r"number [a-z ]*([0-9]+)", phones.says(KEEPER, "MOB 14"))[1]
    receipt = RECEIPT.findall(phones.says(STRANGER, f"DEAD {mob}"))[-1]
    phones.says(KEEPER, phones.code_to(KEEPER))
    assert "its place may have a disease" in may_go()
    phones.takes_back(VET, receipt)
    assert may_go() == before
