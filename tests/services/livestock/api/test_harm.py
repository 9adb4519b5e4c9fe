"""What must not be done to others through the API, and what must not get lost in it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.storage.models import Party
from tests.services.scene import NEW_PIG, PIG, Caller

ORDER = {"kind": "zone", "status": "infected", "area": {"provinces": ["Jiwaka"]}}


def messages(scene):
    return scene.world.counts()["message"]


@pytest.mark.parametrize(("who", "status"), [("keeper", 403), ("recorder", 201), ("officer", 201)])
def test_register__for_another_owner__is_for_who_registers_for_others(scene, who, status):
    told = {"details": {"owner": scene.neighbour.party}}
    done = scene.callers[who].report("register", NEW_PIG, at=scene.places["keeper"], **told)
    assert done.status_code == status, done.text


def test_register__as_ones_own__is_taken(scene):
    told = {"details": {"owner": scene.keeper.party}}
    done = scene.keeper.report("register", NEW_PIG, at=scene.places["keeper"], **told)
    assert done.status_code == 201


@pytest.mark.parametrize(
    ("animals", "details", "letters"),
    [
        ([PIG], {}, 0),
        ([PIG, NEW_PIG], {}, 1),
        ([PIG], {"head_count": 3}, 1),
        ([PIG, NEW_PIG], {"cause": "culled"}, 0),
    ],
)
def test_death__of_several__alarms_the_veterinary_officers_as_a_text_does(
    scene, animals, details, letters
):
    farm, before = scene.places["keeper"], messages(scene)
    scene.keeper.report("arrive", NEW_PIG, at=farm)
    assert scene.keeper.report("death", *animals, at=farm, details=details).status_code == 201
    assert messages(scene) == before + letters


def test_suspicion__in_a_zone_that_is_a_day_ahead__is_recorded_and_alarms(scene):
    scene.world.runtime.clock.now = scene.world.runtime.clock.now.replace(hour=13, minute=30)
    told = {
        "details": {"signs": ["bleeding"], "suspicion": "african_swine_fever"},
        "occurred": {"at": "2026-11-26", "zone": "Pacific/Bougainville"},
    }
    done = scene.keeper.report("sickness", PIG, at=scene.places["keeper"], **told)
    assert done.status_code == 201, done.text
    [outbreak] = scene.officer.get("/api/v1/outbreaks").json["items"]
    assert outbreak["began_on"] == "2026-11-25"


def test_void__keepers_token_of_an_officer__is_for_his_own_reports(scene):
    farm = scene.places["keeper"]
    done = scene.keeper.report("death", PIG, at=farm).json["events"][0]
    with scene.world.runtime.database.read() as session:
        rows = session.execute(select(Party.id, Party.public_id))
        vet = next(row.id for row in rows if str(row.public_id) == scene.officer.party)
    weak = Caller(scene.world.app, scene.world.bearer(Role.KEEPER, vet))
    path, reason = f"/api/v1/events/{done['id']}/void", {"reason": "did_not_occur"}
    assert weak.post(path, reason).json["code"] == "not_your_report"
    assert scene.officer.post(path, reason).status_code == 201


def test_change_premises__under_an_order__leads_out_of_no_zone(scene):
    farm = f"/api/v1/premises/{scene.places['keeper']}"
    assert scene.keeper.post(farm, {"district": "Anglimp-South Waghi"}).status_code == 200
    told = ORDER | {"area_name": "Jiwaka", "since": "2026-11-25"}
    assert scene.officer.post("/api/v1/orders", told).status_code == 201
    moved = scene.keeper.post(farm, {"province": "Madang"})
    assert (moved.status_code, moved.json["code"]) == (403, "forbidden")
    assert scene.keeper.post(farm, {"name": "Kudjip"}).status_code == 200
    assert scene.officer.post(farm, {"province": "Madang"}).status_code == 200


def test_change_premises__without_an_order__may_correct_the_province(scene):
    farm = f"/api/v1/premises/{scene.places['keeper']}"
    assert scene.keeper.post(farm, {"province": "Madang"}).status_code == 200


def test_depart__with_a_permit__is_a_leaf_of_the_permit_and_an_unknown_one_is_kept(scene):
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    asked = {"origin": farm, "destination": other, "animals": [PIG]}
    asked |= {"first_day": "2026-11-25", "last_day": "2026-11-25", "route": []}
    made = scene.keeper.post("/api/v1/permits", asked)
    assert made.status_code == 201, made.text
    leaves = scene.world.counts()["ledger_leaf"]
    told = {"other": other, "details": {"permit": made.json["number"]}}
    assert scene.keeper.report("depart", PIG, at=farm, **told).status_code == 201
    assert scene.world.counts()["ledger_leaf"] == leaves + 3
    told["details"] = {"permit": "99999"}
    [event] = scene.keeper.report("depart", PIG, at=farm, **told).json["events"]
    assert [flag["code"] for flag in event["flags"]] == ["moved_without_permit"]
    assert event["warnings"][0]["texts"]["en"].startswith(f"STOP. Pig {PIG} needs a NAQIA permit")
    assert scene.world.counts()["ledger_leaf"] == leaves + 5


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00%2B14:00"])
def test_animal__known_at_an_instant_beyond_the_calendar__is_answered(scene, at):
    assert scene.keeper.get(f"/api/v1/animals/{PIG}?known_at={at}").status_code == 200


def test_details__bare_number_of_a_source__is_kept_with_its_scheme(scene):
    farm, dam = scene.places["keeper"], "animal:" + "d" * 57
    assert scene.keeper.report("register", dam, at=farm).status_code == 201
    done = scene.keeper.report("register", NEW_PIG, at=farm, details={"dam": "d" * 57})
    assert done.status_code == 201, done.text
    [shown] = scene.keeper.get(f"/api/v1/events?animal={NEW_PIG}").json["items"]
    assert shown["details"]["dam"] == dam
