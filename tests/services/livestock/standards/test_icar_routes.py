from __future__ import annotations

from services.core.roles import Role
from services.livestock.standards.icar.resources import RESOURCES
from tests.factories import pig, report, source_place, write

WEIGHTS = "/api/v1/icar/weights"
WEIGHT = {
    "resourceType": "icarWeightEventResource",
    "id": "w-1",
    "meta": {"source": "farm.example", "modified": "2026-11-25T01:00:00Z"},
    "animal": {"id": "598000000000017", "scheme": "iso11784"},
    "location": {"id": "1", "scheme": "premises"},
    "eventDateTime": "2026-11-24T22:30:00Z",
    "weight": {"measurement": 45.5, "units": "KGM", "method": "LoadCell"},
}


def post(partner, body, path=WEIGHTS):
    return partner.world.post(path, body, Role.RECORDER)


def members(partner, path=WEIGHTS, **asked):
    response = partner.query(path, asked)
    assert response.status_code == 200, response.json
    return response.json["member"]


def test_post__resource__comes_out_again_in_its_collection(partner):
    answer = post(partner, WEIGHT)
    assert answer.status_code == 201
    [found] = members(partner)
    [event] = [one["id"] for one in answer.json["results"]]
    assert found == WEIGHT | {
        "id": event,
        "location": found["location"],
        "eventDateTime": "2026-11-25T08:30:00+10:00",
        "meta": {
            "source": "bilum",
            "sourceId": event,
            "created": "2026-11-25T01:02:03.000000Z",
            "modified": "2026-11-25T01:02:03.000000Z",
        },
    }


def test_post__same_resource_again__is_stored_once(partner):
    before = partner.journal()
    first = post(partner, WEIGHT).json
    assert post(partner, {"member": [WEIGHT, WEIGHT]}).json["results"] == first["results"] * 2
    assert partner.journal() == before + 1
    [ours] = members(partner)
    assert post(partner, ours).json == first
    assert partner.journal() == before + 1


def test_post__same_id_with_another_weight__is_a_conflict(partner):
    post(partner, WEIGHT)
    changed = WEIGHT | {"weight": {"measurement": 54.5, "units": "KGM"}}
    assert post(partner, changed).status_code == 409


def test_post__one_wrong_member__takes_none_and_names_it(partner):
    before = partner.journal()
    wrong = [
        WEIGHT | {"remark": "a nice pig of John"},
        WEIGHT | {"weight": {"measurement": 45.5, "units": "LBR"}},
        WEIGHT | {"resourceType": "icarMovementBirthEventResource"},
        WEIGHT | {"animal": {"id": "598000000000017"}},
        WEIGHT | {"eventDateTime": "yesterday"},
        WEIGHT | {"weight": {"measurement": "45", "units": "KGM"}},
    ]
    faults = partner.faults(post(partner, {"member": [WEIGHT, *wrong]}))
    assert {pointer.split("/")[2] for pointer in faults} == {"1", "2", "3", "4", "5", "6"}
    assert "#/member/1/remark" in faults
    assert partner.journal() == before


def test_get__event_of_several_animals__is_a_resource_each(partner):
    animals = [pig(17), pig(18)]
    write(
        partner.world.runtime.database,
        report("depart", animals, at=source_place(1), other=source_place(2)),
    )
    found = members(partner, "/api/v1/icar/departures")
    assert [one["animal"]["id"] for one in found] == ["598000000000017", "598000000000018"]
    assert len({one["id"] for one in found}) == 2
    assert {one["consignment"]["destinationLocation"]["id"] for one in found} == {"2"}


def test_get__event_declared_wrong__is_deleted(partner):
    event = partner.event(
        bizStep="inspecting",
        disposition=None,
        sourceList=None,
        sensorElementList=[{"sensorReport": [{"type": "Mass", "value": 45, "uom": "KGM"}]}],
        **{"bilum:type": "weight"},
    )
    partner.taken(event)
    assert "isDeleted" not in members(partner)[0]["meta"]
    declaration = {"declarationTime": "2026-11-25T09:00:00+10:00", "reason": "did_not_occur"}
    partner.world.runtime.clock.pass_by(60)
    partner.taken(event | {"errorDeclaration": declaration})
    [meta] = [one["meta"] for one in members(partner)]
    assert meta["isDeleted"] is True
    assert meta["modified"] == "2026-11-25T01:03:03.000000Z"
    since = {"meta-modified-from": "2026-11-25T01:03:00Z"}
    assert len(members(partner, **since)) == 1
    assert members(partner, **{"meta-modified-to": "2026-11-25T01:03:00Z"}) == []


def test_get__page_by_page__gives_each_once(partner):
    for number in range(3):
        post(partner, WEIGHT | {"id": f"w-{number}"})
    seen, path = [], f"{WEIGHTS}?limit=2"
    while path:
        answer = partner.query(path, {}).json
        seen += [one["id"] for one in answer["member"]]
        path = answer["view"].get("next", "").removeprefix("http://localhost")
    assert len(seen) == len(set(seen)) == 3


def test_resources__of_another_name__are_not_found(partner):
    path = "/api/v1/icar/milkings"
    for response in (partner.query(path, {}), post(partner, WEIGHT, path)):
        assert response.status_code == 404
        assert all(name in response.json["detail"] for name in RESOURCES)


def test_post__number_with_a_mistake__is_refused(partner):
    for change in (
        {"animal": {"id": "59800000000017", "scheme": "iso11784"}},
        {"location": {"id": "20469", "scheme": "bilum"}},
    ):
        faults = partner.faults(post(partner, {"member": [WEIGHT, WEIGHT | change]}))
        assert list(faults) == ["#/member/1"]
