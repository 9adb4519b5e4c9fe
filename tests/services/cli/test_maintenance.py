from __future__ import annotations

import json
import re
import shutil
import sqlite3
import stat

import pytest

ROWS = "source,destination,id,t\n1,2,00001,2005-10-18\n"


@pytest.fixture
def recorded(imported):
    return imported(ROWS)


@pytest.mark.slow
def test_backup__restored_into_an_empty_folder__audits_clean(bilum, recorded, tmp_path):
    assert bilum("backup", "--plain", tmp_path / "b.tar.gz").status == 0
    shutil.move(recorded, tmp_path / "old")
    assert bilum("restore", tmp_path / "b.tar.gz").status == 0
    for name in ("data.key", "signer.json", "signer.password"):
        shutil.copy2(tmp_path / "old" / name, recorded / name)
    assert "bilum db let-send" in bilum("doctor").out
    report = json.loads(bilum("audit", "--json").out)
    assert (report["clean"], report["records"]) == (True, 4)


@pytest.mark.slow
def test_backup__with_keys_of_a_folder_apart__is_restored_into_such_a_folder(
    bilum, recorded, tmp_path
):
    apart = recorded / "signer"
    apart.mkdir(mode=0o700)
    for name in ("signer.json", "signer.password"):
        (recorded / name).rename(apart / name)
    assert "signer.json" in bilum("backup", "--plain", tmp_path / "b.tar.gz", "--with-keys").err
    bilum("backup", "--plain", tmp_path / "without.tar.gz")
    shutil.move(recorded, tmp_path / "old")
    apart.mkdir(mode=0o700, parents=True)
    assert "signer/signer.json" in bilum("restore", tmp_path / "without.tar.gz").err
    shutil.move(recorded, tmp_path / "keyless")
    apart.mkdir(mode=0o700, parents=True)
    assert bilum("restore", tmp_path / "b.tar.gz").status == 0
    assert sorted(path.name for path in apart.iterdir()) == ["signer.json", "signer.password"]
    assert not (recorded / "signer.json").exists()
    assert "may record" in bilum("doctor").out
    (apart / "signer.json").chmod(0o644)
    recorded.chmod(0o755)
    told = " ".join(bilum("doctor").out.split())
    assert "others may read signer.json" in told


def test_backup__without_being_asked__holds_no_key_and_only_its_owner_reads_it(
    bilum, recorded, tmp_path
):
    out = bilum("backup", "--plain", tmp_path / "b.tar.gz").err
    assert "data.key," in out
    assert "signer.json" not in out.splitlines()[0]
    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600
    assert (
        "signer.json"
        in bilum("backup", "--plain", tmp_path / "c.tar.gz", "--with-keys").err.splitlines()[0]
    )


def test_restore__over_a_database__is_refused(bilum, recorded, tmp_path):
    bilum("backup", "--plain", tmp_path / "b.tar.gz")
    ended = bilum("restore", tmp_path / "b.tar.gz")
    assert ended.status == 2
    assert "would overwrite" in ended.err


def test_restore__another_file__is_refused(bilum, tmp_path):
    (tmp_path / "x").write_bytes(b"not a backup")
    assert bilum("restore", tmp_path / "x").status == 2


def test_doctor__triggers_gone__exits_with_1(bilum, tmp_path):
    assert bilum("doctor").status == 0
    with sqlite3.connect(tmp_path / "data" / "bilum.db") as connection:
        connection.execute("DROP TRIGGER journal_no_update")
        connection.execute("DROP TRIGGER journal_no_delete")
    connection.close()
    ended = bilum("doctor")
    assert ended.status == 1
    assert "journal are gone" in ended.out


def test_every_command__schema_behind__says_what_to_do(bilum, tmp_path):
    with sqlite3.connect(tmp_path / "data" / "bilum.db") as connection:
        connection.execute("DELETE FROM alembic_version")
    connection.close()
    for command in (("serve",), ("worker",), ("run",), ("audit",)):
        ended = bilum(*command)
        assert ended.status == 3
        assert "bilum db upgrade" in ended.err


def test_settings__several_wrong__are_all_named(bilum, monkeypatch):
    monkeypatch.setenv("BILUM_PORT", "http")
    monkeypatch.setenv("BILUM_CHAIN_URL", "node:8545")
    ended = bilum("audit")
    assert ended.status == 3
    assert "BILUM_PORT" in ended.err
    assert "BILUM_CHAIN_URL" in ended.err


def test_token__created__is_printed_once_and_kept_as_a_digest(bilum, tmp_path):
    secret = bilum("token", "create", "--role", "administrator").out.strip()
    assert len(secret) > 30
    raw = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file())
    assert secret.encode() not in raw


def test_token__unknown_role__names_those_that_exist(bilum):
    ended = bilum("token", "create", "--role", "king")
    assert ended.status == 2
    assert "inspector" in ended.err


def test_party__given_a_role__shows_no_number(bilum):
    ended = bilum("party", "add", "--role", "inspector", "--phone", "70000003")
    assert ended.status == 0
    assert "70000003" not in ended.out + ended.err


def test_twilio_sign__a_text__prints_a_curl_line(bilum):
    line = bilum("twilio", "sign", "--from", "+67570000001", "--body", "REG it's").out
    assert re.match(r"curl -sS -H 'X-Twilio-Signature: [A-Za-z0-9+/=]+' --data ", line)
    assert line.rstrip().endswith("http://127.0.0.1:8080/gateway/twilio/sms")


@pytest.mark.slow
def test_demo__played__finds_what_it_must_and_says_so(bilum, tmp_path):
    ended = bilum("demo", "--folder", tmp_path / "demo")
    assert ended.status == 0
    for line in (
        "3 records of pig 598000000000017 proven",
        "8 chain id, genesis, contract ... ok",
        "Audit: clean, 11 records",
        "ALTERED at record",
        "OMITTED",
    ):
        assert line in ended.out


@pytest.fixture
def pair(bilum, tmp_path):
    """The private key's file, and the public key."""
    ended = bilum("db", "backup-key", tmp_path / "backup.key")
    assert stat.S_IMODE((tmp_path / "backup.key").stat().st_mode) == 0o600
    return tmp_path / "backup.key", ended.out.strip()


def test_backup__to_a_key__is_unreadable_without_it_and_restored_by_it(
    bilum, recorded, tmp_path, pair
):
    identity, public = pair
    file = tmp_path / "b.age"
    assert bilum("backup", file, "--to", public, "--with-keys").status == 0
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    for secret in (b"bilum.db", b"SQLite format", (recorded / "data.key").read_bytes()):
        assert secret not in file.read_bytes()
    shutil.move(recorded, tmp_path / "old")
    ended = bilum("restore", file)
    assert (ended.status, "give the key file by --identity" in ended.err) == (2, True)
    assert bilum("restore", file, "--identity", identity).status == 0
    assert bilum("audit").status == 0


def test_backup__recipients_of_the_settings__may_each_restore_it(
    bilum, recorded, tmp_path, pair, monkeypatch
):
    _, mine = pair
    theirs = bilum("db", "backup-key", tmp_path / "their.key").out.strip()
    monkeypatch.setenv("BILUM_BACKUP_RECIPIENTS", f"{mine}, {theirs}")
    assert bilum("backup", tmp_path / "b.age").status == 0
    shutil.move(recorded, tmp_path / "old")
    assert bilum("restore", tmp_path / "b.age", "--identity", tmp_path / "their.key").status == 0


def test_backup__without_a_key__is_refused_and_says_what_to_do(bilum, recorded, tmp_path):
    ended = bilum("backup", tmp_path / "b.age")
    assert (ended.status, "bilum db backup-key" in ended.err) == (2, True)
    ended = bilum("backup", tmp_path / "b.age", "--to", "age1nobody")
    assert (ended.status, "begins with age1" in ended.err) == (2, True)
    assert not (tmp_path / "b.age").exists()


def test_restore__by_another_key_or_changed__is_refused(bilum, recorded, tmp_path, pair):
    _, public = pair
    bilum("backup", tmp_path / "b.age", "--to", public)
    bilum("db", "backup-key", tmp_path / "other.key")
    changed = bytearray((tmp_path / "b.age").read_bytes())
    changed[-1] ^= 1
    (tmp_path / "changed.age").write_bytes(changed)
    shutil.move(recorded, tmp_path / "old")
    for file, key in [("b.age", "other.key"), ("changed.age", "backup.key"), ("b.age", "b.age")]:
        ended = bilum("restore", tmp_path / file, "--identity", tmp_path / key)
        assert ended.status == 2, file
        assert "Traceback" not in ended.err
    assert not recorded.exists()


def test_backup_key__over_a_file__is_refused(bilum, pair):
    identity, _ = pair
    before = identity.read_bytes()
    assert bilum("db", "backup-key", identity).status == 2
    assert identity.read_bytes() == before
