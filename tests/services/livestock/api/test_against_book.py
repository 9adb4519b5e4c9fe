"""Passes against the book by programs: they want a reason, and leave a flag, whoever reports."""

from __future__ import annotations

import pytest

from tests.services.console.field.road import made, set_road
from tests.services.livestock.readers.pens import reader_of, verdicts
from tests.services.scene import PIG
from tests.threats.phones import journal

FLAG = "passed_against_book"
CHECK = {"purpose": "roadblock", "outcome": "passed"}
WHY = {"anyway": "the truck is on fire"}


@pytest.fixture
def road(scene):
    return set_road(scene)


def report(scene, road, *pigs, details=CHECK, **more):
    return scene.inspector.report("check", *pigs, at=road.post, details=details, **more)


def flagged(answer, code=201):
    """The flags of the events of an answer, by the animal."""
    events = made(answer, code)["events"]
    return [{flag["animal"]: flag["code"] for flag in one["flags"]} for one in events]


def reasons(scene):
    return [one["details"].get("reasons") for one in journal(scene.world, "check")]


@pytest.mark.slow
@pytest.mark.parametrize("lie", [{}, {"reasons": []}, {"reasons": ["zone_leaving"]}])
def test_events__pass_against_the_book__says_why_and_is_flagged(scene, road, lie):
    details = CHECK | lie
    refused = report(scene, road, road.dead, details=details)
    assert refused.status_code == 422
    [error] = refused.json["errors"]
    assert (error["pointer"], "dead" in error["detail"]) == ("#/events/0/anyway", True)
    assert reasons(scene) == []
    [flags] = flagged(report(scene, road, road.dead, details=details, **WHY))
    assert FLAG in flags.values()
    assert reasons(scene) == [["dead"]]


def test_events__pass_of_a_whole_truck__flags_the_one_that_may_not(scene, road):
    flags = flagged(report(scene, road, *road.truck, **WHY))
    assert [FLAG in one.values() for one in flags] == [False, True]
    [[dead]] = [list(one) for one in flags if one]
    assert dead == road.dead
    assert reasons(scene) == [[], ["dead"]]
    assert [len(one["subjects"]) for one in journal(scene.world, "check")] == [20, 2]


def test_events__permit_alone_of_pigs_of_which_one_is_dead__wants_a_reason(scene, road):
    details = CHECK | {"permit": road.permit}
    assert report(scene, road, details=details).status_code == 422
    assert report(scene, road, details=details, **WHY).status_code == 201


@pytest.mark.parametrize(
    "details",
    [
        CHECK | {"outcome": "turned_back"},
        {"purpose": "inspection", "outcome": "passed", "reasons": ["dead"]},
    ],
)
def test_events__check_that_passes_nothing_by_the_road__needs_no_reason(scene, road, details):
    [flags] = flagged(report(scene, road, road.dead, details=details))
    assert FLAG not in flags.values()


def test_events__pass_with_the_book__needs_no_reason(scene, road):
    assert flagged(report(scene, road, road.truck[0])) == [{}]
    assert reasons(scene) == [[]]


def test_events__roadblock_check_of_a_keeper__is_refused_as_such(scene, road):
    refused = scene.keeper.report("check", road.dead, at=scene.places["keeper"], details=CHECK)
    assert refused.status_code == 403


@pytest.mark.slow
def test_roadblock__pass_against_the_book__says_why(scene, road):
    at = f"/api/v1/roadblocks/{road.post}/checks"
    body = {"numbers": [road.truck[0], road.dead], "outcome": "passed"}
    refused = scene.inspector.post(at, body)
    assert refused.status_code == 422
    [error] = refused.json["errors"]
    assert (error["pointer"], road.dead in error["detail"]) == ("#/anyway", True)
    checks = made(scene.inspector.post(at, body | WHY))["checks"]
    assert [one["reasons"] for one in checks] == [[], ["dead"]]
    assert made(scene.inspector.post(at, body | {"outcome": "seized"}))


@pytest.mark.slow
def test_reader__pass_against_the_book__is_flagged_though_nobody_can_be_asked(scene, road):
    reader = reader_of(scene, "inspector")
    reader.scan(road.truck[0], road.dead)
    told = CHECK | {"premises": road.post}
    assert verdicts(reader.review("inspection", **told))[road.dead] == ("record", ["dead"])
    done = reader.confirm("inspection", **told)
    assert done.status_code == 200, done.text
    found = {flag["animal"]: flag["code"] for one in done.json["recorded"] for flag in one["flags"]}
    assert found == {road.dead: FLAG}
    assert reasons(scene) == [[], ["dead"]]


def test_reader__other_inspection__has_no_reasons_of_the_road(scene):
    reader = reader_of(scene, "inspector")
    reader.scan(PIG)
    told = {"purpose": "inspection", "outcome": "passed", "premises": scene.places["keeper"]}
    assert reader.confirm("inspection", **told).status_code == 200
    assert reasons(scene) == [None]
