from __future__ import annotations

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.storage.models import Party
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, TODAY, Caller

PERMITS = "/api/v1/permits"
TOMORROW = "2026-11-26"


def wanted(scene, **told):
    given = {
        "origin": scene.places["keeper"],
        "destination": scene.places["neighbour"],
        "head_count": 14,
        "first_day": TODAY,
        "last_day": TOMORROW,
    }
    return {name: value for name, value in (given | told).items() if value is not None}


def asked(scene, **told):
    response = scene.keeper.post(PERMITS, wanted(scene, **told))
    assert response.status_code == 201, response.text
    return response.json


def decide(caller, number, state, key=None):
    return caller.post(f"{PERMITS}/{number}/decision", {"state": state}, key)


def faults(response):
    assert response.status_code == 422, response.text
    return {one["pointer"] for one in response.json["errors"]}


def test_ask__count__is_shown_as_asked(scene):
    permit = asked(scene)
    assert permit == {
        "number": permit["number"],
        "state": "asked",
        "origin": scene.places["keeper"],
        "destination": scene.places["neighbour"],
        "animals": [],
        "head_count": 14,
        "first_day": TODAY,
        "last_day": TOMORROW,
        "closed_on": None,
        "passes": 0,
        "reasons": [],
    }
    assert scene.keeper.get(f"{PERMITS}/{permit['number']}").json == permit


def test_ask__pigs_by_any_number__are_named_once_and_a_new_one_is_found(scene):
    permit = asked(scene, animals=[PIG, NEW_PIG, PIG], head_count=None)
    assert (permit["animals"], permit["head_count"]) == ([PIG, NEW_PIG], None)


def mob(scene, **told):
    there = {"premises": scene.places["keeper"], "occurred": {"at": TODAY}}
    return scene.keeper.post("/api/v1/mobs", there | told).json["number"]


def test_ask__mob__is_for_as_many_pigs_as_it_has(scene):
    herd = mob(scene, head_count=5)
    permit = asked(scene, animals=[herd, PIG], head_count=None)
    assert (permit["animals"], permit["head_count"]) == ([PIG, herd], 5 + 1)


def test_ask__mob_that_nobody_counted__is_refused(scene):
    told = wanted(scene, animals=[mob(scene)], head_count=None)
    refused = scene.keeper.post(PERMITS, told)
    assert (refused.status_code, refused.json["code"]) == (422, "uncounted_mob")
    assert scene.keeper.get(PERMITS).json["items"] == []


@pytest.mark.parametrize(
    ("told", "pointers"),
    [
        ({"origin": "330577"}, {"#/origin"}),
        ({"destination": PIG}, {"#/destination"}),
        ({"origin": "nonsense", "destination": "104276"}, {"#/origin", "#/destination"}),
        ({"animals": [PIG]}, {"#/animals"}),
        ({"head_count": None}, {"#/animals"}),
        ({"head_count": 0}, {"#/head_count"}),
        ({"animals": [PIG, "330577"], "head_count": None}, {"#/animals/1"}),
        ({"animals": ["104276"], "head_count": None}, {"#/animals/0"}),
        ({"route": ["330577", PIG]}, {"#/route/0", "#/route/1"}),
        ({"first_day": "2026-11-24"}, {"#/first_day"}),
        ({"last_day": "2026-11-24"}, {"#/last_day"}),
        ({"last_day": "2026-12-26"}, {"#/last_day"}),
        ({"first_day": "soon"}, {"#/first_day"}),
        ({"more": 1}, {"#/more"}),
    ],
)
def test_ask__something_wrong__names_each_field_and_keeps_nothing(scene, told, pointers):
    before = scene.world.counts()
    assert faults(scene.keeper.post(PERMITS, wanted(scene, **told))) == pointers
    assert scene.world.counts() == before


def test_ask__to_where_it_begins__names_the_destination(scene):
    told = wanted(scene, destination=scene.places["keeper"])
    assert faults(scene.keeper.post(PERMITS, told)) == {"#/destination"}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("keeper", 201),
        ("neighbour", 403),
        ("recorder", 201),
        ("inspector", 201),
        ("officer", 201),
        ("abattoir", 403),
        ("auditor", 403),
    ],
)
def test_ask__from_premises_of_the_keeper__by_who_may_report_there(scene, name, status):
    before = scene.world.counts()["permit"]
    response = scene.callers[name].post(PERMITS, wanted(scene))
    assert response.status_code == status, response.text
    assert scene.world.counts()["permit"] == before + (status == 201)


def test_ask__same_key_twice__is_one_permit(scene):
    first, second = (scene.keeper.post(PERMITS, wanted(scene), "same") for _ in range(2))
    assert first.json == second.json
    assert scene.world.counts()["permit"] == 1


def test_list__keeper_and_neighbour__each_sees_what_he_asked_for(scene):
    mine = asked(scene)["number"]
    other = wanted(scene, origin=scene.places["neighbour"], destination=scene.places["keeper"])
    theirs = scene.neighbour.post(PERMITS, other).json["number"]
    seen = {
        name: [one["number"] for one in scene.callers[name].get(PERMITS).json["items"]]
        for name in ("keeper", "neighbour", "recorder", "inspector", "officer", "auditor")
    }
    both = sorted([mine, theirs])
    assert seen == {
        "keeper": [mine],
        "neighbour": [theirs],
        "recorder": [],
        **dict.fromkeys(("inspector", "officer", "auditor"), both),
    }


def test_list__keeper_without_a_party__sees_nothing_of_what_nobody_asked_for(scene):
    someone = Caller(scene.world.app, scene.world.bearer(Role.ADMINISTRATOR))
    assert someone.post(PERMITS, wanted(scene)).status_code == 201
    nobody = Caller(scene.world.app, scene.world.bearer(Role.KEEPER))
    assert nobody.get(PERMITS).status_code == 403


def test_list__by_state__and_a_state_that_there_is_not(scene):
    number = asked(scene)["number"]
    decide(scene.officer, number, "issued")
    asked(scene)
    found = scene.keeper.get(f"{PERMITS}?state=issued").json["items"]
    assert [one["number"] for one in found] == [number]
    assert scene.keeper.get(f"{PERMITS}?state=lost").status_code == 422


def test_read__by_number__anybody_with_a_token_and_nobody_else(scene):
    number = asked(scene)["number"]
    assert scene.neighbour.get(f"{PERMITS}/{number}").json["number"] == number
    assert scene.world.get(f"{PERMITS}/{number}").status_code == 401
    for unknown in ("330577", scene.places["keeper"], PIG):
        assert scene.keeper.get(f"{PERMITS}/{unknown}").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("officer", 200), ("administrator", 200), ("inspector", 403), ("keeper", 403)],
)
def test_decide__by_role__officers_alone(scene, name, status):
    number = asked(scene)["number"]
    response = decide(scene.callers[name], number, "issued")
    assert response.status_code == status
    state = scene.keeper.get(f"{PERMITS}/{number}").json["state"]
    assert state == ("issued" if status == 200 else "asked")


def test_decide__officer_of_another_province__is_told_who_does(scene):
    number = asked(scene)["number"]
    with scene.world.runtime.database.write() as session:
        named = {one.name: one for one in session.scalars(select(Party))}
        named["officer"].province, other = "Madang", named["inspector"]
        other.role, other.province = Role.VETERINARY_OFFICER.value, "Jiwaka"
    refused = decide(scene.officer, number, "issued")
    assert (refused.status_code, refused.json["code"]) == (403, "not_your_province")
    assert refused.json["detail"] == (
        f"Permit {number} begins in Jiwaka: an officer of that province decides on it"
    )
    assert scene.keeper.get(f"{PERMITS}/{number}").json["state"] == "asked"
    assert decide(scene.administrator, number, "issued").status_code == 200


def test_decide__twice__the_same_key_is_one_answer_and_another_a_conflict(scene):
    number = asked(scene)["number"]
    first = decide(scene.officer, number, "issued", "same")
    events = scene.world.counts()["journal"]
    assert decide(scene.officer, number, "issued", "same").json == first.json
    assert scene.world.counts()["journal"] == events
    other = decide(scene.officer, number, "refused")
    assert (other.status_code, other.json["code"]) == (409, "permit_decided")
    assert decide(scene.officer, number, "revoked").json["state"] == "revoked"


def test_decide__state_that_none_decides__names_the_field(scene):
    number = asked(scene)["number"]
    assert faults(decide(scene.officer, number, "closed")) == {"#/state"}
    assert decide(scene.officer, "330577", "issued").status_code == 404


def test_told__asked_and_decided_in_the_api__goes_out_by_sms(scene):
    before = scene.world.counts()["message"]
    number = asked(scene)["number"]
    assert scene.world.counts()["message"] == before + 1
    decide(scene.officer, number, "issued")
    assert scene.world.counts()["message"] == before + 2


def test_passes__roadblocks__are_counted_once_each(scene):
    number = asked(scene, animals=[PIG], head_count=None)["number"]
    decide(scene.officer, number, "issued")
    details = {"purpose": "roadblock", "outcome": "passed", "permit": number}
    for place in ("keeper", "keeper", "abattoir"):
        done = scene.inspector.report("check", PIG, at=scene.places[place], details=details)
        assert done.status_code == 201, done.text
    assert scene.keeper.get(f"{PERMITS}/{number}").json["passes"] == 2


def test_arrival__by_the_api__closes_the_permit(scene):
    number = asked(scene, animals=[PIG], head_count=None)["number"]
    decide(scene.officer, number, "issued")
    farm, there = scene.places["keeper"], scene.places["neighbour"]
    assert scene.keeper.report("depart", PIG, at=farm, other=there).status_code == 201
    done = scene.neighbour.report("arrive", PIG, OTHER_PIG, at=there, other=scene.places["keeper"])
    assert done.status_code == 201, done.text
    permit = scene.keeper.get(f"{PERMITS}/{number}").json
    assert (permit["state"], permit["closed_on"]) == ("closed", TODAY)
