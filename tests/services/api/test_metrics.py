from __future__ import annotations

from chain.ports import BatchState, Repair
from services.core.settings import Settings
from services.ledger.recorder_lease import only_recorder
from services.ledger.recorder_store import DatabaseRecorderStore
from services.runtime.app import create_app
from services.runtime.container import Runtime
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


def test_metrics__recorder_and_its_repairs__are_told_by_the_database(world, clock):
    world.sms(f"REG {ANIMAL}")
    database = world.runtime.database
    assert world.metric("bilum_ledger_recorder_active") == 0
    assert world.metric("bilum_ledger_repairs_total", kind="fee_raised") == 0
    with only_recorder(database) as lease:
        store = DatabaseRecorderStore(database, clock, lease.guard)
        batch = store.make_batch(9)
        store.move(batch.id, BatchState.BATCHED, repair=Repair.FOREIGN_NONCE)
        assert world.metric("bilum_ledger_recorder_active") == 1
    clock.pass_by(90)
    assert world.metric("bilum_ledger_batches_unfinished") == 1
    assert world.metric("bilum_ledger_leaves_waiting") == 0
    assert world.metric("bilum_ledger_oldest_waiting_seconds") == 90
    assert world.metric("bilum_ledger_repairs_total", kind="foreign_nonce") == 1


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
