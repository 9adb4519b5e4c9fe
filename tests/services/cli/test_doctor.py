"""What `bilum doctor` finds, and the sentences of what cannot be opened."""

from __future__ import annotations

import json
import shutil
import sqlite3

import pytest
from eth_account import Account

from tests.flow.deployments import PASSWORD


@pytest.fixture
def recorded(bilum, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("source,destination,id,t\n1,2,00001,2005-10-18\n")
    assert bilum("import", "movements", rows).status == 0
    return tmp_path / "data"


def test_doctor__all_is_well__says_what_it_tried(bilum, recorded):
    bilum("party", "add", "--role", "inspector", "--phone", "70000003")
    ended = bilum("doctor")
    assert ended.status == 0
    assert "opens what is sealed" in ended.out
    assert "may record" in ended.out


def test_doctor__another_data_key__is_found(bilum, recorded):
    bilum("party", "add", "--role", "inspector", "--phone", "70000003")
    (recorded / "data.key").write_text("11" * 32)
    ended = bilum("doctor")
    assert ended.status == 1
    assert "wrong data key: A sealed value does not open" in ended.out


def test_doctor__signer_without_the_role__is_found(bilum, recorded, tmp_path, monkeypatch):
    keystore = tmp_path / "other.json"
    stranger = Account.create()
    sealed = Account.encrypt(stranger.key, PASSWORD, kdf="pbkdf2", iterations=1_000)
    keystore.write_text(json.dumps(sealed))
    monkeypatch.setenv("BILUM_SIGNER_KEYSTORE", str(keystore))
    monkeypatch.setenv("BILUM_SIGNER_PASSWORD", PASSWORD)
    ended = bilum("doctor")
    assert ended.status == 1
    assert f"{stranger.address} lacks the recorder role" in ended.out


def test_doctor__signer_missing__is_found_and_none_is_made(bilum, recorded):
    (recorded / "signer.json").unlink()
    ended = bilum("doctor")
    assert (ended.status, "signer.json is missing" in ended.out) == (1, True)
    assert not (recorded / "signer.json").exists()


def test_doctor__a_file_that_others_may_read__is_told_as_it_is(bilum, tmp_path):
    folder = tmp_path / "data"
    assert "for their owner alone" in bilum("doctor").out
    (folder / "bilum.db").chmod(0o644)
    assert "which its owner alone may enter" in bilum("doctor").out
    folder.chmod(0o711)
    ended = bilum("doctor")
    assert (ended.status, "others may read bilum.db" in ended.out) == (1, True)


@pytest.mark.parametrize(
    "command", [("audit",), ("run",), ("token", "create", "--role", "auditor")]
)
def test_every_command__no_database__makes_nothing(bilum, tmp_path, command):
    shutil.rmtree(tmp_path / "data")
    ended = bilum(*command)
    assert (ended.status, "is empty" in ended.err) == (3, True)
    assert "bilum db upgrade" in ended.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("url", ["foo", "mysql://host/name", "postgresql+none://host/name"])
def test_every_command__address_of_no_database__names_the_variable(bilum, monkeypatch, url):
    monkeypatch.setenv("BILUM_DATABASE_URL", url)
    for command in ("audit", "doctor"):
        ended = bilum(command)
        assert (ended.status, "BILUM_DATABASE_URL must be" in ended.err) == (3, True)


def test_every_command__database_damaged__says_so(bilum, tmp_path):
    path = tmp_path / "data" / "bilum.db"
    for side in path.parent.glob("bilum.db-*"):
        side.unlink()
    path.write_bytes(b"no database at all " * 500)
    ended = bilum("audit")
    assert (ended.status, "not a database or is damaged" in ended.err) == (3, True)
    with pytest.raises(sqlite3.DatabaseError), sqlite3.connect(path) as connection:
        connection.execute("SELECT 1 FROM journal")
    connection.close()
