from __future__ import annotations

from services.app import create_app
from services.config import Settings
from services.runtime import Runtime
from tests.services.world import ANIMAL, World


def test_metrics__after_a_registration__show_what_waits_and_for_how_long(world, clock):
    world.sms(f"REG {ANIMAL}")
    clock.pass_by(90)
    assert world.metric("bilum_database_up") == 1
    assert world.metric("bilum_ledger_leaves_waiting") == 2
    assert world.metric("bilum_ledger_leaves_recorded") == 0
    assert world.metric("bilum_ledger_oldest_waiting_seconds") == 90
    assert world.metric("bilum_messages", state="queued") == 1
    assert world.metric("bilum_messages", state="delivered") == 0
    assert world.metric("bilum_messages_oldest_due_seconds") == 90


def test_metrics__database_without_tables__still_answer(tmp_path):
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path)}))
    world = World(runtime, create_app(runtime))
    assert world.metric("bilum_database_up") == 0
    assert world.metric("bilum_messages") is None
    runtime.close()


def test_metrics__requests__are_counted_by_rule_never_by_path(world):
    world.get("/api/v1/animals/598000000000017")
    world.app.test_client().open("/nowhere/598000000000017", method="WHIM")
    counted = "bilum_http_requests_total"
    assert (
        world.metric(counted, method="GET", route="/api/v1/animals/<path:tag>", status="401") == 1
    )
    assert world.metric(counted, method="-", route="-", status="404") == 1
    assert "598000000000017" not in world.get("/metrics").text


def test_metrics__two_applications__count_each_for_itself(open_world):
    first, second = open_world(), open_world()
    first.get("/health")
    assert first.metric("bilum_http_requests_total", route="/health") == 1
    assert second.metric("bilum_http_requests_total", route="/health") is None
