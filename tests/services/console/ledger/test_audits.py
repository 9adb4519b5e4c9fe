"""Audits as jobs: asked for at the console, done by the worker, one at a time, and kept."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from services.audit.runs import LEASE, MOST_TRIES, take_run
from services.runtime.audit_job import audit_asked
from services.storage.models import AuditRun, LedgerLeaf
from tests.services.console.ledger.test_ledger_pages import read
from tests.services.console.visitors import Visitor

AT = "/console/ledger/audits"
SEED = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"


def never():
    return False


def ask(auditor, **typed):
    auditor.get(AT)
    return auditor.submit(AT, **({"kind": "whole"} | typed))


def run_of(world):
    with world.runtime.database.read() as session:
        row = session.scalars(select(AuditRun).order_by(AuditRun.id.desc())).first()
        session.expunge_all()
        return row


@pytest.mark.slow
def test_audit__asked_for__is_done_by_the_worker_with_its_verdict_first(recorded, auditor):
    world = recorded.world
    asked = ask(auditor)
    assert asked.status_code == 303
    at = asked.headers["Location"]
    assert "It waits for the worker" in read(auditor.get(at))
    again = ask(auditor)
    assert again.status_code == 422
    assert "An audit goes on" in read(again)
    assert recorded.auditor.post("/api/v1/audits", {}).json["code"] == "audit_goes_on"
    audit_asked(world.runtime, never)
    page = read(auditor.get(at))
    assert "Clean: all agrees" in page
    assert "convinces nobody but the operator" in page
    assert "tables of state against the journal" in page
    row = run_of(world)
    assert (row.verdict, row.done, row.leased_until) == ("clean", row.size, None)
    checkpoint = json.loads(row.report)["checkpoint"]
    kept = recorded.auditor.get("/api/v1/ledger").json["checkpoint"]
    assert checkpoint == f"{kept['size']}:{kept['root']}"
    assert checkpoint in page
    assert audit_asked(world.runtime, never) is None
    assert "Clean: all agrees" in read(auditor.get(AT))


def test_audit__of_a_forged_row__tells_the_difference_in_words(recorded, auditor):
    world = recorded.world
    at = ask(auditor, kind="projections").headers["Location"]
    with world.runtime.database.write() as session:
        changed = session.query(LedgerLeaf).filter(LedgerLeaf.index == 3)
        changed.update({"salt": b"\1" * 32})
    audit_asked(world.runtime, never)
    page = read(auditor.get(at))
    assert "DIFFERENCES WERE FOUND" in page
    assert "Altered: a row is not what was recorded at record 3" in page
    told = recorded.auditor.get("/api/v1/audits").json["items"][0]
    assert (told["verdict"], told["projections"]) == ("differs", True)
    assert told["report"]["findings_count"] == len(told["report"]["findings"])


def test_audit__of_a_sample__needs_a_seed_that_is_one(recorded, auditor):
    for typed, field in (
        ({"seed": SEED}, "sample"),
        ({"sample": "3"}, "seed"),
        ({"sample": "3", "seed": "<b>"}, "seed"),
        ({"sample": "x", "seed": SEED}, "sample"),
        ({"sample": "3", "seed": SEED, "among": "-1"}, "among"),
    ):
        wrong = ask(auditor, kind="sample", **typed)
        assert wrong.status_code == 422, typed
        assert f'href="#{field}"' in wrong.text
        assert "<b>" not in wrong.text.split("<main")[1]
    at = ask(auditor, kind="sample", sample="3", seed=f"0x{SEED}", among="20").headers["Location"]
    audit_asked(recorded.world.runtime, never)
    assert "Clean: all agrees" in read(auditor.get(at))
    assert "Records compared: 3" in read(auditor.page)
    same = recorded.auditor.post("/api/v1/audits", {"sample": 3})
    assert same.status_code == 422
    asked = recorded.auditor.post("/api/v1/audits", {"sample": 3, "seed": SEED})
    assert asked.status_code == 202
    audit_asked(recorded.world.runtime, never)
    found = recorded.auditor.get(f"/api/v1/audits/{asked.json['id']}").json
    assert found["report"]["scope"]["seed"] == SEED


def test_audit__whose_worker_ends__goes_on_with_the_next_and_not_for_ever(recorded, auditor):
    runtime, clock = recorded.world.runtime, recorded.world.runtime.clock
    ask(auditor)
    # A worker that is told to end leaves it at once.
    audit_asked(runtime, lambda: True)
    row = run_of(recorded.world)
    assert (row.ended_at, row.leased_until, row.tries) == (None, None, 0)
    for _ in range(MOST_TRIES):
        with runtime.database.write() as session:
            assert take_run(session, clock()) is not None
        # One that was killed holds it until its lease ends; nobody else takes it before.
        with runtime.database.write() as session:
            assert take_run(session, clock() + LEASE - timedelta(seconds=1)) is None
        clock.pass_by(LEASE.total_seconds())
    audit_asked(runtime, never)
    row = run_of(recorded.world)
    assert row.verdict == "failed"
    assert "its worker ended 3 times" in row.report
    auditor.take_session_of("auditor")
    assert "The audit could not be done" in read(auditor.get(AT))


def test_audit__without_a_chain__fails_in_words(scene):
    auditor = Visitor(scene.world).take_session_of("auditor")
    at = ask(auditor).headers["Location"]
    audit_asked(scene.world.runtime, never)
    assert "No embedded chain" in read(auditor.get(at))
    officer = Visitor(scene.world).take_session_of("officer")
    assert officer.get(AT).status_code == 403
    assert officer.get(at).status_code == 403
    assert scene.officer.post("/api/v1/audits", {}).status_code == 403


@pytest.mark.postgres
def test_audit__asked_for_by_two_at_once__is_one(server_scene):
    asked = [server_scene.auditor.post("/api/v1/audits", {}) for _ in range(2)]
    assert [one.status_code for one in asked] == [202, 409]
    with server_scene.world.runtime.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_run")) == 1
