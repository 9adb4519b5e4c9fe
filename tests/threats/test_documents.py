"""Partners' documents of officers: whoever hears of a report by the API hears of it by EPCIS."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from services.livestock.imports.animals import Animals
from services.livestock.standards.claims import claim_of
from services.livestock.standards.epcis.events import to_event
from services.storage.unit_of_work import Unit
from tests.factories import NOW, TODAY, origin
from tests.services.livestock.standards.conftest import NAMES
from tests.services.livestock.standards.test_partners import capture, death, transfer
from tests.services.scene import OTHER_PIG, PIG, SENT_PIG
from tests.threats.phones import Phones, journal, threatened

KEEPER, NEIGHBOUR = "+67570000001", "+67570000002"
VET, POLICE = "+67570000005", "+67570000041"
_SEVERAL = [PIG, SENT_PIG]
_RECEIPT = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")
_POSITIVE = {"sample": "S-17", "disease": "african_swine_fever", "outcome": "positive"}
_DECLARATION = {"declarationTime": "2026-11-25T09:00:00+10:00", "reason": "did_not_occur"}
_OLD_DECLARATION = {**_DECLARATION, "declarationTime": "2025-11-25T09:00:00+10:00"}


class Town(NamedTuple):
    """A scene with police, and its phones."""

    scene: object
    phones: Phones

    def told(self, act, *arguments):
        """The texts that an act causes: to whom and what, but for receipts."""
        before = len(self.phones.texts())
        answer = act(*arguments)
        assert answer.status_code in {201, 202}, answer.text
        return sorted((to, _RECEIPT.sub("-", text)) for to, text in self.phones.texts()[before:])

    def as_epcis(self, kind):
        """The newest event of a type as a partner would write it."""
        event = to_event(claim_of(journal(self.scene.world, kind)[-1]), NAMES)
        assert event is not None
        return event


@pytest.fixture
def towns(staged, tmp_path):
    """Two towns that are alike: what is done in one by the API is done in the other by EPCIS."""
    with threatened(staged, tmp_path / "one") as one, threatened(staged, tmp_path / "two") as two:
        for scene in (one, two):
            told = {"phone": POLICE, "role": "police", "province": "Jiwaka", "language": "en"}
            assert scene.administrator.post("/api/v1/parties", told).status_code == 201
        yield Town(one, Phones(one.world)), Town(two, Phones(two.world))


def sampled(scene):
    details = {"specimen": "blood", "sample": "S-17"}
    return scene.officer.report("sample", PIG, at=scene.places["keeper"], details=details)


def stolen(scene):
    return scene.keeper.report("stolen", PIG, at=scene.places["keeper"])


def sick(scene):
    details = {"signs": ["fever"]}
    return scene.keeper.report("sickness", PIG, at=scene.places["keeper"], details=details)


def positive(scene):
    sampled(scene)
    return scene.officer.report("result", PIG, at=scene.places["keeper"], details=_POSITIVE)


CLAIMS = {
    "positive result": (sampled, "result", [PIG], _POSITIVE, {VET}),
    "theft": (None, "stolen", [PIG], {}, {VET, POLICE}),
    "end of a theft": (stolen, "recovered", [PIG], {}, {POLICE, KEEPER}),
    "sight of a stolen pig": (stolen, "weight", [PIG], {"kilograms": 40}, {VET, POLICE, KEEPER}),
    "sickness": (None, "sickness", [PIG], {"signs": ["fever"]}, {VET, KEEPER}),
    "deaths": (None, "death", _SEVERAL, {"cause": "disease"}, {VET, KEEPER}),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_document__of_an_officer__tells_whom_the_same_report_by_the_api_tells(towns, claim):
    before, kind, pigs, details, heard = CLAIMS[claim]
    by_api, by_epcis = towns
    for town in towns if before else ():
        assert before(town.scene).status_code == 201
    scene = by_api.scene
    told = by_api.told(
        lambda: scene.officer.report(kind, *pigs, at=scene.places["keeper"], details=details)
    )
    assert {to for to, _ in told} == heard
    assert by_epcis.told(capture, by_epcis.scene.officer, by_api.as_epcis(kind)) == told


WRONG = {"stolen": stolen, "result": positive, "sickness": sick}


@pytest.mark.slow
@pytest.mark.parametrize("declaration", [_DECLARATION, _OLD_DECLARATION], ids=["now", "backdated"])
@pytest.mark.parametrize("wrong", WRONG)
def test_document__declares_a_report_wrong__tells_whom_a_void_by_the_api_tells(
    towns, wrong, declaration
):
    by_api, by_epcis = towns
    for town in towns:
        made = WRONG[wrong](town.scene)
        assert made.status_code == 201, made.text
    event = journal(by_api.scene.world, wrong)[-1]["event"]
    body = {"reason": "did_not_occur"}
    told = by_api.told(by_api.scene.inspector.post, f"/api/v1/events/{event}/void", body)
    assert told
    own = journal(by_epcis.scene.world, wrong)[-1]["event"]
    declared = by_epcis.as_epcis(wrong) | {
        "eventID": f"urn:uuid:{own}",
        "errorDeclaration": declaration,
    }
    assert by_epcis.told(capture, by_epcis.scene.inspector, declared) == told


@pytest.mark.slow
def test_document__of_history__that_declares_its_own_report_wrong__tells_nobody(towns):
    [town, _] = towns
    stolen(town.scene)
    then = {"eventTime": "2025-11-25T08:30:00+10:00", "errorDeclaration": _OLD_DECLARATION}
    then |= {"eventTimeZoneOffset": "+10:00"}
    theft = town.as_epcis("stolen") | then
    theft.pop("bilum:precision", None)
    assert town.told(capture, town.scene.officer, theft | {"epcList": [epc(OTHER_PIG)]}) == []


def epc(tag):
    return NAMES.animal(("iso11784", tag))


def test_document__gives_a_pig_away__giver_and_receiver_are_told(towns):
    [town, _] = towns
    told = town.told(capture, town.scene.officer, transfer(PIG, town.scene.neighbour.party))
    assert [(to, PIG in text) for to, text in told] == [(KEEPER, True), (NEIGHBOUR, True)]


def test_document__that_gave_a_pig_away_long_ago__tells_nobody(towns):
    [town, _] = towns
    old = transfer(PIG, town.scene.neighbour.party) | {"eventTime": "2025-11-25T08:30:00+10:00"}
    assert town.told(capture, town.scene.officer, old) == []


def test_document__ends_a_status_that_does_not_hold__is_refused(towns):
    by_api, by_epcis = towns
    details = {"status": "suspect", "action": "ended", "disease": "african_swine_fever"}
    scene = by_api.scene
    begun = details | {"action": "begun"}
    for one in (begun, details):
        done = scene.officer.report("status", PIG, at=scene.places["keeper"], details=one)
        assert done.status_code == 201, done.text
    refused = capture(by_epcis.scene.officer, by_api.as_epcis("status"))
    assert (refused.status_code, journal(by_epcis.scene.world, "status")) == (422, [])


@pytest.mark.parametrize("day", ["2026-11-25", "2026-10-01"])
def test_imported_file__registers_a_stolen_pig__is_told_of_late_alone(towns, day):
    [town, _] = towns
    stolen(town.scene)
    before = len(town.phones.texts())
    kind, database = Animals(TODAY), town.scene.world.runtime.database
    row = kind.read({"tag": PIG, "premises": "99", "day": day})
    with database.write() as session:
        assert kind.take(Unit(session, database.vault), [row], origin(NOW)) == 1
    seen = {to for to, text in town.phones.texts()[before:] if PIG in text}
    assert seen == ({VET, POLICE, KEEPER} if day == "2026-11-25" else set())


def test_document__takes_evidence_back_that_nobody_settled__as_the_api_does(towns):
    [town, _] = towns
    said = death(OTHER_PIG)
    assert capture(town.scene.abattoir, said).status_code == 202
    assert journal(town.scene.world, "death")[-1]["standing"] == "evidence"
    wrong = said | {"errorDeclaration": _DECLARATION}
    assert capture(town.scene.abattoir, wrong).status_code == 202
    assert journal(town.scene.world)[-1]["type"] == "void"
    again = wrong | {"errorDeclaration": _DECLARATION | {"reason": "incorrect_data"}}
    assert capture(town.scene.abattoir, again).status_code == 409
