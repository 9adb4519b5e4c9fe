"""A backup is tried: a good one is noted, and whatever is wrong with it is told."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, make_url, text

from services.core.clock import utc_now
from services.runtime.machine_metrics import read_installation
from tests.services.conftest import opened
from tests.support.environment import POSTGRES_URL
from tests.support.tampering import unguarded

ROWS = "source,destination,id,t\n1,2,00001,2005-10-18\n"
VERIFIED = "bilum_backup_verified_timestamp_seconds"


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def made(bilum, imported, tmp_path, scratch):
    """A backup of recorded movements."""
    imported(ROWS)
    assert bilum("backup", "--plain", tmp_path / "b.tar.gz").status == 0
    return tmp_path / "b.tar.gz"


def gauge_of(tmp_path):
    with opened(f"sqlite:///{tmp_path}/data/bilum.db") as database, database.read() as session:
        (found,) = [one for one in read_installation(session) if one.name == VERIFIED]
    return found.samples[0].value


def repacked(source, target, *, change=lambda _parts: None, told=None):
    """Pack a backup anew after a change to its parts, as one who wants it to be taken for good."""
    parts = {}
    with tarfile.open(source) as tar:
        for member in tar.getmembers():
            parts[member.name] = tar.extractfile(member).read()
    manifest = json.loads(parts["manifest.json"]) | (told or {})
    parts["manifest.json"] = json.dumps(manifest).encode()
    change(parts)
    with tarfile.open(target, "w:gz") as tar:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return target


def in_database(folder, edit):
    """A change to the database in a backup."""

    def change(parts):
        file = folder / "edited.db"
        file.write_bytes(parts["bilum.db"])
        edit(file)
        parts["bilum.db"] = file.read_bytes()
        file.unlink()

    return change


def say(statement):
    """An edit by one statement, which leaves the triggers."""

    def edit(file):
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            triggers = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
        with unguarded(file) as connection:
            if statement:
                connection.execute(statement)
            for _, sql in triggers if statement else ():
                connection.execute(sql)

    return edit


def spoil(file):
    """Overwrite a page in the middle."""
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    file.write_bytes(content)


def test_verify__good__is_noted_for_the_alert_and_leaves_the_rest_alone(
    bilum, made, tmp_path, scratch
):
    before = (tmp_path / "data" / "chain.db").read_bytes()
    assert gauge_of(tmp_path) == 0
    ended = bilum("db", "verify-backup", made)
    assert (ended.status, "wrong" in ended.out) == (0, False)
    for line in ("as many as when it was made", "4 records agree with the chain in it"):
        assert line in ended.out
    assert abs(gauge_of(tmp_path) - utc_now().timestamp()) < 60
    assert (tmp_path / "data" / "chain.db").read_bytes() == before
    assert list(scratch.iterdir()) == []


@pytest.mark.slow
def test_verify__older_one__does_not_make_the_newest_older_and_an_old_form_is_not_noted(
    bilum, made, tmp_path
):
    assert bilum("db", "verify-backup", made).status == 0
    newest = gauge_of(tmp_path)
    day_before = (utc_now() - timedelta(days=1)).isoformat()
    old = repacked(made, tmp_path / "old.tar.gz", told={"made": day_before})
    former = repacked(made, tmp_path / "former.tar.gz", told={"made": None, "rows": None})
    for file in (old, former):
        assert bilum("db", "verify-backup", file).status == 0
        assert gauge_of(tmp_path) == newest


def test_verify__with_metrics__writes_them_and_touches_no_installation(bilum, made, tmp_path):
    before = (tmp_path / "data" / "bilum.db").read_bytes()
    shutil.move(tmp_path / "data", tmp_path / "elsewhere")
    file = tmp_path / "bilum.prom"
    ended = bilum("db", "verify-backup", made, "--metrics", file)
    assert ended.status == 0
    assert "not tried: there is none here" in ended.out
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "elsewhere" / "bilum.db").read_bytes() == before
    assert f"\n{VERIFIED} 1." in file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o644


EDITS = {
    "a row is gone": ("movement has", say("DELETE FROM movement")),
    "the triggers are gone": ("triggers that protect erasure are gone", say("")),
    "a content is another": (
        "ALTERED at record",
        say("UPDATE journal SET content = replace(content, '2005', '2006')"),
    ),
    "a root is another": ("WRONG ROOT", say("UPDATE ledger_batch SET root = zeroblob(32)")),
    "a node is another": ("WRONG NODE", say("UPDATE ledger_node SET hash = zeroblob(32)")),
    "a row refers to none": ("refers to none", say("UPDATE movement SET animal_id = 99999")),
    "a page is spoilt": ("structure", spoil),
}


@pytest.mark.parametrize("fault", EDITS)
def test_verify__altered_database__says_what_is_wrong(bilum, made, tmp_path, fault):
    line, edit = EDITS[fault]
    changed = repacked(made, tmp_path / "c.tar.gz", change=in_database(tmp_path, edit))
    ended = bilum("db", "verify-backup", changed)
    assert ended.status == 1
    (told, *_) = [one for one in ended.out.splitlines() if one.startswith("wrong")]
    assert line in ended.out, told
    assert gauge_of(tmp_path) == 0


@pytest.mark.slow
def test_verify__chain_behind_its_database__is_wrong(bilum, made, tmp_path):
    def drop_chain_records(parts):
        # The chain of an installation that has recorded less.
        parts["chain.db"] = (tmp_path / "older.db").read_bytes()

    with tarfile.open(made) as tar:
        (tmp_path / "older.db").write_bytes(tar.extractfile("chain.db").read())
    shutil.copytree(tmp_path / "data", tmp_path / "kept")
    more = tmp_path / "more.csv"
    more.write_text("source,destination,id,t\n2,3,00001,2005-10-19\n")
    assert bilum("import", "movements", more).status == 0
    assert bilum("backup", "--plain", tmp_path / "newer.tar.gz").status == 0
    assert bilum("db", "verify-backup", tmp_path / "newer.tar.gz").status == 0
    mixed = repacked(tmp_path / "newer.tar.gz", tmp_path / "m.tar.gz", change=drop_chain_records)
    ended = bilum("db", "verify-backup", mixed)
    assert (ended.status, "MISSING ON CHAIN" in ended.out) == (1, True)


@pytest.mark.slow
def test_verify__chain_ahead_of_its_database__is_right(bilum, made, tmp_path):
    """As one is that was copied while records were made."""
    more = tmp_path / "more.csv"
    more.write_text("source,destination,id,t\n2,3,00001,2005-10-19\n")
    assert bilum("import", "movements", more).status == 0
    assert bilum("backup", "--plain", tmp_path / "newer.tar.gz").status == 0
    with tarfile.open(tmp_path / "newer.tar.gz") as tar:
        chain = tar.extractfile("chain.db").read()
    ahead = repacked(
        made, tmp_path / "a.tar.gz", change=lambda parts: parts.update({"chain.db": chain})
    )
    assert bilum("db", "verify-backup", ahead).status == 0


def test_verify__without_its_chain__audits_what_the_database_knows(bilum, made, tmp_path):
    alone = repacked(made, tmp_path / "a.tar.gz", change=lambda parts: parts.pop("chain.db"))
    ended = bilum("db", "verify-backup", alone)
    assert (ended.status, "what the database knows of its chain" in ended.out) == (0, True)
    line, edit = EDITS["a node is another"]
    changed = repacked(alone, tmp_path / "c.tar.gz", change=in_database(tmp_path, edit))
    ended = bilum("db", "verify-backup", changed)
    assert (ended.status, line in ended.out) == (1, True)


def test_verify__made_in_time_to_come__is_wrong(bilum, made, tmp_path):
    ahead = (utc_now() + timedelta(days=1)).isoformat()
    future = repacked(made, tmp_path / "f.tar.gz", told={"made": ahead})
    ended = bilum("db", "verify-backup", future)
    assert (ended.status, "which is to come" in ended.out) == (1, True)


@pytest.mark.slow
def test_verify__of_a_folder__tries_the_newest_by_its_key(bilum, made, tmp_path):
    folder, key = tmp_path / "folder", tmp_path / "backup.key"
    folder.mkdir()
    ended = bilum("db", "verify-backup", folder)
    assert (ended.status, "holds no backup" in ended.err) == (2, True)
    public = bilum("db", "backup-key", key).out.strip()
    assert bilum("backup", "--into", folder, "--to", public).status == 0
    for identity, status, line in (
        ((), 1, "give the key file by --identity"),
        (("--identity", made), 1, "holds no private key"),
        (("--identity", key), 0, "the one that was noted"),
    ):
        ended = bilum("db", "verify-backup", folder, *identity)
        assert (ended.status, line in ended.out) == (status, True)
    (file,) = folder.glob("*.age")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    ended = bilum("db", "verify-backup", folder, "--identity", key)
    assert ended.status == 1
    assert ended.out.count("wrong") == 2


@pytest.mark.parametrize("left", [0, 100, 0.5, 0.99])
def test_verify__cut_off__is_wrong(bilum, made, tmp_path, left):
    content = made.read_bytes()
    many = int(left * len(content)) if isinstance(left, float) else left
    (tmp_path / "cut.tar.gz").write_bytes(content[:many])
    ended = bilum("db", "verify-backup", tmp_path / "cut.tar.gz")
    assert (ended.status, "is not a backup" in ended.out) == (1, True)


@pytest.mark.postgres
def test_verify__of_postgresql__is_tried_in_a_database_of_its_own(
    bilum, tmp_path, postgres_url, monkeypatch, scratch
):
    monkeypatch.setenv("BILUM_DATABASE_URL", postgres_url)
    assert bilum("db", "upgrade").status == 0
    assert bilum("party", "add", "--role", "keeper", "--phone", "70000001").status == 0
    file = tmp_path / "b.tar.gz"
    assert bilum("backup", "--plain", file).status == 0
    abandoned = "bilum_scratch_0000abc"
    execute(f'CREATE DATABASE "{abandoned}"')
    others = databases() - {abandoned}
    ended = bilum("db", "verify-backup", file)
    assert (ended.status, "wrong" in ended.out) == (0, False)
    for line in ("as many as when it was made", "PostgreSQL took every table", "opens what"):
        assert line in ended.out
    # What a killed one left is gone as well. Tests beside this one make others.
    assert {name for name in databases() if "scratch" in name} <= others
    metrics = tmp_path / "m.prom"
    monkeypatch.delenv("BILUM_DATABASE_URL")
    ended = bilum("db", "verify-backup", file, "--metrics", metrics)
    assert (ended.status, "let BILUM_DATABASE_URL name a server" in ended.err) == (3, True)
    assert not metrics.exists()


@pytest.mark.postgres
def test_verify__role_that_may_make_no_database__says_what_to_do(
    bilum, tmp_path, postgres_url, monkeypatch, scratch
):
    monkeypatch.setenv("BILUM_DATABASE_URL", postgres_url)
    assert bilum("db", "upgrade").status == 0
    file = tmp_path / "b.tar.gz"
    assert bilum("backup", "--plain", file).status == 0
    execute("DROP ROLE IF EXISTS bilum_poor")
    execute("CREATE ROLE bilum_poor LOGIN PASSWORD 'poor'")
    try:
        poor = make_url(postgres_url).set(username="bilum_poor", password="poor")
        monkeypatch.setenv("BILUM_DATABASE_URL", poor.render_as_string(hide_password=False))
        ended = bilum("db", "verify-backup", file, "--metrics", tmp_path / "m.prom")
    finally:
        execute("DROP ROLE bilum_poor")
    assert (ended.status, "CREATEDB" in ended.err) == (3, True)


def databases():
    return set(execute("SELECT datname FROM pg_database"))


def execute(statement):
    engine = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        done = connection.execute(text(statement))
        found = list(done.scalars()) if done.returns_rows else []
    engine.dispose()
    return found
