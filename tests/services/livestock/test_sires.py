"""The father of a litter, by SMS, API and the standards; a father that cannot be."""

from __future__ import annotations

import pytest

from services.audit.comparison import compare_projections
from services.audit.findings import AuditReport
from tests.factories import official
from tests.services.scene import PIG, TODAY
from tests.support.texts import assert_one_segment
from tests.threats.phones import STRANGER, Phones, journal, threatened

BOAR, GILT, PIGLET, UNKNOWN = (official(number) for number in (61, 62, 63, 64))
KEEPER = "+67570000001"


@pytest.fixture
def farm(staged, tmp_path):
    """A boar and a gilt of the keeper, two years old."""
    with threatened(staged, tmp_path) as scene:
        breed(scene)
        yield scene


def breed(scene):
    at = scene.places["keeper"]
    for tag, sex in ((BOAR, "male"), (GILT, "female")):
        told = {"sex": sex, "born": "2024-11-01"}
        done = scene.keeper.report("register", tag, at=at, on="2025-01-01", details=told)
        assert done.status_code == 201, done.text


def says(scene, text, sender=KEEPER):
    return Phones(scene.world).says(sender, text)


def born(scene, sire, on=TODAY, **told):
    return scene.keeper.report(
        "birth", PIGLET, at=scene.places["keeper"], on=on, details={"sire": sire, **told}
    )


def codes(done):
    [event] = done.json["events"]
    return [one["code"] for one in event["flags"]]


def last(scene):
    return journal(scene.world)[-1]


def audited(scene):
    report = AuditReport()
    with scene.world.runtime.database.read() as session:
        compare_projections(session, report)
    return [one.detail for one in report.findings]


@pytest.mark.parametrize(
    "text",
    [f"BORN 6 {GILT} SIRE {BOAR}", f"KARIM 6 {GILT} PAPA {BOAR}", f"BORN {GILT} 6 FATHER {BOAR}"],
)
def test_sms__birth_with_a_father__is_kept_with_both(farm, text):
    reply = says(farm, text)
    assert_one_segment(reply)
    details = last(farm)["details"]
    assert details["dam"] == f"iso11784:{GILT}"
    assert details["sire"] == f"iso11784:{BOAR}"
    assert audited(farm) == []


def test_api__birth_with_a_father__is_shown_with_it_everywhere(farm):
    assert codes(born(farm, BOAR, dam=GILT)) == []
    shown = farm.keeper.get(f"/api/v1/animals/{PIGLET}").json
    assert (shown["dam"], shown["sire"]) == (GILT, BOAR)
    document = farm.officer.get("/api/v1/epcis/events?EQ_bizStep=commissioning").json
    assert any(
        BOAR in str(one.get("bilum:sire"))
        for one in document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    )
    assert audited(farm) == []


def test_father__a_sow__is_flagged_and_said(farm):
    reply = says(farm, f"BORN 6 {PIG} SIRE {GILT}")
    assert f"pig {GILT} cannot be mother or father" in reply
    assert_one_segment(reply)
    assert audited(farm) == []


def test_father__dead_before_conception__is_flagged_and_after_it_is_not(farm):
    at = farm.places["keeper"]
    assert farm.keeper.report("death", BOAR, at=at, on="2026-07-01").status_code == 201
    assert codes(born(farm, BOAR)) == ["parent_impossible"]
    done = farm.keeper.report("birth", UNKNOWN, at=at, on="2026-10-01", details={"sire": BOAR})
    assert codes(done) == []


def test_father__nobody_registered__is_kept_as_it_was_written(farm):
    assert codes(born(farm, UNKNOWN)) == []
    assert last(farm)["details"]["sire"] == f"iso11784:{UNKNOWN}"
    assert farm.keeper.get(f"/api/v1/animals/{PIGLET}").json["sire"] is None
    assert audited(farm) == []


def test_stranger__names_a_keepers_boar_as_father__changes_nothing_of_the_boar(farm):
    before = farm.officer.get(f"/api/v1/animals/{BOAR}").json
    says(farm, f"BORN 6 SIRE {BOAR}", STRANGER)
    assert farm.officer.get(f"/api/v1/animals/{BOAR}").json == before
