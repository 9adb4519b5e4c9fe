from __future__ import annotations

from uuid import uuid4

from sqlalchemy import text

from chain.ports import BatchState, Repair
from services.core.settings import Settings
from services.ledger.recorder_lease import only_recorder
from services.ledger.recorder_store import DatabaseRecorderStore
from services.runtime import metrics
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.storage.milestones import MilestoneName, reach
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


def test_metrics__many_leaves_wait__are_counted_up_to_a_bound(world, monkeypatch):
    monkeypatch.setattr(metrics, "MOST_COUNTED", 1)
    world.sms(f"REG {ANIMAL}")
    assert world.metric("bilum_ledger_leaves_waiting") == 1


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


def ask_metrics(world, address, **headers):
    client = world.app.test_client()
    return client.get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers)


def test_metrics__from_elsewhere_or_by_a_proxy__need_the_token_for_them(open_world):
    closed, opened = open_world(), open_world(metrics_token="watch" * 4)
    right, wrong = {"Authorization": f"Bearer {'watch' * 4}"}, {"Authorization": "Bearer "}
    passed_on = {"X-Forwarded-For": "203.0.113.9"}
    for world, address, headers, status in (
        (closed, "127.0.0.1", {}, 200),
        (closed, "127.0.0.1", passed_on, 401),
        (closed, "127.0.0.1", passed_on | wrong, 401),
        (closed, "203.0.113.9", {}, 401),
        (closed, "203.0.113.9", right, 401),
        (opened, "203.0.113.9", right, 200),
        (opened, "127.0.0.1", passed_on | right, 200),
        (opened, "203.0.113.9", wrong, 401),
        (opened, "::1", {}, 200),
    ):
        assert ask_metrics(world, address, **headers).status_code == status, (address, headers)


def test_metrics__of_the_machine__tell_clock_disk_backups_and_the_last_audit(world, clock):
    assert world.metric("bilum_clock_seconds") == clock().timestamp()
    assert world.metric("bilum_clock_ahead_seconds") == 0
    assert 0 < world.metric("bilum_disk_free_bytes") < world.metric("bilum_disk_size_bytes")
    assert world.metric("bilum_backup_timestamp_seconds") == 0
    assert world.metric("bilum_audit_differs") == 0
    with world.runtime.database.write() as session:
        reach(session, MilestoneName.BACKUP, clock())
        columns = "public_id, asked_at, projections, tries, done, ended_at, verdict"
        insert = f"INSERT INTO audit_run ({columns}) "
        values = "VALUES (:id, :at, false, 1, 1, :at, :verdict)"
        for verdict in ("clean", "differs"):
            row = {"id": uuid4().hex, "at": "2026-11-25 02:00:00.000000", "verdict": verdict}
            session.execute(text(insert + values), row)
    clock.pass_by(60)
    reached = clock().timestamp() - 60
    assert world.metric("bilum_backup_timestamp_seconds") == reached
    assert world.metric("bilum_audit_differs") == 1
