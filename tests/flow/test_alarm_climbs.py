"""An alarm that nobody answers climbs from officer to officer, and ends with a word of one."""

from __future__ import annotations

import re

import pytest

from services.core.roles import Role
from services.runtime.workers import keep_time
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.flow.conftest import Calendar
from tests.support.texts import assert_one_segment

pytestmark = pytest.mark.slow

VET, DEPUTY, ENGA, MADANG, CHIEF = (f"+675700005{n:02}" for n in range(1, 6))
OFFICERS = {VET: "Jiwaka", DEPUTY: "Jiwaka", ENGA: "Enga", MADANG: "Madang", CHIEF: None}
KEEPER = "+67570000510"
LATE = (
    "Late tasks: 1. Oldest: task {task}: ASF, Jiwaka, since 25 Nov 12:00. "
    "Send TASKS, or TAKE {task}"
)


@pytest.fixture
def clock():
    return Calendar()


def newest_task(stage):
    """Return the number of the newest open task, as an officer sees it."""
    return re.findall(r"(?<!\d)(\d+): ASF", stage.send(VET, "TASKS"))[-1]


@pytest.fixture
def alarmed(stage, clock):
    """Five officers, two of them of the province, and a keeper who has written SICK 3 ASF."""
    for number, province in OFFICERS.items():
        with stage.runtime.database.write() as session:
            party = party_of(Unit(session, stage.runtime.database.vault), number)
            party.province, party.language = province, "en"
        stage.appoint(number, Role.VETERINARY_OFFICER)
    stage.send(KEEPER, "PLACE Kudjip, Jiwaka")
    assert "An officer will call you" in stage.send(KEEPER, "SICK 3 ASF")
    stage.task = newest_task(stage)
    return stage


def pass_by(stage, clock, **time):
    """Let time pass, and say who got a text in it."""
    before = {number: len(stage.inbox(number)) for number in OFFICERS}
    clock.pass_by(**time)
    keep_time(stage.runtime)
    stage._dispatcher.drain()
    return {
        number: text
        for number, seen in before.items()
        for text in stage.inbox(number)[seen:]
        if not assert_one_segment(text)
    }


def test_alarm__at_once__tells_officers_of_the_province_and_of_the_country(alarmed):
    told = [number for number in OFFICERS if any("ASF?" in text for text in alarmed.inbox(number))]
    assert told == [VET, DEPUTY, CHIEF]


def test_alarm__nobody_answers__climbs_to_province_region_and_country(alarmed, clock):
    late = LATE.format(task=alarmed.task)
    assert pass_by(alarmed, clock, hours=1, minutes=50) == {}
    assert pass_by(alarmed, clock, minutes=10) == {VET: late, DEPUTY: late}
    assert pass_by(alarmed, clock, hours=2) == {ENGA: late}
    shown = alarmed.send(ENGA, f"TASK {alarmed.task}")
    assert "Call 70000510" in shown
    assert pass_by(alarmed, clock, hours=2) == {CHIEF: late}
    assert pass_by(alarmed, clock, hours=5) == {}
    assert pass_by(alarmed, clock, hours=19) == {CHIEF: late}
    alarmed.record()
    assert alarmed.audit(projections=True).clean


def test_alarm__taken_and_then_left__climbs_again_past_its_owner(alarmed, clock):
    alarmed.send(VET, f"TAKE {alarmed.task}")
    late = LATE.format(task=alarmed.task)
    assert pass_by(alarmed, clock, hours=1, minutes=50) == {}
    assert pass_by(alarmed, clock, minutes=10) == {DEPUTY: late}
    assert pass_by(alarmed, clock, hours=2) == {ENGA: late}
    assert f"Task {alarmed.task}" in alarmed.send(ENGA, f"TAKE {alarmed.task}")
    assert alarmed.send(ENGA, f"DONE {alarmed.task} visited, two pigs dead")
    assert pass_by(alarmed, clock, hours=30) == {}


def test_alarm__done_by_an_officer__climbs_no_further(alarmed, clock):
    told = alarmed.send(DEPUTY, f"DONE {alarmed.task}")
    assert alarmed.task in told
    assert pass_by(alarmed, clock, hours=30) == {}


def test_alarm__done_by_a_stranger__climbs_on(alarmed, clock):
    alarmed.send(KEEPER, f"DONE {alarmed.task}")
    assert set(pass_by(alarmed, clock, hours=2)) == {VET, DEPUTY}


def test_alarm__assigned_by_the_office_of_the_country__goes_to_an_officer_who_is_told(
    alarmed, clock
):
    assert alarmed.send(VET, f"ASSIGN {alarmed.task} {DEPUTY[4:]}").startswith("Only the office")
    assert alarmed.send(CHIEF, f"ASSIGN {alarmed.task}").startswith("To whom? Send the phone of")
    assert alarmed.send(CHIEF, f"ASSIGN {alarmed.task} {KEEPER[4:]}").startswith("Only people on")
    told = alarmed.send(CHIEF, f"ASSIGN {alarmed.task} {DEPUTY[4:]}")
    assert told == f"Task {alarmed.task} is with {DEPUTY[4:]} now. They got a text."
    assert alarmed.inbox(DEPUTY)[-1].startswith(f"Task {alarmed.task} is yours: ASF, Jiwaka.")
    assert alarmed.send(VET, f"TAKE {alarmed.task}").startswith("Another")
    assert alarmed.send(KEEPER, f"ASSIGN {alarmed.task} {DEPUTY[4:]}") != told
    alarmed.record()
    assert alarmed.audit(projections=True).clean
