"""Tags, transfers and fathers by the API on PostgreSQL: a whole story, and an audit of it."""

from __future__ import annotations

import pytest

from services.audit.comparison import compare_projections
from services.audit.findings import AuditReport
from tests.factories import official
from tests.services.scene import OTHER_PIG, PIG, TODAY

pytestmark = pytest.mark.postgres
MINE, THEIRS, PIGLET = official(910), official(950), official(911)


def codes(done):
    assert done.status_code in {201, 202}, done.text
    return [one["code"] for event in done.json["events"] for one in event["flags"]]


def test_story__of_two_keepers_and_their_tags__is_told_and_audited(server_scene):
    scene = server_scene
    here, there = scene.places["keeper"], scene.places["neighbour"]
    ranges = "/api/v1/tags/ranges"
    for first, at, state in ((900, here, "ordered"), (900, here, "issued"), (950, there, "issued")):
        told = {"first": official(first), "last": official(first + 49), "premises": at}
        made = scene.officer.post(ranges, told | {"state": state})
        assert made.status_code == 201, made.text
    assert codes(scene.keeper.report("register", MINE, at=here)) == []
    assert codes(scene.keeper.report("register", THEIRS, at=here)) == [
        "not_the_keeper", "tag_issued_elsewhere",
    ]  # fmt: skip
    assert codes(scene.neighbour.report("retag", OTHER_PIG, at=there, details={"new": MINE})) == [
        "tag_fitted_twice",
        "tag_issued_elsewhere",
    ]
    assert (
        codes(scene.keeper.report("birth", PIGLET, at=here, details={"dam": PIG, "sire": MINE}))
        == []
    )
    told = {"animals": [MINE], "to": there, "terms": "given"}
    offered = scene.keeper.post("/api/v1/transfers", told)
    assert offered.status_code == 202, offered.text
    answer = f"/api/v1/transfers/{offered.json['id']}/answer"
    assert scene.neighbour.post(answer, {"answer": "agree"}).json["state"] == "done"
    owners = scene.officer.get(f"/api/v1/animals/{MINE}/owners").json["items"]
    assert [(one["owner"], one["until"]) for one in owners] == [
        (None, TODAY), (scene.neighbour.party, None),
    ]  # fmt: skip
    life = scene.officer.get(f"/api/v1/tags/{MINE}").json["steps"]
    assert [one["state"] for one in life] == ["ordered", "issued", "fitted", "fitted"]
    report = AuditReport()
    with scene.world.runtime.database.read() as session:
        compare_projections(session, report)
    assert [str(one) for one in report.findings] == []
