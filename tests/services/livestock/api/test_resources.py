"""Animals, premises, parties, groups, movements and flags, and who sees what of them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from services.storage.models import Access
from tests.factories import rows
from tests.services.scene import (
    NEW_PIG,
    OTHER_PIG,
    PIG,
    SENT_PIG,
    TODAY,
)

ANIMALS, PREMISES, PARTIES = "/api/v1/animals", "/api/v1/premises", "/api/v1/parties"


@pytest.mark.parametrize(
    ("who", "pig", "seen"),
    [
        ("keeper", PIG, "full"),
        ("keeper", OTHER_PIG, "status"),
        ("neighbour", PIG, "status"),
        ("recorder", PIG, "numbers"),
        ("recorder", OTHER_PIG, "status"),
        ("abattoir", PIG, "status"),
        ("abattoir", SENT_PIG, "full"),
        ("auditor", PIG, "numbers"),
        ("inspector", OTHER_PIG, "full"),
        ("officer", OTHER_PIG, "full"),
        ("administrator", OTHER_PIG, "full"),
    ],
)
def test_animal__by_role_and_ownership__shows_what_the_table_says(scene, who, pig, seen):
    shown = scene.callers[who].get(f"{ANIMALS}/{pig}").json
    assert shown["seen"] == seen
    assert shown["province"] == ("Enga" if pig == OTHER_PIG else "Jiwaka")
    assert (set(shown) == {"seen", "kind", "status", "statuses", "province"}) is (seen == "status")
    assert ("owner" in shown) is (seen == "full")
    if seen != "status":
        named = shown["stays"][0]["premises"]
        assert ("number" in named) is not (who == "abattoir" and seen == "status")
        assert ("name" in named) is (who in {"keeper", "inspector", "officer", "administrator"})


def kinds(shown):
    return [(one["kind"], one["since"], one["until"]) for one in shown["statuses"]]


@pytest.mark.slow
def test_animal__stolen_and_suspect__tells_anyone_gravest_first(scene):
    farm, asf = scene.places["keeper"], "african_swine_fever"
    sick = {"signs": ["fever"], "suspicion": asf}
    assert scene.keeper.report("sickness", PIG, at=farm, details=sick).status_code == 201
    assert scene.keeper.report("stolen", PIG, at=farm).status_code == 201
    expected = [("stolen", TODAY, None), ("suspect", TODAY, "2026-12-25")]
    for who in ("keeper", "neighbour", "auditor", "officer"):
        assert kinds(scene.callers[who].get(f"{ANIMALS}/{PIG}").json) == expected
    assert kinds(scene.officer.get(f"{ANIMALS}/{PIG}?on=2026-11-24").json) == []
    assert kinds(scene.officer.get(f"{ANIMALS}/{PIG}?known_at=2026-11-24T00:00:00Z").json) == []
    [listed] = [one for one in scene.officer.get(ANIMALS).json["items"] if PIG in one["numbers"]]
    assert kinds(listed) == expected
    listed = next(
        one for one in scene.officer.get(PREMISES).json["items"] if farm in one["numbers"]
    )
    assert kinds(listed) == kinds(scene.keeper.get(f"{PREMISES}/{farm}").json) == expected[1:]
    assert "statuses" not in scene.neighbour.get(f"{PREMISES}/{farm}").json


def test_animal__sold__is_no_longer_seen_by_who_had_it(scene):
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    scene.keeper.report("depart", PIG, at=farm, other=other)
    assert scene.keeper.get(f"{ANIMALS}/{PIG}").json["status"] == "moving"
    scene.neighbour.report("arrive", PIG, at=other, other=farm)
    told = scene.neighbour.get(f"{ANIMALS}/{PIG}").json
    assert told["seen"] == "full"
    # The farm is its keeper's home: who keeps the pig now sees the province alone.
    assert [stay["premises"].get("number") for stay in told["stays"]] == [None, other]
    # Nobody said that it was sold, so it still belongs to the farmer.
    assert scene.keeper.get(f"{ANIMALS}/{PIG}").json["seen"] == "full"


@pytest.mark.slow
def test_animal__on_a_day_and_as_known_at_an_instant__is_what_was_so(scene):
    clock = scene.world.runtime.clock
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    clock.now += timedelta(days=3)
    scene.keeper.report("depart", PIG, at=farm, other=other, on="2026-11-27")
    scene.neighbour.report("arrive", PIG, at=other, on="2026-11-28")

    def province(**asked):
        query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
        return scene.officer.get(f"{ANIMALS}/{PIG}?{query}").json["province"]

    assert province() == "Enga"
    assert province(on=TODAY) == "Jiwaka"
    assert province(known_at="2026-11-27T00:00:00+10:00") == "Jiwaka"
    assert province(on="2026-11-28", known_at="2026-11-27T00:00:00Z") == "Jiwaka"
    assert province(on="2026-11-28", known_at="2026-11-29T00:00:00Z") == "Enga"
    early = scene.officer.get(f"{ANIMALS}/{PIG}?on=2026-11-01").json
    assert (early["status"], early["stays"], early["events"]) == ("unregistered", [], [])
    assert scene.officer.get(f"{ANIMALS}/{PIG}?known_at=2026-11-27T00:00:00").status_code == 422


@pytest.mark.parametrize("number", ["animal:A/1", "A/1", "animal:a//b", "animal:x/proof/y"])
def test_animal__number_with_slashes__is_found(scene, number):
    named = number if ":" in number else f"animal:{number}"
    scene.officer.report("arrive", named, at=scene.places["keeper"])
    for path in (number, quote(number, safe="")):
        shown = scene.officer.get(f"{ANIMALS}/{path}")
        assert shown.json["numbers"] == [named]
    proof = scene.auditor.get(f"{ANIMALS}/{number}/proof")
    assert (proof.status_code, proof.json["code"]) == (409, "nothing_recorded")


def numbers(response):
    return [one["numbers"][-1] for one in response.json["items"]]


@pytest.mark.slow
def test_animals__list__holds_what_one_sees(scene):
    assert numbers(scene.keeper.get(ANIMALS)) == [PIG, SENT_PIG]
    assert numbers(scene.neighbour.get(ANIMALS)) == [OTHER_PIG]
    assert numbers(scene.recorder.get(ANIMALS)) == [PIG, SENT_PIG]
    assert numbers(scene.abattoir.get(ANIMALS)) == [SENT_PIG]
    assert numbers(scene.auditor.get(ANIMALS)) == [PIG, OTHER_PIG, SENT_PIG]
    at = scene.places["neighbour"]
    assert numbers(scene.officer.get(f"{ANIMALS}?at={at}")) == [OTHER_PIG]
    assert numbers(scene.keeper.get(f"{ANIMALS}?at={at}")) == []
    assert numbers(scene.officer.get(f"{ANIMALS}?kind=mob")) == []


def test_mob_and_pork__made__have_numbers_of_their_own(scene):
    farm = scene.places["keeper"]
    told = {"premises": farm, "occurred": {"at": TODAY}}
    mob = scene.keeper.post("/api/v1/mobs", told | {"head_count": 30})
    pork = scene.keeper.post("/api/v1/consignments", told | {"kilograms": 12.5})
    assert (mob.status_code, pork.status_code) == (201, 201)
    shown = scene.keeper.get(mob.headers["Location"]).json
    assert (shown["kind"], shown["head_count"], shown["status"]) == ("mob", 30, "alive")
    [listed] = scene.keeper.get("/api/v1/consignments").json["items"]
    assert (listed["numbers"], listed["kilograms"]) == ([pork.json["number"]], 12.5)
    assert numbers(scene.keeper.get("/api/v1/mobs")) == [mob.json["number"]]
    assert scene.neighbour.post("/api/v1/mobs", told).status_code == 403
    wrong = scene.keeper.post("/api/v1/mobs", {"premises": "104277", "occurred": {"at": "x" * 10}})
    assert {one["pointer"] for one in wrong.json["errors"]} == {"#/premises", "#/occurred/at"}


def test_pork__of_carcasses_and_pigs__is_traced_both_ways_and_warned_of(scene):
    farm, carcass = scene.places["keeper"], {"place": "home", "carcass": "17", "kilograms": 60}
    assert scene.keeper.report("slaughter", PIG, at=farm, details=carcass).status_code == 201
    told = {"premises": farm, "occurred": {"at": TODAY}, "kilograms": 50.5, "carcasses": ["17"]}
    made = scene.keeper.post("/api/v1/consignments", told)
    assert (made.status_code, made.json["flags"], made.json["warnings"]) == (201, [], [])
    pork = made.json["number"]
    back = scene.officer.get(f"/api/v1/traces/animals/{pork}").json
    assert [(one["number"], one["carcass"]) for one in back["came_from"]] == [(PIG, "17")]
    ahead = scene.officer.get(f"/api/v1/traces/animals/{PIG}").json
    assert [one["number"] for one in ahead["became"]] == [pork]
    more = scene.keeper.post("/api/v1/consignments", told | {"pigs": [OTHER_PIG]}).json
    assert {one["code"] for one in more["flags"]} == {
        *("pork_of_living", "pork_of_others"),
    }
    assert OTHER_PIG in more["warnings"][0]["texts"]["en"]
    for wrong, pointer in (
        ({"carcasses": ["99"]}, "#/carcasses/0"),
        ({"pigs": [farm]}, "#/pigs/0"),
    ):
        refused = scene.keeper.post("/api/v1/consignments", told | wrong)
        assert refused.status_code == 422
        assert pointer in {one["pointer"] for one in refused.json["errors"]}, refused.json


@pytest.mark.parametrize(
    ("who", "whose", "seen"),
    [
        ("keeper", "keeper", "full"),
        ("keeper", "neighbour", "status"),
        ("recorder", "keeper", "numbers"),
        ("recorder", "neighbour", "status"),
        ("abattoir", "abattoir", "full"),
        ("abattoir", "keeper", "status"),
        ("auditor", "keeper", "numbers"),
        ("officer", "keeper", "full"),
    ],
)
def test_premises__by_role_and_ownership__show_what_the_table_says(scene, who, whose, seen):
    caller, number = scene.callers[who], scene.places[whose]
    shown = caller.get(f"{PREMISES}/{number}").json
    assert shown["seen"] == seen
    assert (set(shown) == {"seen", "province"}) is (seen == "status")
    assert ("name" in shown and "keeper" in shown and "point" in shown) is (seen == "full")
    listed = [one["numbers"][0] for one in caller.get(PREMISES).json["items"]]
    assert (number in listed) is (seen != "status")


def test_premises__described_by_their_keeper__are_his_and_an_event(scene):
    told = {"kind": "piggery", "province": "Hela", "point": {"latitude": -5.8, "longitude": 143}}
    made = scene.keeper.post(PREMISES, told)
    assert made.status_code == 201
    assert made.json["keeper"] == scene.keeper.party
    path = made.headers["Location"]
    changed = scene.keeper.post(path, {"name": "Tari", "ward": "3"})
    assert changed.status_code == 200
    shown = scene.keeper.get(path).json
    assert (shown["name"], shown["ward"], shown["point"]) == ("Tari", "3", told["point"])
    number = shown["numbers"][0]
    events = scene.keeper.get(f"/api/v1/events?premises={number}").json["items"]
    assert [(one["type"], one["details"]) for one in events] == [("premises", {})] * 2


@pytest.mark.parametrize(
    ("who", "path", "told"),
    [
        ("keeper", "neighbour", {"name": "Mine"}),
        ("keeper", "keeper", {"kind": "abattoir"}),
        ("keeper", "keeper", {"keeper": "neighbour"}),
        ("keeper", None, {"kind": "roadblock", "province": "Enga"}),
        ("recorder", None, {"kind": "household", "province": "Enga"}),
        ("recorder", "keeper", {"province": "Enga"}),
        ("abattoir", "abattoir", {"name": "Mine"}),
        ("auditor", None, {"kind": "household", "province": "Enga"}),
    ],
)
def test_premises__of_another_or_of_an_officers_kind__are_not_ones_own(scene, who, path, told):
    if "keeper" in told:
        told = {"keeper": scene.callers[told["keeper"]].party}
    address = f"{PREMISES}/{scene.places[path]}" if path else PREMISES
    before = scene.world.counts()
    assert scene.callers[who].post(address, told).status_code == 403
    assert scene.world.counts() == before


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "castle"},
        {"province": "Bavaria"},
        {"point": {"latitude": 91, "longitude": 0}},
        {"name": "a\u001bb"},
        {"keeper": "2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11"},
    ],
)
def test_premises__wrong_field__is_named(scene, told):
    response = scene.officer.post(PREMISES, {"kind": "market", "province": "Gulf"} | told)
    assert response.status_code == 422
    [fault] = response.json["errors"]
    assert fault["pointer"].startswith(f"#/{next(iter(told))}")


def test_party__phone__is_read_by_officers_alone(scene):
    path = f"{PARTIES}/{scene.keeper.party}"
    assert scene.officer.get(path).json["phones"] == ["+67570000001"]
    assert "phones" not in scene.keeper.get(path).json
    assert scene.neighbour.get(path).status_code == 403
    assert scene.auditor.get(path).status_code == 403
    assert scene.keeper.get(PARTIES).status_code == 403
    assert len(scene.officer.get(f"{PARTIES}?role=keeper").json["items"]) == 2


def test_party__changed__by_an_officer_up_to_recorder(scene):
    path = f"{PARTIES}/{scene.keeper.party}"
    told = {"role": "recorder", "province": "Jiwaka", "phone": "+67570000077"}
    changed = scene.inspector.post(path, told)
    # The new phone waits until the keeper agrees: see tests/threats/test_offices.py.
    assert (changed.json["phones"], changed.json["phone_waits"]) == (["+67570000001"], True)
    assert changed.json["province"] == "Jiwaka"
    assert scene.inspector.post(path, {"role": "inspector"}).status_code == 403
    assert (
        scene.inspector.post(f"{PARTIES}/{scene.officer.party}", {"name": "X"}).status_code == 403
    )
    assert scene.administrator.post(path, {"role": "inspector"}).status_code == 200
    taken = scene.officer.post(PARTIES, {"phone": "70000001"})
    assert (taken.status_code, taken.json["code"]) == (409, "conflict")
    assert scene.officer.post(PARTIES, {"phone": "12"}).json["errors"][0]["pointer"] == "#/phone"


def test_movements__overdue__are_departures_without_arrival(scene):
    [open_one] = scene.keeper.get("/api/v1/movements").json["items"]
    assert (open_one["origin"], open_one["destination"]) == (scene.places["keeper"], None)
    [seen] = scene.officer.get(f"/api/v1/movements?animal={SENT_PIG}").json["items"]
    assert seen["destination"] == scene.places["abattoir"]
    overdue = "/api/v1/movements?overdue_days=2"
    assert scene.officer.get(overdue).json["items"] == []
    scene.world.runtime.clock.now += timedelta(days=3)
    assert len(scene.officer.get(overdue).json["items"]) == 1
    assert len(scene.abattoir.get(overdue).json["items"]) == 1
    assert scene.neighbour.get(overdue).json["items"] == []
    scene.abattoir.report("arrive", SENT_PIG, at=scene.places["abattoir"])
    assert scene.officer.get(overdue).json["items"] == []


def test_flags__of_ones_own_animals__tell_what_to_look_at(scene):
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    done = scene.officer.report("register", PIG, at=other)
    assert done.json["events"][0]["flags"] == [{"animal": PIG, "code": "registered_twice"}]
    [flag] = scene.keeper.get("/api/v1/flags?code=registered_twice").json["items"]
    assert (flag["code"], flag["event"]) == ("registered_twice", done.json["events"][0]["id"])
    assert scene.neighbour.get("/api/v1/flags").json["items"] == []
    assert scene.officer.get("/api/v1/flags?code=two_places").json["items"] == []
    assert scene.keeper.report("register", NEW_PIG, at=farm).json["events"][0]["flags"] == []


@pytest.mark.slow
def test_trace__of_premises__has_chains_and_whom_to_call(scene):
    farm, place = scene.places["keeper"], scene.places["abattoir"]
    path = f"/api/v1/traces/premises/{farm}?from=2026-11-01&to={TODAY}"
    scene.abattoir.report("arrive", SENT_PIG, at=place)
    found = scene.officer.get(path).json
    assert found["root"] == farm
    assert place in str(found["outgoing"])
    called = {one["party"]: one.get("phones") for one in found["keepers"]}
    assert called[scene.abattoir.party] == ["+67570000006"]
    noted = rows(scene.world.runtime.database, Access)
    assert noted == len([phones for phones in called.values() if phones])
    assert "phones" not in scene.auditor.get(path).text
    assert rows(scene.world.runtime.database, Access) == noted
    assert "ingoing" not in scene.officer.get(f"{path}&direction=outgoing").json
    assert scene.keeper.get(path).status_code == 403
    assert scene.officer.get(path.replace("2026-11-01", "2027-01-01")).status_code == 422


@pytest.mark.parametrize(
    ("how", "kind", "auditor"),
    [
        ("json", "application/json", 200),
        ("csv", "text/csv", 200),
        ("svg", "image/svg+xml", 200),
        ("geojson", "application/geo+json", 403),
    ],
)
def test_trace__in_each_format__says_its_type(scene, how, kind, auditor):
    path = (
        f"/api/v1/traces/premises/{scene.places['keeper']}?from=2026-11-01&to={TODAY}&format={how}"
    )
    shown = scene.officer.get(path)
    assert (shown.status_code, shown.mimetype) == (200, kind)
    assert scene.auditor.get(path).status_code == auditor


def test_trace__of_an_animal__tells_its_stays_and_companions(scene):
    found = scene.officer.get(f"/api/v1/traces/animals/{PIG}").json
    assert len(found["stays"]) == 1
    assert SENT_PIG in str(found["companions"])
    assert OTHER_PIG not in str(found)
    assert scene.auditor.get(f"/api/v1/traces/animals/{NEW_PIG}").status_code == 404
