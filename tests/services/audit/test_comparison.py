"""What each kind of dishonesty or damage looks like to the auditor."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text

from chain.canonical import public_subject
from chain.connection import connect
from chain.merkle import Tree
from chain.ports import BatchState, Inclusion
from services.audit.batches import BatchComparison, HeldCheckpoint
from services.audit.comparison import Auditor
from services.audit.findings import AuditReport, Difference
from services.core.clock import utc_now
from services.ledger.journal import instant
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.models import Journal, LedgerBatch, LedgerLeaf
from tests.factories import NOW, official
from tests.services.audit.conftest import RECORDED, WAITING, Office, chain_in, fill

PIG = public_subject("iso11784", official(1))
OTHER = bytes(range(32))
ADDED = (
    "INSERT INTO journal (event_id, type, occurred_on, recorded_at, content) "
    "VALUES ('00000000000000000000000000000000', 'death', '2026-11-24', '2026-11-24 00:00:00', ?)"
)
FLIPPED_CONTENT = (
    "UPDATE journal SET content = CAST(REPLACE(CAST(content AS TEXT), 'register', 'registeR') "
    "AS BLOB) WHERE type = 'register'"
)


def found(report):
    return {finding.difference for finding in report.findings}


@pytest.mark.slow
def test_audit__nothing_touched__is_clean_and_counts_everything(office):
    report = office.audit()
    assert report.findings == []
    assert report.clean
    assert (report.records, report.size, report.waiting) == (RECORDED, RECORDED, WAITING)
    assert report.waiting_since == instant(NOW)
    assert ("registered_twice", f"iso11784:{official(1)}") in [
        (flag.code, flag.animal) for flag in report.flags
    ]


def test_audit__progress__tells_of_every_batch(office):
    told = []
    with office.auditor() as auditor:
        auditor.audit(lambda done, size: told.append((done, size)))
    assert told == [(done, RECORDED) for done in (3, 6, 9, 12, 14)]


# What is done to the database, the one class that must be found, and at which record.
TAMPERED = {
    "salt": ("UPDATE ledger_leaf SET salt = ? WHERE leaf_index = 4", Difference.ALTERED, 4),
    "subject": ("UPDATE ledger_leaf SET subject = ? WHERE leaf_index = 4", Difference.ALTERED, 4),
    "commitment": (
        "UPDATE ledger_leaf SET commitment = ? WHERE leaf_index = 4", Difference.ALTERED, 4
    ),
    "no salt": ("UPDATE ledger_leaf SET salt = NULL WHERE leaf_index = 4", Difference.ALTERED, 4),
    "position": (
        "UPDATE ledger_leaf SET position = 7 WHERE leaf_index = 4", Difference.ALTERED, 4
    ),
    "node": ("UPDATE ledger_node SET hash = ? WHERE (level, node_index) = (2, 1)",
             Difference.WRONG_NODE, 4),
    "node deleted": ("DELETE FROM ledger_node WHERE (level, node_index) = (1, 3)",
                     Difference.WRONG_NODE, 6),
    "node added": ("INSERT INTO ledger_node (level, node_index, hash) VALUES (5, 0, ?)",
                   Difference.WRONG_NODE, None),
    "root": ("UPDATE ledger_batch SET root = ? WHERE size = 6", Difference.WRONG_ROOT, 5),
    "batch deleted": ("DELETE FROM ledger_batch WHERE size = 6", Difference.WRONG_ROOT, 5),
    "event deleted": ("DELETE FROM journal WHERE id = EVENT_4",
                      Difference.MISSING_IN_DATABASE, 4),
    "event id": ("UPDATE journal SET event_id = 'ffff' || SUBSTR(event_id, 5) WHERE id = EVENT_4",
                 Difference.ALTERED, None),
    "day": ("UPDATE journal SET occurred_on = '2026-11-24' WHERE id = EVENT_4",
            Difference.ALTERED, None),
    "time": ("UPDATE journal SET recorded_at = '2026-11-24 00:00:00' WHERE id = EVENT_4",
             Difference.ALTERED, None),
    "type": ("UPDATE journal SET type = 'death' WHERE id = EVENT_4", Difference.ALTERED, None),
    "waiting salt": ("UPDATE ledger_leaf SET salt = ? WHERE id = (SELECT MAX(id) FROM ledger_leaf)",
                     Difference.ALTERED, None),
    "waiting event deleted": ("DELETE FROM journal WHERE id = (SELECT MAX(id) FROM journal)",
                              Difference.MISSING_IN_DATABASE, None),
    "waiting leaf deleted": ("DELETE FROM ledger_leaf WHERE leaf_index IS NULL",
                             Difference.MISSING_ON_CHAIN, None),
    "event added": (ADDED, Difference.MISSING_ON_CHAIN, None),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_audit__one_thing_tampered_with__is_found_by_its_name_and_place(office, what):
    statement, difference, index = TAMPERED[what]
    assert office.tamper(statement, *[OTHER] * statement.count("?")) >= 1
    report = office.audit()
    expected = {difference} | ({Difference.ALTERED} if what == "event added" else set())
    assert found(report) == expected
    assert index in [finding.index for finding in report.findings]
    assert not report.clean


@pytest.mark.parametrize("place", range(0, 400, 37))
def test_audit__one_bit_of_an_event__is_found_at_each_of_its_records(office, place):
    with office.database.read() as session:
        row, content = session.execute(
            select(Journal.id, Journal.content)
            .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
            .where(LedgerLeaf.index == 4)
        ).one()
    changed = bytearray(content)
    changed[place % len(content)] ^= 1
    office.tamper("UPDATE journal SET content = ? WHERE id = ?", bytes(changed), row)
    report = office.audit()
    assert Difference.ALTERED in found(report)
    assert 4 in [f.index for f in report.findings if f.difference is Difference.ALTERED]


def test_audit__two_records_change_places__are_reordered(office):
    for old, new in ((4, 99), (9, 4), (99, 9)):
        office.tamper("UPDATE ledger_leaf SET leaf_index = ? WHERE leaf_index = ?", new, old)
    report = office.audit()
    assert {(finding.difference, finding.index) for finding in report.findings} == {
        (Difference.REORDERED, 4),
        (Difference.REORDERED, 9),
    }


def test_audit__leaf_deleted__is_missing_in_the_database_at_its_place(office):
    office.tamper("DELETE FROM ledger_leaf WHERE leaf_index = 4")
    report = office.audit()
    (missing,) = [f for f in report.findings if f.difference is Difference.MISSING_IN_DATABASE]
    assert missing.index == 4


def test_audit__event_and_leaves_deleted__are_missing_in_the_database(office):
    office.tamper("DELETE FROM journal WHERE id = EVENT_4")
    deleted = office.tamper("DELETE FROM ledger_leaf WHERE journal_id = EVENT_4")
    report = office.audit()
    assert found(report) == {Difference.MISSING_IN_DATABASE}
    assert len(report.findings) == deleted >= 1


def test_audit__content_that_never_came_back__is_content_lost(office):
    office.tamper("DELETE FROM journal WHERE id = EVENT_4")
    office.tamper(
        "UPDATE ledger_leaf SET journal_id = NULL, salt = NULL, position = NULL "
        "WHERE journal_id = EVENT_4"
    )
    assert found(office.audit()) == {Difference.CONTENT_LOST}


def test_audit__batch_that_is_claimed_but_not_there__is_missing_on_chain(office):
    store = DatabaseRecorderStore(office.database, utc_now)
    batch = store.make_batch(9)
    assert office.audit().clean, "batched and on its way is no difference"
    store.move(batch.id, BatchState.INCLUDED, Inclusion(9, bytes(32), 1, succeeded=True))
    report = office.audit()
    assert [(f.difference, f.index) for f in report.findings] == [
        (Difference.MISSING_ON_CHAIN, RECORDED)
    ]


class FalseRoots:
    """Reads the chain of an operator who claims a false root, which the contract cannot know."""

    def __init__(self, logs):
        self._logs = logs

    def batches(self, first=0):
        for batch in self._logs.batches(first):
            yield replace(batch, root=OTHER) if batch.first == 3 else batch


def test_audit__root_on_the_chain_that_is_not_of_its_leaves__is_wrong(office):
    with connect(office.settings, write=False) as chain:
        report = Auditor(office.database, chain.ledger, FalseRoots(chain.logs)).audit()
    assert found(report) == {Difference.WRONG_ROOT}
    assert {finding.index for finding in report.findings} == {3, 5}


def test_audit_subject__nothing_touched__is_clean_and_about_that_animal_alone(office):
    with office.auditor() as auditor:
        report = auditor.audit_subject(PIG)
        other = auditor.audit_subject(public_subject("iso11784", official(2)))
        unknown = auditor.audit_subject(OTHER)
        waiting = auditor.audit_subject(public_subject("iso11784", official(4)))
    assert (report.findings, report.records, report.waiting) == ([], 3, 0)
    assert "registered_twice" in [flag.code for flag in report.flags]
    assert (other.clean, other.records) == (True, 3)
    assert "registered_twice" not in [flag.code for flag in other.flags]
    assert (unknown.clean, unknown.records) == (True, 0)
    assert (waiting.clean, waiting.records, waiting.waiting) == (True, 0, 1)


SUBJECT_TAMPERED = {
    "salt": ("UPDATE ledger_leaf SET salt = ? WHERE subject = ?", Difference.ALTERED),
    "commitment": (
        "UPDATE ledger_leaf SET commitment = ?||id WHERE subject = ?", Difference.ALTERED
    ),
    "subject": ("UPDATE ledger_leaf SET subject = ? WHERE subject = ?", Difference.ALTERED),
    "deleted": (
        "DELETE FROM ledger_leaf WHERE ? IS NOT NULL AND subject = ?",
        Difference.MISSING_IN_DATABASE,
    ),
    "reordered": (
        "UPDATE ledger_leaf SET leaf_index = leaf_index + 100 WHERE ? IS NOT NULL AND subject = ?",
        Difference.REORDERED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SUBJECT_TAMPERED)
def test_audit_subject__its_records_tampered_with__is_found(office, what):
    statement, difference = SUBJECT_TAMPERED[what]
    assert office.tamper(statement, OTHER, PIG) == 3
    with office.auditor() as auditor:
        report = auditor.audit_subject(PIG)
        elsewhere = auditor.audit_subject(public_subject("iso11784", official(4)))
    assert found(report) == {difference}
    assert elsewhere.clean


def test_audit_subject__record_of_another_filed_under_it__is_altered(office):
    office.tamper("UPDATE ledger_leaf SET subject = ? WHERE leaf_index = 4", OTHER)
    with office.auditor() as auditor:
        report = auditor.audit_subject(OTHER)
    assert [(f.difference, f.index) for f in report.findings] == [(Difference.ALTERED, 4)]


def test_audit_subject__claimed_but_not_on_chain__is_missing_there(office):
    store = DatabaseRecorderStore(office.database, utc_now)
    store.move(store.make_batch(9).id, BatchState.FINAL)
    with office.auditor() as auditor:
        report = auditor.audit_subject(public_subject("iso11784", official(4)))
        other = auditor.audit_subject(PIG)
    assert found(report) == {Difference.MISSING_ON_CHAIN}
    assert other.clean


def test_as_json__report__is_plain_and_counts_each_class(office):
    office.tamper(FLIPPED_CONTENT)
    plain = json.loads(json.dumps(office.audit().as_json()))
    assert plain["clean"] is False
    assert set(plain["differences"]) == {"altered"}
    assert plain["differences"]["altered"] == len(plain["findings"])
    assert "registered_twice" in [flag["code"] for flag in plain["flags"]]


@pytest.mark.slow
def test_audit__each_database__is_clean_then_finds_one_byte(database, tmp_path):
    office = Office(database, chain_in(tmp_path))
    fill(office)
    assert office.audit().clean
    unlock = {
        "sqlite": "DROP TRIGGER journal_no_update",
        "postgresql": "ALTER TABLE journal DISABLE TRIGGER USER",
    }
    with database.write() as session:
        session.execute(text(unlock[database.engine.dialect.name]))
        row = session.scalars(select(Journal).order_by(Journal.id)).first()
        row.content = row.content.replace(b"premises", b"premiseS", 1)
    assert found(office.audit()) == {Difference.ALTERED}


@pytest.mark.slow
def test_compare_batches__many__takes_the_memory_of_a_few_thousand(office):
    size = RECORDED + 10_000
    rows = [
        {"first": first, "size": first + 1, "root": bytes(32), "state": "final"}
        for first in range(RECORDED, size)
    ]
    with office.database.write() as session:
        session.execute(insert(LedgerBatch), rows)
    with office.database.read() as session:
        report = AuditReport(size=size)
        walk = BatchComparison(session, HeldCheckpoint(RECORDED), report, Tree())
        walk.ends = set(range(RECORDED, size + 1))
        tracemalloc.start()
        walk.compare_batches()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert report.findings == []
    assert peak < 3_000_000
