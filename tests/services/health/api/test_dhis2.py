"""Targets and DHIS2 in the API: the same functions, roles and words as on the pages."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from services.api.context import EXTENSION
from services.core.roles import Role
from tests.fakes.dhis2_server import TOKEN, dhis2_server
from tests.services.health.indicators.histories import CODE, write_history
from tests.services.health.scene import person
from tests.services.world import open_folder

pytestmark = pytest.mark.sockets
AT = f"/api/v1/indicators/{CODE}"
DAYS = {"from": "2026-10-01", "to": "2026-10-31"}
LINK = {
    "dataSet": "dsTobacco01",
    "orgUnits": {"Morobe": "ouMorobe001", "Chimbu": "ouChimbu001"},
    "values": [{"indicator": "attempts", "dataElement": "deAttempts1"}],
}
QUERY = "?from=2026-10-01&to=2026-10-31"


@pytest.fixture
def world(migrated_folder, tmp_path):
    world = open_folder(shutil.copytree(migrated_folder, tmp_path / "data"))
    write_history(world.runtime.database, 8, 150)
    yield world
    world.runtime.close()


@pytest.fixture
def server(world):
    with dhis2_server() as server:
        here = world.app.extensions[EXTENSION]
        told = replace(here.settings, dhis2_url=server.url, dhis2_token=TOKEN)
        world.app.extensions[EXTENSION] = replace(here, settings=told)
        yield server


def poster(world, role):
    """Post as somebody of a role."""
    key = person(world.runtime.database, "+67570000905", role)
    headers = world.bearer(role, key)

    def post(path, body, key="one"):
        told = headers | {"Idempotency-Key": key}
        return world.app.test_client().post(f"{AT}{path}", json=body, headers=told)

    return post


@pytest.mark.slow
def test_dhis2__kept_tried_and_sent__is_there_once(world, server):
    post = poster(world, Role.HEALTH_ANALYST)
    kept = post("/dhis2", LINK)
    assert kept.status_code == 200, kept.text
    assert kept.json["document"] == {"programme": CODE, **LINK}
    tried = world.get(f"{AT}/dhis2/trial{QUERY}", Role.HEALTH_ANALYST).json
    assert (tried["period"], tried["imported"], tried["conflicts"]) == ("202610", 2, [])
    assert "Gulf" in tried["places"]
    assert server.values == {}
    sent = post("/dhis2/sendings", DAYS)
    assert sent.status_code == 201, sent.text
    assert (sent.json["state"], sent.json["counts"]["imported"]) == ("sent", 2)
    assert post("/dhis2/sendings", DAYS).json == sent.json
    again = post("/dhis2/sendings", DAYS | {"everything": True}, key="two").json
    assert (again["counts"]["imported"], again["counts"]["updated"]) == (0, 2)
    assert len(server.values) == 2
    listed = world.get(f"{AT}/dhis2/sendings", Role.APPROVER).json["items"]
    assert [one["id"] for one in listed] == [sent.json["id"], again["id"]]
    one = world.get(f"{AT}/dhis2/sendings/{again['id']}", Role.APPROVER)
    assert one.json == again


def test_dhis2__key_of_another_order__is_refused_and_sends_nothing(world, server, monkeypatch):
    post = poster(world, Role.HEALTH_ANALYST)
    post("/dhis2", LINK)
    sent = post("/dhis2/sendings", DAYS, key="order")
    assert sent.status_code == 201, sent.text
    again = post("/dhis2/sendings", DAYS | {"everything": False}, key="order")
    asked = len(server.requests)
    assert again.json == sent.json
    for other in (
        DAYS | {"everything": True},
        {"from": "2026-09-01", "to": "2026-09-30"},
    ):
        got = post("/dhis2/sendings", other, key="order")
        assert (got.status_code, got.json["code"]) == (409, "gateway.key_conflict"), other
    monkeypatch.setattr(f"{__name__}.AT", AT.replace(CODE, "other"))
    got = post("/dhis2/sendings", DAYS, key="order")
    assert (got.status_code, got.json["code"]) == (409, "gateway.key_conflict")
    assert len(server.requests) == asked


def test_dhis2__refused_or_not_whole__is_told(world, server):
    post = poster(world, Role.PLANNER)
    early = post("/dhis2/sendings", DAYS)
    assert (early.status_code, early.json["code"]) == (422, "bad_mapping")
    wrong = post("/dhis2", LINK | {"orgUnits": {"Nowhere": "ouMorobe001"}})
    assert (wrong.status_code, wrong.json["code"]) == (422, "bad_mapping")
    post("/dhis2", LINK, key="right")
    server.unknown = {"deAttempts1"}
    sent = post("/dhis2/sendings", DAYS, key="refused").json
    assert (sent["state"], sent["kind"]) == ("refused", "conflicts")
    assert sent["conflicts"][0]["object"] == "deAttempts1"
    days = DAYS | {"to": "2026-10-30"}
    assert post("/dhis2/sendings", days, key="days").json["code"] == "bad_period"


def test_dhis2__no_settings__are_asked_for(world):
    post = poster(world, Role.PLANNER)
    post("/dhis2", LINK)
    assert post("/dhis2/sendings", DAYS, key="two").json["code"] == "dhis2_not_set"
    assert world.get(f"{AT}/dhis2/trial{QUERY}", Role.PLANNER).status_code == 503


@pytest.mark.slow
def test_targets__set_and_ended__are_read(world):
    post = poster(world, Role.PLANNER)
    made = post("/targets", {"indicator": "consented", "goal": 60})
    assert made.json == {"targets": [{"indicator": "consented", "goal": 60}]}, made.text
    assert world.get(f"{AT}/targets", Role.APPROVER).json == made.json
    for body in ({"indicator": "consented", "goal": 101}, {"indicator": "cost", "goal": 5},
                 {"indicator": "nothing", "goal": 5}):  # fmt: skip
        assert post("/targets", body, key="x").json["code"] == "bad_target", body
    ended = post("/targets", {"indicator": "consented", "goal": None}, key="two")
    assert ended.json == {"targets": []}


@pytest.mark.slow
def test_routes__by_role__are_for_those_who_work_with_figures(world):
    for role in Role:
        reads = role in {Role.HEALTH_ANALYST, Role.PLANNER, Role.APPROVER}
        for path in ("/targets", "/dhis2", "/dhis2/sendings"):
            assert world.get(f"{AT}{path}", role).status_code == (200 if reads else 403)
        sends = role in {Role.HEALTH_ANALYST, Role.PLANNER}
        assert (world.get(f"{AT}/dhis2/trial{QUERY}", role).status_code != 403) == sends
        for path in ("/dhis2", "/dhis2/sendings", "/targets"):
            status = world.post(f"{AT}{path}", {}, role).status_code
            may = role is Role.PLANNER if path == "/targets" else sends
            assert (status != 403) == may, (role, path)
