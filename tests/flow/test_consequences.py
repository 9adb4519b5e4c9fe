"""What follows from a record: a positive result closes a district, a stolen pig is stopped."""

from __future__ import annotations

import re

import pytest

from services.core.roles import Role
from services.runtime.workers import keep_tasks
from tests.factories import official

KEEPERS = [f"+675700003{n:02}" for n in range(1, 4)]
VET, CHIEF, INSPECTOR = "+67570000301", "+67570000302", "+67570000303"
POLICE = "+67570000304"
PIG, OTHER = official(31), official(32)
ABATTOIR = "+67570000304"
FARMER, BUYER, TRADER = (f"+675700004{n:02}" for n in range(1, 4))
ASF = "african_swine_fever"


@pytest.fixture
def people(stage):
    """Two keepers in Jiwaka and one in Madang, two veterinary officers, one inspector."""
    for number in (VET, CHIEF):
        stage.appoint(number, Role.VETERINARY_OFFICER)
    stage.appoint(INSPECTOR, Role.INSPECTOR)
    for keeper, province in zip(KEEPERS, ("Jiwaka", "Jiwaka", "Madang"), strict=True):
        stage.send(keeper, f"PLACE Ples, {province}")
    stage.send(KEEPERS[0], f"REG {PIG}")
    stage.send(KEEPERS[1], f"REG {OTHER}")
    return stage


def code_in(text):
    return re.search(r"(?<!\d)\d{6}(?!\d)", text)[0]


@pytest.mark.slow
def test_positive_result__of_a_suspicion__closes_a_district_in_a_few_texts(people):
    stage = people
    stage.send(KEEPERS[0], f"SICK {PIG} ASF")
    assert "may have ASF" in stage.send(KEEPERS[1], f"OK {PIG}")
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    [outbreak] = stage.call(vet, "GET", "/api/v1/outbreaks")["items"]
    assert outbreak["state"] == "suspect"

    assert "S-17" in stage.send(VET, f"SAMPLE {PIG} BLOOD S-17")
    asked = stage.send(VET, "RESULT S-17 ASF POS")
    assert asked.startswith("NOT written down yet. Sample S-17: ASF, POSITIVE")
    assert stage.call(vet, "GET", "/api/v1/outbreaks")["items"][0]["state"] == "suspect"
    assert "S-17, ASF, POSITIVE" in stage.send(VET, code_in(asked))

    assert stage.call(vet, "GET", "/api/v1/outbreaks")["items"][0]["state"] == "confirmed"
    assert any(text.startswith("POSITIVE: ASF, sample S-17") for text in stage.inbox(CHIEF))
    assert stage.send(KEEPERS[0], f"OK {PIG}").startswith("NO. ASF was found in pig")
    report = stage.call(vet, "GET", f"/api/v1/outbreaks/{outbreak['number']}/woah")
    assert [(one["sample"], one["outcome"]) for one in report["diagnostics"]] == [
        ("S-17", "positive")
    ]

    order = {"kind": "zone", "status": "infected", "area": {"provinces": ["Jiwaka"]}}
    order |= {"area_name": "Jiwaka", "since": "2026-11-25", "disease": ASF}
    zone = stage.call(vet, "POST", "/api/v1/orders", order | {"outbreak": outbreak["number"]})
    notice = stage.call(vet, "POST", f"/api/v1/orders/{zone['number']}/notices", {})
    chief = stage.token(CHIEF, Role.VETERINARY_OFFICER)
    stage.call(chief, "POST", f"/api/v1/notices/{notice['id']}/approve")
    assert any(zone["number"] in text for text in stage.inbox(KEEPERS[1]))

    madang = stage.send(KEEPERS[2], "ME")
    place = re.search(r"\d{4,}", madang)[0]
    assert stage.send(KEEPERS[1], f"OK {OTHER} {place}").startswith("NO. Pig")
    told = stage.send(KEEPERS[1], f"MOVE {OTHER} {place}")
    assert told.startswith("STOP. No pig may leave Jiwaka: ASF. Turn back or call NAQIA")
    stage.record()
    assert stage.audit(projections=True).clean


@pytest.mark.slow
def test_contact_chain__of_an_infected_place__comes_under_watch_at_once_and_bars(people):
    stage = people
    places = [re.search(r"\d{4,}", stage.send(keeper, "ME"))[0] for keeper in KEEPERS]
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    stage.send(KEEPERS[0], f"MOVE {PIG} {places[1]}")
    stage.send(KEEPERS[1], f"ARRIVE {PIG}")
    stage.send(KEEPERS[0], "SICK 1 ASF")
    assert "near ASF" not in stage.send(KEEPERS[1], f"OK {OTHER}")

    days = {"from": "2026-09-01", "to": "2026-12-31", "disease": ASF, "days": 40}
    path = f"/api/v1/traces/premises/{places[0]}/contacts"
    done = stage.call(vet, "POST", path, days)
    assert (done["declared"], done["animals"], done["left"]) == (1, 2, 0)
    assert stage.send(KEEPERS[1], f"OK {OTHER}").startswith(
        f"NO. Pig {OTHER} or its place was near"
    )
    told = stage.send(KEEPERS[1], f"MOVE {OTHER} {places[2]}")
    assert told.startswith(f"STOP. Pig {OTHER} may have ASF")
    assert stage.send(KEEPERS[1], f"TRACE {OTHER}").count("was near disease") == 1
    [outbreak] = stage.call(vet, "GET", "/api/v1/outbreaks")["items"]
    page = stage.call(vet, "GET", f"/api/v1/outbreaks/{outbreak['number']}/situation")
    assert [(one["kind"], one["animals"]) for one in page["marked"]] == [
        ("suspect", 0),
        ("contact", 2),
    ]
    stage.record()
    assert stage.audit(projections=True).clean


@pytest.mark.slow
def test_stolen_pig__at_a_roadblock__is_held_and_its_keeper_and_officers_know(people):
    stage = people
    stage.appoint(POLICE, Role.POLICE)
    assert "must hold it" in stage.send(KEEPERS[0], f"STOLEN {PIG}")
    assert any(f"pik {PIG}" in text for text in stage.inbox(POLICE))
    assert any("STOLEN: pig" in text for text in stage.inbox(VET))
    assert stage.send(INSPECTOR, f"OK {PIG}").startswith(f"NO. HOLD pig {PIG}: it was reported")
    # This keeper is an officer, too, and told whom to call.
    [seen] = [one for one in stage.inbox(KEEPERS[0]) if one.startswith("STOLEN pig")]
    assert "70000303" in seen
    assert any("70000303" in text for text in stage.inbox(POLICE))
    code = code_in(stage.send(KEEPERS[0], f"FOUND {PIG}"))
    assert "is back" in stage.send(KEEPERS[0], code)
    assert any("kam bek" in text for text in stage.inbox(POLICE))
    assert "HOLD" not in stage.send(INSPECTOR, f"OK {PIG}")
    stage.record()
    assert stage.audit(projections=True).clean


def place_of(stage, keeper):
    return re.search(r"(?<![\d+])\d{4,7}(?!\d)", stage.send(keeper, "ME"))[0]


@pytest.fixture
def village(stage):
    """A farmer and a buyer in Jiwaka, a trader in Madang, an officer and an inspector."""
    stage.appoint(VET, Role.VETERINARY_OFFICER)
    stage.appoint(INSPECTOR, Role.INSPECTOR)
    for keeper, province in ((FARMER, "Jiwaka"), (BUYER, "Jiwaka"), (TRADER, "Madang")):
        stage.send(keeper, f"PLACE Ples, {province}")
    stage.send(FARMER, f"REG {PIG}")
    stage.send(BUYER, f"REG {OTHER}")
    stage.send(VET, "ENGLISH")
    stage.send(INSPECTOR, "ENGLISH")
    return stage


def number_in(text, words):
    return re.search(rf"{words} (\d{{4,7}})(?!\d)", text)[1]


@pytest.mark.slow
def test_pork__of_an_infected_zone__is_stopped_and_traced_to_its_pigs_and_their_premises(village):
    stage, market = village, place_of(village, TRADER)
    stage.send(FARMER, code_in(stage.send(FARMER, f"KILL {PIG}").partition("code ")[2]))
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    order = {"kind": "zone", "status": "infected", "area": {"provinces": ["Jiwaka"]}}
    order |= {"area_name": "Jiwaka", "since": "2026-11-25", "disease": ASF}
    stage.call(vet, "POST", "/api/v1/orders", order)

    told = stage.send(FARMER, f"PORK 40 KG {market} FROM {PIG}")
    pork = number_in(told, "number is")
    assert any(
        text.startswith("STOP. No pig may leave Jiwaka: ASF.") for text in stage.inbox(FARMER)
    )
    no = stage.send(INSPECTOR, f"OK {pork} {market}")
    assert no.startswith(f"NO. Pig {pork} must not leave Jiwaka: ASF is there")
    stage.send(INSPECTOR, f"SEIZE {pork}")
    assert stage.send(VET, f"TRACE {pork}").startswith(f"Pork {pork}, from pig {PIG}: ")

    back = stage.call(vet, "GET", f"/api/v1/traces/animals/{pork}")
    [came] = back["came_from"]
    [farm] = [stay["premises"] for stay in came["stays"]]
    assert (came["number"], came["kind"]) == (PIG, "animal")
    assert farm in {one for keeper in back["keepers"] for one in keeper["premises"]}
    ahead = stage.call(vet, "GET", f"/api/v1/traces/animals/{PIG}")
    assert [one["number"] for one in ahead["became"]] == [pork]
    days = "from=2026-11-01&to=2026-12-31"
    contacts = stage.call(vet, "GET", f"/api/v1/traces/premises/{farm}?{days}")
    assert [one["number"] for one in contacts["outgoing"]["premises"]] == [market]
    stage.record()
    assert stage.audit(projections=True).clean


@pytest.mark.slow
def test_pork__of_a_pig_that_lives__is_asked_about_and_a_task(village):
    stage, there = village, place_of(village, BUYER)
    for text, words in (
        (f"PORK 40 KG {there} FROM {PIG}", "LOOK AGAIN: pig {pig} lives, says our book."),
        (f"MIT 40 KG {there} LONG PIK {PIG}", "LUKIM GEN: long buk pik {pig} i stap laip."),
        (f"PORK 40 KG {there} FROM {OTHER}", "LOOK AGAIN: pig {other} lives, says our book."),
    ):
        stage.send(FARMER, text)
        asked = words.format(pig=PIG, other=OTHER)
        assert any(one.startswith(asked) for one in stage.inbox(FARMER)), text
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    flags = {one["code"] for one in stage.call(vet, "GET", "/api/v1/flags")["items"]}
    assert {"pork_of_living", "pork_of_others"} <= flags
    keep_tasks(stage.runtime)
    kinds = {one["kind"] for one in stage.call(vet, "GET", "/api/v1/tasks")["items"]}
    assert "flag" in kinds
    place = stage.send(FARMER, f"PORK 40 KG {there} FROM {there}")
    assert place.startswith(f"{there} is not the number of a pig")
    asked = stage.send(FARMER, f"PORK 40 KG {there} FROM {PIG}?")
    assert "left place" not in asked
    stage.record()
    assert stage.audit(projections=True).clean


def abattoir_of(stage):
    stage.appoint(ABATTOIR, Role.ABATTOIR)
    stage.send(ABATTOIR, "PLACE Abattoir, Jiwaka")
    return place_of(stage, ABATTOIR)


@pytest.mark.slow
def test_treated_mob__split_and_sold__is_barred_at_the_abattoir(village):
    stage, there = village, abattoir_of(village)
    mob = number_in(stage.send(FARMER, "MOB 14"), "number is")

    told = stage.send(FARMER, f"TREAT {mob} IVOMEC 28")
    until = re.search(r"before (\d+ \w{3}) is over", told)[1]
    part = number_in(stage.send(FARMER, f"MOVE MOB {mob} 5 {there}"), "ew number:")
    stage.send(ABATTOIR, f"ARRIVE {part}")
    stage.send(FARMER, f"SELL {part} {there}")
    asked = stage.send(FARMER, "1")
    assert asked.startswith(f"NOT sold yet. To sell pig {part} to {there}")
    stage.send(FARMER, code_in(asked.partition("code ")[2]))
    assert "is yours now" in stage.send(ABATTOIR, "1")

    barred = f"NOT YET. Pig {part} got medicine. Wait until {until} is over"
    assert stage.send(ABATTOIR, f"OK {part} KILL").startswith(barred)
    assert stage.send(ABATTOIR, f"CHECK {part}").startswith(barred)
    asked = stage.send(ABATTOIR, f"KILL {part}")
    assert asked.startswith(f"NOT YET. Pig {part} has medicine until {until}.")
    done = stage.send(ABATTOIR, code_in(asked.partition("send ")[2]))
    assert done.startswith(f"We wrote down: pig {part} was slaughtered at place {there}")
    # What is left of the mob waits as long.
    assert until in stage.send(FARMER, f"OK {mob} KILL")
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    flags = {one["code"] for one in stage.call(vet, "GET", "/api/v1/flags")["items"]}
    assert "slaughtered_in_withdrawal" in flags
    keep_tasks(stage.runtime)
    tasks = stage.call(vet, "GET", "/api/v1/tasks")["items"]
    assert "slaughtered_in_withdrawal" in {one["code"] for one in tasks}, tasks
    stage.record()
    assert stage.audit(projections=True).clean
