"""Thieves and slips of the pen: tags of other places, of two pigs, and out of use."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from services.audit.comparison import compare_projections
from services.audit.findings import AuditReport
from services.livestock.domain.model import Key
from services.livestock.recording.premises import allocate
from services.messaging.tasks.model import TaskKind
from services.runtime.workers import keep_tasks
from services.storage.locks import one_writer
from services.storage.models import Flag, Task
from tests.factories import official, origin
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, TODAY
from tests.support.texts import assert_one_segment
from tests.threats.phones import STRANGER, journal, state_of

KEEPER, NEIGHBOUR, RECORDER = "+67570000001", "+67570000002", "+67570000003"
MINE, THEIRS, OLD = official(910), official(950), official(30)


@pytest.fixture
def issued(scene):
    """Tags 900 to 949 are the keeper's, 950 to 999 the neighbour's."""
    with scene.world.runtime.database.write() as session:
        one_writer(session)
        for first, whose in ((900, "keeper"), (950, "neighbour")):
            there = Key("bilum", scene.places[whose])
            allocate(session, official(first), official(first + 49), there, origin())


@pytest.fixture
def old(scene):
    """A tag that the keeper fitted two weeks ago."""
    done = scene.keeper.report("register", OLD, at=scene.places["keeper"], on="2026-11-11")
    assert done.status_code == 201, done.text
    return OLD


def flags(scene):
    """The flags of the newest event that has any."""
    with scene.world.runtime.database.read() as session:
        newest = select(func.max(Flag.journal_id)).scalar_subquery()
        return set(session.scalars(select(Flag.code).where(Flag.journal_id == newest)))


def all_flags(scene):
    with scene.world.runtime.database.read() as session:
        return set(session.scalars(select(Flag.code)))


def audited(scene):
    report = AuditReport()
    with scene.world.runtime.database.read() as session:
        compare_projections(session, report)
    return [one.detail for one in report.findings]


def life(scene, tag, who="officer"):
    answer = scene.callers[who].get(f"/api/v1/tags/{tag}")
    assert answer.status_code == 200, answer.text
    return answer.json


def steps(scene, tag):
    return [(one["state"], one["on"], one["flag"]) for one in life(scene, tag)["steps"]]


@pytest.mark.usefixtures("issued")
def test_keeper__registers_under_their_own_tag__nothing_is_odd(phones, scene):
    phones.says(KEEPER, f"REG {MINE}")
    assert not {"tag_issued_elsewhere", "tag_fitted_twice", "tag_out_of_use"} & all_flags(scene)
    assert steps(scene, MINE) == [("issued", TODAY, None), ("fitted", TODAY, None)]
    assert audited(scene) == []


@pytest.mark.slow
@pytest.mark.usefixtures("issued")
def test_thief__registers_under_a_tag_of_another_place__it_is_evidence_flagged_and_said(
    phones, scene
):
    reply = phones.says(STRANGER, f"REG {THEIRS}")
    assert f"tag {THEIRS} was given to another place" in reply
    assert "does not count yet" in reply
    assert_one_segment(reply)
    assert journal(scene.world)[-1]["standing"] == "evidence"
    assert flags(scene) == {"not_the_keeper", "tag_issued_elsewhere"}
    assert len(phones.to(NEIGHBOUR)) == 1
    assert steps(scene, THEIRS) == [("issued", TODAY, None)]
    assert audited(scene) == []
    phones.says(NEIGHBOUR, phones.code_to(NEIGHBOUR))
    assert steps(scene, THEIRS)[1:] == [("fitted", TODAY, "tag_issued_elsewhere")]
    assert audited(scene) == []


@pytest.mark.usefixtures("issued")
def test_thief__registers_under_a_tag_of_another_place__an_officer_gets_a_task(phones, scene):
    phones.says(STRANGER, f"REG {THEIRS}")
    keep_tasks(scene.world.runtime)
    with scene.world.runtime.database.read() as session:
        kinds = set(session.scalars(select(Task.kind)))
    assert TaskKind.FLAG.value in kinds


@pytest.mark.usefixtures("issued")
def test_retag__with_a_tag_of_another_place__is_recorded_flagged_and_said(phones, scene):
    reply = phones.says(KEEPER, f"RETAG {PIG} {THEIRS}")
    assert f"tag {THEIRS} was given to another place" in reply
    assert_one_segment(reply)
    assert flags(scene) == {"tag_issued_elsewhere"}
    assert steps(scene, THEIRS) == [
        ("issued", TODAY, None),
        ("fitted", TODAY, "tag_issued_elsewhere"),
    ]
    assert audited(scene) == []


@pytest.mark.usefixtures("issued")
def test_officer__registers_a_pig_under_a_tag_of_another_place__it_counts_and_is_flagged(scene):
    done = scene.officer.report("register", THEIRS, at=scene.places["keeper"])
    assert done.status_code == 201, done.text
    [event] = done.json["events"]
    assert [one["code"] for one in event["flags"]] == ["tag_issued_elsewhere"]
    assert [one["code"] for one in event["warnings"]] == ["tag_elsewhere"]
    assert audited(scene) == []


@pytest.mark.usefixtures("issued")
def test_pig_of_a_mob__gets_a_tag_of_another_place__is_evidence_and_the_mob_stays_whole(
    phones, scene
):
    at = {"premises": scene.places["keeper"], "occurred": {"at": TODAY}}
    mob = scene.keeper.post("/api/v1/mobs", {**at, "head_count": 6}).json["number"]
    reply = phones.says(KEEPER, f"REG {THEIRS} MOB {mob}")
    assert "was given to another place" in reply
    assert_one_segment(reply)
    assert scene.officer.get(f"/api/v1/animals/{mob}").json["head_count"] == 6
    assert len(phones.to(NEIGHBOUR)) == 1
    # Whose tag it is knows whether they gave it away.
    phones.says(NEIGHBOUR, phones.code_to(NEIGHBOUR))
    assert life(scene, THEIRS)["state"] == "fitted"
    assert audited(scene) == []


@pytest.mark.slow
def test_tag_of_one_pig__is_fitted_to_another__both_stay_and_it_is_flagged(phones, scene):
    phones.says(KEEPER, f"REG {NEW_PIG}")
    reply = phones.says(KEEPER, f"RETAG {NEW_PIG} {PIG}")
    assert f"tag {PIG} is another pig's" in reply
    assert_one_segment(reply)
    assert flags(scene) == {"tag_fitted_twice"}
    before = state_of(scene.world, PIG)
    assert before[-1][:3] == ("identifier", "iso11784", PIG)
    assert [one[2] for one in steps(scene, PIG)] == [None, "tag_fitted_twice"]
    assert audited(scene) == []


def test_one_tag__of_two_pigs_told_in_the_wrong_order__is_told_by_days_and_flagged_once(
    phones, scene
):
    tag, late = official(800), (date.fromisoformat(TODAY) - timedelta(days=21)).isoformat()
    at = {"keeper": scene.places["keeper"], "neighbour": scene.places["neighbour"]}
    first = scene.keeper.report("retag", PIG, at=at["keeper"], details={"new": tag})
    second = scene.neighbour.report(
        "retag", OTHER_PIG, at=at["neighbour"], on=late, details={"new": tag}
    )
    codes = [[one["code"] for one in done.json["events"][0]["flags"]] for done in (first, second)]
    # Whoever told first has the number; the life goes by the days.
    assert codes == [[], ["tag_fitted_twice"]]
    assert steps(scene, tag) == [("fitted", late, None), ("fitted", TODAY, "tag_fitted_twice")]
    assert PIG in scene.officer.get(f"/api/v1/animals/{tag}").json["numbers"]
    assert audited(scene) == []


def test_lost_tag__put_into_another_ear__is_out_of_use(phones, scene, old):
    yesterday = (date.fromisoformat(TODAY) - timedelta(days=1)).isoformat()
    scene.keeper.report("tag_lost", old, on=yesterday, details={"lost": old})
    phones.says(KEEPER, f"REG {NEW_PIG}")
    reply = phones.says(KEEPER, f"RETAG {NEW_PIG} {old}")
    assert f"tag {old} is out of use since 24 Nov" in reply
    assert_one_segment(reply)
    assert flags(scene) == {"tag_out_of_use"}
    assert [one[0] for one in steps(scene, old)] == ["fitted", "lost", "fitted"]
    assert steps(scene, old)[-1][2] == "tag_out_of_use"
    assert audited(scene) == []


def test_lost_tag__is_named_on_a_road__is_recorded_flagged_and_said(phones, scene, old):
    yesterday = (date.fromisoformat(TODAY) - timedelta(days=1)).isoformat()
    scene.keeper.report("tag_lost", old, on=yesterday, details={"lost": old})
    done = scene.officer.report("depart", old, at=scene.places["keeper"])
    codes = {one["code"] for one in done.json["events"][0]["flags"]}
    assert "tag_out_of_use" in codes
    # Care of a pig at home is welcome under the number that its keeper knows.
    done = scene.keeper.report("weight", old, at=scene.places["keeper"], details={"kilograms": 30})
    assert done.json["events"][0]["flags"] == []
    assert audited(scene) == []


def test_lost_tag__named_in_a_late_report_of_before__is_in_order(scene, old):
    scene.keeper.report("tag_lost", old, details={"lost": old})
    before = (date.fromisoformat(TODAY) - timedelta(days=1)).isoformat()
    done = scene.officer.report("depart", old, at=scene.places["keeper"], on=before)
    codes = {one["code"] for one in done.json["events"][0]["flags"]}
    assert "tag_out_of_use" not in codes


def test_dead_pigs_tag__is_fitted_to_another__is_out_of_use(phones, scene, old):
    yesterday = (date.fromisoformat(TODAY) - timedelta(days=1)).isoformat()
    scene.keeper.report("death", old, at=scene.places["keeper"], on=yesterday)
    phones.says(KEEPER, f"REG {NEW_PIG}")
    reply = phones.says(KEEPER, f"RETAG {NEW_PIG} {old}")
    assert f"tag {old} is out of use since 24 Nov" in reply
    assert [one[0] for one in steps(scene, old)] == ["fitted", "retired", "fitted"]
    assert audited(scene) == []


@pytest.mark.slow
def test_lost_and_replaced__is_told_as_such(phones, scene):
    phones.says(KEEPER, f"LOST TAG {PIG}")
    assert life(scene, PIG)["state"] == "lost"
    phones.says(KEEPER, f"RETAG {PIG} {NEW_PIG}")
    assert life(scene, PIG)["state"] == "replaced"
    assert life(scene, NEW_PIG)["state"] == "fitted"
    scene.keeper.report("death", PIG, at=scene.places["keeper"])
    assert {life(scene, one)["state"] for one in (PIG, NEW_PIG)} == {"retired"}


def test_wrong_retagging_to_another_pigs_tag__is_taken_back__leaves_the_other_its_number(
    phones, scene
):
    phones.says(KEEPER, f"REG {NEW_PIG}")
    phones.says(KEEPER, f"RETAG {NEW_PIG} {PIG}")
    event = journal(scene.world)[-1]["event"]
    before = state_of(scene.world, PIG)
    done = scene.keeper.post(f"/api/v1/events/{event}/void", {"reason": "incorrect_data"})
    assert done.status_code == 201, done.text
    assert state_of(scene.world, PIG) == before
    assert audited(scene) == []


@pytest.mark.usefixtures("issued")
def test_life_of_a_tag__a_stranger__sees_its_state_alone(phones, scene):
    phones.says(KEEPER, f"REG {MINE}")
    assert life(scene, MINE, "neighbour") == {"number": MINE, "state": "fitted"}
    assert len(life(scene, MINE, "keeper")["steps"]) == 2
    assert life(scene, THEIRS, "keeper") == {"number": THEIRS, "state": "issued"}
    assert len(life(scene, THEIRS, "neighbour")["steps"]) == 1


def test_range__ordered_then_issued_by_api__is_told_and_never_twice(scene):
    ends = {"first": official(700), "last": official(709)}
    at = {"premises": scene.places["keeper"]}
    path = "/api/v1/tags/ranges"
    ordered = scene.officer.post(path, {**ends, **at, "state": "ordered"})
    assert ordered.status_code == 201, ordered.text
    assert life(scene, official(705))["state"] == "ordered"
    assert scene.officer.post(path, {**ends, **at}).status_code == 201
    assert [one[0] for one in steps(scene, official(705))] == ["ordered", "issued"]
    again = scene.officer.post(path, {**at, "first": official(709), "last": official(720)})
    assert (again.status_code, again.json["code"]) == (409, "range_overlaps")
    assert scene.keeper.post(path, {**ends, **at}).status_code == 403
    assert audited(scene) == []


def test_number_that_nobody_knows__has_no_life(scene):
    assert scene.officer.get(f"/api/v1/tags/{official(4444)}").status_code == 404
