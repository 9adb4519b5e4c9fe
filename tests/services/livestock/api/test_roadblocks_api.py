"""A roadblock in the API: what is expected there, and what became of what came."""

from __future__ import annotations

import pytest

from tests.services.console.field.road import asked, decided, made, set_road
from tests.services.scene import PIG, TODAY


@pytest.mark.slow
def test_roadblock__expected_and_checks__are_for_officers_and_recorded(scene):
    road = set_road(scene)
    at = f"/api/v1/roadblocks/{road.post}"
    told = made(scene.inspector.get(f"{at}/permits"), 200)
    assert (told["on"], told["count"]) == (TODAY, 1)
    assert told["permits"][0]["number"] == road.permit
    assert told["permits"][0]["barred"] is None
    assert made(scene.inspector.get(f"{at}/permits?on=2026-12-24"), 200)["count"] == 0
    body = {"numbers": [road.truck[0], road.dead], "outcome": "turned_back"}
    first = made(scene.inspector.post(f"{at}/checks", body, key="once"))["checks"]
    assert [one["reasons"] for one in first] == [[], ["dead"]]
    assert made(scene.inspector.post(f"{at}/checks", body, key="once"))["checks"] == first
    event = made(scene.inspector.get(f"/api/v1/events/{first[1]['event']}"), 200)
    assert event["details"]["outcome"] == "turned_back"
    assert event["premises"] == road.post
    for caller in (scene.keeper, scene.auditor, scene.abattoir, scene.recorder):
        assert caller.get(f"{at}/permits").status_code == 403
        assert caller.post(f"{at}/checks", body).status_code == 403
    for wrong in ({"numbers": ["12"]}, {"outcome": "eaten"}, {"to": "no"}, {"numbers": []}):
        assert scene.inspector.post(f"{at}/checks", body | wrong).status_code == 422, wrong
    farm = scene.places["keeper"]
    assert scene.inspector.get(f"/api/v1/roadblocks/{farm}/permits").status_code == 422


def test_permit__refused_with_reasons__shows_them_and_those_of_its_province_are_listed(scene):
    number = asked(scene, PIG)
    for wrong in (("issued", ["dead"]), ("refused", ["because"]), ("refused", "dead")):
        assert decided(scene, number, wrong[0], reasons=wrong[1]).status_code == 422
    told = made(decided(scene, number, "refused", reasons=["not_needed", "stolen"]), 200)
    assert told["reasons"] == ["not_needed", "stolen"]
    for province, count in (("Jiwaka", 1), ("Western Highlands", 0)):
        found = made(scene.officer.get(f"/api/v1/permits?province={province}"), 200)
        assert len(found["items"]) == count
    since = made(scene.officer.get(f"/api/v1/movements?since={TODAY}"), 200)["items"]
    farm = scene.places["keeper"]
    both = made(scene.officer.get(f"/api/v1/movements?since={TODAY}&premises={farm}"), 200)
    assert both["items"] == since
    assert len(since) == 1
    assert made(scene.officer.get("/api/v1/movements?since=2026-12-01"), 200)["items"] == []
