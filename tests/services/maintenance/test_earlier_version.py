"""A data folder and a backup made by an earlier commit: they open, go on, and pass the audit."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from services.storage.models import Contact
from services.storage.schema import head_revision
from tests.flow.deployments import embedded

pytestmark = pytest.mark.slow

FILES = Path(__file__).parent / "files"
FARMER = "+67570000001"
RECORDED, WAITING = 23, 2
# The offices and tokens of then, which the upgrade writes to the journal.
OFFICES = 5
ERASED = 2
MOVED, PLACE = "598000000000017", "1068 Kudjip"
FIRST_RECEIPT = "8SDS-2HRE-B3S0-QNVD"


@pytest.fixture(params=["folder", "backup"])
def opened(request, bilum, tmp_path):
    """The command, on the folder itself or on what the backup restores to."""
    folder = tmp_path / "data"
    shutil.rmtree(folder)
    if request.param == "folder":
        with tarfile.open(FILES / "folder-a36632e.tar.xz") as tar:
            tar.extractall(folder, filter="data")
    else:
        ended = bilum("restore", FILES / "backup-a36632e.tar.gz")
        assert (ended.status, "chain.db" in ended.err + ended.out) == (0, True)
    assert bilum("db", "upgrade").status == 0
    return bilum


def test_upgrade__database_of_a36632e__comes_to_head_and_may_be_repeated(opened):
    assert opened("db", "upgrade").status == 0
    assert f"schema {head_revision()}" in opened("doctor").out


def test_audit__records_of_a36632e__agree_with_the_chain_and_with_the_tables(opened):
    ended = opened("audit", "--projections")
    assert ended.status == 0
    assert (
        f"CLEAN: {RECORDED} records compared with the chain, {WAITING + OFFICES} waiting"
        in ended.out
    )
    assert ended.out.count("erased, as the ledger says") == ERASED
    assert opened("audit", "--receipt", FIRST_RECEIPT).status == 0


def test_proof__of_a_record_of_a36632e__verifies(opened, tmp_path):
    assert "record 0" in opened("animal", MOVED).out
    proof = tmp_path / "proof.json"
    assert opened("proof", MOVED, "-o", proof).status == 0
    assert opened("verify", proof).status == 0


def test_recorder__events_that_waited__goes_on_where_a36632e_stopped(opened, tmp_path):
    with embedded(tmp_path / "data") as stage:
        assert stage.record() == RECORDED + WAITING + OFFICES
        assert stage.audit().findings == []
        with stage.runtime.database.read() as session:
            assert FARMER in session.scalars(select(Contact.number)).all()
        assert PLACE in stage.send(FARMER, f"TRACE {MOVED}")


def test_tokens__of_a36632e__are_good_for_90_days_from_the_upgrade(opened, tmp_path):
    with closing(sqlite3.connect(tmp_path / "data" / "bilum.db")) as database:
        rows = database.execute(
            "SELECT julianday(expires_at) - julianday('now'), scopes, last_used_on FROM token"
        ).fetchall()
    assert rows
    assert all(89.9 < days < 90.1 for days, _, _ in rows)
    assert [more for _, *more in rows if any(more)] == []


def test_verify_backup__of_a36632e__is_brought_to_head_and_found_good(bilum, tmp_path):
    ended = bilum("db", "verify-backup", FILES / "backup-a36632e.tar.gz")
    assert (ended.status, f"brought to schema {head_revision()}" in ended.out) == (0, True)
    assert f"{RECORDED} records agree with the chain in it" in ended.out
