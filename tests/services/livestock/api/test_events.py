from __future__ import annotations

import json

import pytest
from sqlalchemy import delete

from services.storage.models import Contact
from tests.services.scene import (
    NEW_PIG,
    OTHER_PIG,
    PIG,
    SENT_PIG,
    event,
)
from tests.support.round_trips import counted

EVENTS = "/api/v1/events"


def faults(response):
    assert response.status_code == 422, response.text
    return {one["pointer"] for one in response.json["errors"]}


def test_report__several_events__are_recorded_in_order_with_receipts(scene):
    farm = scene.places["keeper"]
    sent = [
        event("weight", PIG, at=farm, details={"kilograms": 41.5}),
        event("treatment", PIG, at=farm, details={"product": "ivermectin", "withdrawal_days": 28}),
    ]
    response = scene.keeper.post(EVENTS, {"events": sent})
    assert response.status_code == 201
    assert [one["type"] for one in response.json["events"]] == ["weight", "treatment"]
    assert all(len(one["receipt"]) == 19 for one in response.json["events"])
    pig = scene.keeper.get(f"/api/v1/animals/{PIG}").json
    assert pig["withdrawal_until"] == "2026-12-23"
    assert [one["type"] for one in pig["events"]] == ["register", "weight", "treatment"]


def test_report__many_events__are_looked_up_together(scene):
    """Statements for forty registrations are no more than for two, but those of SQLite's chunks."""
    farm, sent = scene.places["keeper"], {}
    for first, many in ((100, 1), (200, 2), (300, 40)):
        events = [event("register", f"598{first + one:012}", at=farm) for one in range(many)]
        with counted() as statements:
            assert scene.officer.post(EVENTS, {"events": events}).status_code == 201
        sent[many] = len(statements)
    assert sent[40] <= sent[2] + 5


def test_report__one_wrong_among_many__records_none_and_names_each_fault(scene):
    farm = scene.places["keeper"]
    before = scene.world.counts()
    sent = [
        event("weight", PIG, at=farm, details={"kilograms": 40}),
        event("weight", "104277", at=farm, details={"kilograms": -1, "no": 1}),
        event("depart", PIG, at="598000000000017"),
        event("depart", PIG),
        event("weight", PIG, at=farm, on="2026-13-01", details={"kilograms": 40}),
    ]
    found = faults(scene.keeper.post(EVENTS, {"events": sent}))
    assert found == {
        "#/events/1/animals/0",
        "#/events/1/details/kilograms",
        "#/events/1/details/no",
        "#/events/2/premises",
        "#/events/3/premises",
        "#/events/4/occurred/at",
    }
    assert scene.world.counts() == before


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        ({"at": "2026-11-25"}, 201),
        ({"at": "2026-11-26"}, 422),
        ({"at": "2026-11-25T11:06:00"}, 201),
        ({"at": "2026-11-25T11:08:00"}, 422),
        ({"at": "2026-11-25T01:06:00Z"}, 201),
        ({"at": "2026-11-25T01:08:00+00:00"}, 422),
        ({"at": "2026-11-25T11:06:00", "zone": "Pacific/Bougainville"}, 201),
        ({"at": "2026-11-25", "precision": "second"}, 422),
        ({"at": "2026-11-25T09:00:00", "precision": "day"}, 201),
        ({"at": "1969-12-31"}, 422),
        ({"at": "9999-12-31T23:59:59-23:59"}, 422),
        ({"at": "0001-01-01T00:00:00+23:59"}, 422),
        ({"at": "2026-11-25", "zone": "Europe/Rome"}, 422),
    ],
)
def test_report__time__is_taken_unless_it_lies_ahead_or_cannot_be_read(scene, claim, status):
    told = event("condition", PIG, at=scene.places["keeper"], details={"score": 3})
    response = scene.keeper.post(EVENTS, {"events": [told | {"occurred": claim}]})
    assert response.status_code == status, response.text


def test_report__unknown_official_tag__is_found_and_its_registration_wanted(scene):
    response = scene.keeper.report("arrive", NEW_PIG, PIG, at=scene.places["keeper"])
    assert response.status_code == 201
    assert response.json["registration_wanted"] == [NEW_PIG]
    assert scene.keeper.get(f"/api/v1/animals/{NEW_PIG}").json["status"] == "unregistered"


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("order", "resource"),
        ("permit", "permit"),
        ("outbreak", "outbreak"),
        ("notice", "notice"),
        ("void", "/void"),
        ("transfer", "receiver"),
        ("allocation", "officer"),
        ("decision", "may move"),
        ("premises", "/api/v1/premises"),
    ],
)
def test_report__type_with_a_resource_of_its_own__says_what_to_do(scene, kind, word):
    response = scene.officer.report(kind, PIG, at=scene.places["keeper"])
    assert faults(response) == {"#/events/0/type"}
    assert word in response.json["errors"][0]["detail"]


def test_report__another_ones_animal__is_evidence_until_it_was_sent_and_a_place_is_forbidden(scene):
    farm = scene.places["keeper"]
    told = {"details": {"kilograms": 30}}
    assert scene.keeper.report("weight", OTHER_PIG, at=farm, **told).status_code == 202
    assert scene.keeper.report("weight", OTHER_PIG, **told).status_code == 202
    elsewhere = scene.keeper.report("weight", PIG, at=scene.places["neighbour"], **told)
    assert (elsewhere.status_code, elsewhere.json["code"]) == (403, "forbidden")
    sent = [event("arrive", OTHER_PIG, at=farm), event("weight", OTHER_PIG, at=farm, **told)]
    assert scene.keeper.post(EVENTS, {"events": sent}).status_code == 202
    announced = scene.neighbour.report(
        "depart", OTHER_PIG, at=scene.places["neighbour"], other=farm
    )
    assert announced.status_code == 201
    assert scene.keeper.post(EVENTS, {"events": sent}).status_code == 201


def test_report__what_has_left__may_still_be_told_of(scene):
    told = {"details": {"kilograms": 30}}
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    scene.keeper.report("depart", PIG, at=farm, other=other)
    scene.neighbour.report("arrive", PIG, at=other)
    late = scene.keeper.report("weight", PIG, at=farm, on="2026-11-24", **told)
    assert late.status_code == 201


def test_report__recorder__for_keepers_without_a_phone_of_the_province_of_duty_alone(scene):
    told = {"details": {"kilograms": 30}}
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    assert scene.recorder.report("weight", PIG, at=farm, **told).status_code == 202
    with scene.world.runtime.database.write() as session:
        session.execute(delete(Contact))
    assert scene.recorder.report("weight", PIG, at=farm, **told).status_code == 201
    assert scene.recorder.report("weight", OTHER_PIG, at=other, **told).status_code == 403
    assert scene.recorder.report("weight", OTHER_PIG, **told).status_code == 202


def test_report__abattoir__checks_and_slaughters_what_was_announced(scene):
    place = scene.places["abattoir"]
    sent = [
        event("arrive", SENT_PIG, at=place),
        event("check", SENT_PIG, at=place, details={"purpose": "ante_mortem", "outcome": "passed"}),
        event(
            "slaughter",
            SENT_PIG,
            at=place,
            details={"place": "abattoir", "carcass": "C-1", "kilograms": 51.5},
        ),
    ]
    assert scene.abattoir.post(EVENTS, {"events": sent}).status_code == 201
    assert scene.keeper.get(f"/api/v1/animals/{SENT_PIG}").json["status"] == "dead"


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "check", "details": {"purpose": "roadblock", "outcome": "passed"}},
        {"kind": "weight", "details": {"kilograms": 30}},
    ],
)
def test_report__abattoir__nothing_else(scene, told):
    response = scene.abattoir.report(
        told["kind"], SENT_PIG, at=scene.places["abattoir"], details=told["details"]
    )
    assert response.status_code == 403


def test_report__suspicion__alarms_the_veterinary_officers_at_once(scene):
    told = {"details": {"signs": ["fever"], "suspicion": "african_swine_fever"}}
    before = scene.world.counts()["message"]
    done = scene.keeper.report("sickness", PIG, at=scene.places["keeper"], **told)
    assert done.status_code == 201
    assert scene.world.counts()["message"] == before + 1
    assert len(scene.officer.get("/api/v1/outbreaks").json["items"]) == 1


def test_report__retag__keeps_both_numbers(scene):
    told = {"new": NEW_PIG, "lost": PIG}
    done = scene.keeper.report("retag", PIG, at=scene.places["keeper"], details=told)
    assert done.status_code == 201
    shown = scene.keeper.get(f"/api/v1/animals/{NEW_PIG}").json
    assert set(shown["numbers"]) == {PIG, NEW_PIG}
    taken = scene.keeper.report("retag", PIG, at=scene.places["keeper"], details={"new": SENT_PIG})
    [event] = taken.json["events"]
    assert (taken.status_code, [one["code"] for one in event["flags"]]) == (
        201,
        ["tag_fitted_twice"],
    )
    assert SENT_PIG not in scene.keeper.get(f"/api/v1/animals/{PIG}").json["numbers"]


@pytest.mark.slow
def test_report__more_than_64_kb__is_taken_up_to_a_mebibyte(scene):
    farm = scene.places["keeper"]
    many = [event("feed", PIG, at=farm, details={"product": "k" * 60}) for _ in range(500)]
    assert scene.keeper.post(EVENTS, {"events": many}).status_code == 201
    assert faults(scene.keeper.post(EVENTS, {"events": [*many, many[0]]})) == {"#/events"}
    assert scene.keeper.post(EVENTS, {"events": ["x" * 1_100_000]}).status_code == 413


def test_events__lists__show_what_is_ones_own(scene):
    def seen(caller, query=""):
        return [one["type"] for one in caller.get(f"{EVENTS}{query}").json["items"]]

    every = ["premises"] * 3 + ["register"] * 3 + ["depart"]
    assert seen(scene.auditor) == every
    assert seen(scene.keeper) == ["premises", "register", "register", "depart"]
    assert seen(scene.keeper, f"?animal={PIG}") == ["register"]
    assert seen(scene.officer, "?type=register&since=2026-11-25") == ["register"] * 3
    assert seen(scene.officer, "?until=2026-11-24") == []
    assert seen(scene.auditor, f"?premises={scene.places['neighbour']}") == ["premises", "register"]
    assert scene.keeper.get(f"{EVENTS}?animal={OTHER_PIG}").status_code == 403


def test_event__of_another__is_forbidden_and_hides_places(scene):
    [register] = scene.auditor.get(f"{EVENTS}?animal={OTHER_PIG}").json["items"]
    assert register["premises"] == scene.places["neighbour"]
    assert scene.keeper.get(f"{EVENTS}/{register['id']}").status_code == 403
    assert scene.neighbour.get(f"{EVENTS}/{register['id']}").json == register
    depart = scene.keeper.get(f"{EVENTS}?type=depart").json["items"][0]
    assert (depart["premises"], depart["other"]) == (scene.places["keeper"], None)


def test_void__own_event__is_marked_and_undone(scene):
    done = scene.keeper.report("death", PIG, at=scene.places["keeper"]).json["events"][0]
    path = f"{EVENTS}/{done['id']}/void"
    reason = {"reason": "did_not_occur"}
    assert scene.neighbour.post(path, reason).status_code == 403
    void = scene.keeper.post(path, reason)
    assert void.status_code == 201
    assert scene.keeper.get(f"/api/v1/animals/{PIG}").json["status"] == "alive"
    corrected = scene.keeper.get(f"{EVENTS}/{done['id']}").json["corrected_by"]
    assert corrected == void.json["events"][0]["id"]
    assert scene.keeper.post(path, reason).status_code == 409


@pytest.mark.parametrize(("depth", "status"), [(50, 422), (900, 422), (2_000, 400)])
@pytest.mark.parametrize("field", ["animals", "occurred", "details"])
def test_report__nested_deep__is_refused_without_a_fault(scene, field, depth, status):
    nested = '{"a":' * depth + "1" + "}" * depth
    told = event("weight", PIG, at=scene.places["keeper"]) | {field: "@"}
    body = json.dumps({"events": [told]}).replace('"@"', nested)
    headers = scene.keeper.headers | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    response = scene.world.app.test_client().post(EVENTS, data=body, headers=headers)
    assert response.status_code == status


@pytest.mark.parametrize("weight", [10**400, True, "x", -1, 0])
def test_report__number_out_of_its_range__is_named(scene, weight):
    told = {"details": {"kilograms": weight}}
    response = scene.keeper.report("weight", PIG, at=scene.places["keeper"], **told)
    assert faults(response) == {"#/events/0/details/kilograms"}
