"""Backups taken while records are made, and restores that must refuse."""

from __future__ import annotations

import io
import shutil
import sqlite3

import pytest

from services.audit.findings import Difference
from services.core.errors import NoPostgresTools, NotEmpty, RestoredCopy
from services.core.settings import Settings
from services.maintenance import backup
from services.maintenance.backup import BackupOptions, BackupSource
from services.maintenance.postgres_programs import dump
from services.maintenance.restored_chain import chain_end
from services.runtime.container import Runtime
from services.storage.milestones import MilestoneName, read_milestone
from services.storage.models import Contact
from services.storage.parties import party_of
from services.storage.sending_right import Refusal, find_place, give_right, may_send, refusal
from services.storage.unit_of_work import Unit
from tests.flow.deployments import embedded
from tests.services.conftest import opened
from tests.services.messaging.dispatch.post import Post

MARIA = "+67570000001"
FIRST, SECOND = "REG 598000000000017", "REG 598000000000025"


def back_up_while(stage, monkeypatch, target, *, between):
    """Write a backup; `between` happens after its first part was copied."""
    copy, copied = backup._copy_sqlite, []

    def copy_then_act(source, to):
        done = copy(source, to)
        copied.append(source.name)
        if len(copied) == 1:
            between()
        return done

    monkeypatch.setattr(backup, "_copy_sqlite", copy_then_act)
    source = BackupSource(stage.runtime.settings, stage.runtime.database, stage.runtime.clock())
    backup.back_up(source, target, BackupOptions(None, keys=True))
    assert len(copied) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("told_between", "lost"), [(False, 0), (True, 2)])
def test_backup__a_batch_recorded_between_the_copies__loses_content_at_most(
    tmp_path, monkeypatch, told_between, lost
):
    target = tmp_path / "b.tar.gz"
    with embedded(tmp_path / "data") as stage:
        stage.send(MARIA, FIRST)
        stage.record()

        def record_second():
            if told_between:
                stage.send(MARIA, SECOND)
            stage.record()

        if not told_between:
            stage.send(MARIA, SECOND)
        back_up_while(stage, monkeypatch, target, between=record_second)
    folder = tmp_path / "restored"
    backup.restore(_settings(folder), target)
    with embedded(folder) as stage:
        stage.send(MARIA, "REG 598000000000033")
        with pytest.raises(RestoredCopy):
            stage.record()
        with stage.runtime.database.write() as session:
            give_right(session, None, stage.runtime.clock())
        assert stage.record() == 6
        assert [found.difference for found in stage.audit().findings] == (
            [Difference.CONTENT_LOST] * lost
        )


def _settings(folder):
    return Settings.from_env({"BILUM_DATA_DIR": str(folder)})


@pytest.fixture
def saved(bilum, imported, tmp_path):
    """A folder with a database and a chain, its backups without and with keys, moved away."""
    imported("source,destination,id,t\n1,2,00001,2005-10-18\n")
    assert bilum("backup", "--plain", tmp_path / "b.tar.gz").status == 0
    assert bilum("backup", "--plain", tmp_path / "keys.tar.gz", "--with-keys").status == 0
    shutil.move(tmp_path / "data", tmp_path / "old")
    return tmp_path / "data"


@pytest.mark.slow
def test_restore__with_or_without_the_old_chain__says_where_the_chain_ends(bilum, saved, tmp_path):
    old, file = tmp_path / "old", tmp_path / "b.tar.gz"
    told = bilum("restore", file).out
    end = chain_end(_settings(old).chain)
    at = f"{end.size}:{end.root.hex()}"
    assert f"the chain now ends at {at}; checkpoints and receipts after it are void" in told
    for one in old.glob("bilum.db*"):
        one.unlink()
    shutil.move(saved, tmp_path / "first")
    shutil.move(old, saved)
    told = bilum("restore", file).out
    assert f"the chain that was here goes on, at {at}" in told
    assert "are void" not in told


@pytest.mark.parametrize("name", ["bilum.db-wal", "bilum.db-shm", "chain.db-wal", "chain.db-shm"])
def test_restore__beside_an_old_log__is_refused(bilum, saved, tmp_path, name):
    saved.mkdir()
    (saved / name).write_bytes(b"old")
    ended = bilum("restore", tmp_path / "b.tar.gz")
    assert (ended.status, name in ended.err) == (2, True)
    assert [path.name for path in saved.iterdir()] == [name]


@pytest.mark.slow
def test_restore__without_keys__names_those_that_are_missing(bilum, saved, tmp_path):
    saved.mkdir()
    shutil.copy(tmp_path / "old" / "data.key", saved)
    err = bilum("restore", tmp_path / "b.tar.gz").err
    assert "signer.json, signer.password. Put" in err
    assert "data.key," not in err


def test_restore__with_another_key_than_the_one_here__is_refused(bilum, saved, tmp_path):
    saved.mkdir()
    (saved / "data.key").write_text("11" * 32)
    ended = bilum("restore", tmp_path / "keys.tar.gz")
    assert (ended.status, "data.key, which is another key" in ended.err) == (2, True)
    shutil.copy(tmp_path / "old" / "data.key", saved / "data.key")
    assert bilum("restore", tmp_path / "keys.tar.gz").status == 0


@pytest.mark.slow
def test_restore__after_doctor_on_an_empty_folder__works(bilum, saved, tmp_path):
    ended = bilum("doctor")
    assert (ended.status, "bilum db upgrade" in ended.out) == (1, True)
    assert not saved.exists()
    assert bilum("restore", tmp_path / "keys.tar.gz").status == 0
    ended = bilum("doctor")
    assert (ended.status, "nothing is sent: this database was restored" in ended.out) == (1, True)
    assert bilum("party", "add", "--role", "administrator", "--phone", "70000002").status == 0
    assert bilum("db", "let-send", "--by", "70000002", "--old-is-gone").status == 0
    assert bilum("doctor").status == 0


@pytest.mark.slow
def test_let_send__restored_copy__asks_an_administrator_and_keeps_who_and_when(
    bilum, saved, tmp_path, monkeypatch
):
    bilum("restore", tmp_path / "keys.tar.gz")
    for role, phone in (("keeper", "70000001"), ("administrator", "70000002")):
        bilum("party", "add", "--role", role, "--phone", phone)
    ended = bilum("db", "let-send", "--by", "70000001", "--old-is-gone")
    assert (ended.status, "Only an administrator" in ended.err) == (2, True)
    for said, status in (("n", 1), ("y", 0), ("", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(said + "\n"))
        assert bilum("db", "let-send", "--by", "70000002").status == status
    with sqlite3.connect(saved / "bilum.db") as connection:
        kinds = connection.execute(
            "SELECT kind, role FROM sending_right LEFT JOIN party ON party.id = by_id"
        ).fetchall()
    connection.close()
    assert kinds == [("given", "administrator")]


@pytest.mark.slow
@pytest.mark.parametrize("first", ["rotate", "let-send"])
def test_rotate_key__leaked_on_a_restored_copy__works_before_it_may_send_and_after(
    bilum, saved, tmp_path, first
):
    steps = {
        "rotate": ("db", "rotate-key", "--leaked"),
        "let-send": ("db", "let-send", "--by", "70000002", "--old-is-gone"),
    }
    bilum("restore", tmp_path / "keys.tar.gz")
    bilum("party", "add", "--role", "administrator", "--phone", "70000002")
    for name in sorted(steps, key=lambda name: name != first):
        ended = bilum(*steps[name])
        assert ended.status == 0, ended.err
    assert bilum("doctor").status == 0


@pytest.mark.slow
@pytest.mark.parametrize(("word", "state"), [("close", "uncertain"), ("send", "queued")])
def test_let_send__texts_that_the_old_one_may_have_sent__wants_a_word_on_them(
    bilum, tmp_path, word, state
):
    file, folder = tmp_path / "b.tar.gz", tmp_path / "data"
    with embedded(folder) as stage:
        Post(stage.runtime.database, clock=stage.runtime.clock).queue(MARIA, "+67570000005")
    assert bilum("party", "add", "--role", "administrator", "--phone", "70000002").status == 0
    assert bilum("backup", "--plain", "--with-keys", file).status == 0
    shutil.rmtree(folder)
    assert bilum("restore", file).status == 0
    ended = bilum("db", "let-send", "--by", "70000002", "--old-is-gone")
    assert (ended.status, "2 of them: add --waiting send" in ended.err) == (2, True)
    assert "nothing is sent" in bilum("doctor").out
    assert states(folder) == ["queued", "queued"]
    let_send = ("db", "let-send", "--by", "70000002", "--old-is-gone", "--waiting")
    assert bilum(*let_send, "perhaps").status == 2
    ended = bilum(*let_send, word)
    closed = 2 if word == "close" else 0
    assert (ended.status, f"{closed} texts closed as uncertain" in ended.err) == (0, True)
    assert states(folder) == [state, state]
    # Said twice, or the other word later: nothing changes.
    assert "may send already" in bilum(*let_send, "close").err
    assert states(folder) == [state, state]


@pytest.mark.slow
def test_stop_sending__then_let_send__asks_who_and_no_more(bilum, tmp_path):
    for role, phone in (("keeper", "70000001"), ("administrator", "70000002")):
        assert bilum("party", "add", "--role", role, "--phone", phone).status == 0
    with embedded(tmp_path / "data") as stage:
        Post(stage.runtime.database, clock=stage.runtime.clock).queue(MARIA)
    assert bilum("db", "stop-sending", "--by", "70000001").status == 2
    assert "may send" in bilum("doctor").out
    assert bilum("db", "stop-sending", "--by", "70000002").status == 0
    ended = bilum("doctor")
    assert (ended.status, "nothing is sent: an administrator stopped sending" in ended.out) == (
        1,
        True,
    )
    assert "Nothing is sent already" in bilum("db", "stop-sending", "--by", "70000002").err
    assert bilum("db", "let-send", "--by", "70000001").status == 2
    assert bilum("db", "let-send", "--by", "70000002").status == 0
    assert bilum("doctor").status == 0
    assert states(tmp_path / "data") == ["queued"]


def states(folder):
    with sqlite3.connect(folder / "bilum.db") as connection:
        found = connection.execute("SELECT state FROM message").fetchall()
    connection.close()
    return [state for (state,) in found]


@pytest.mark.parametrize(
    "command", [("run",), ("serve",), ("worker",), ("party", "add", "--role", "keeper")]
)
def test_command_that_needs_numbers__data_key_missing__says_so_and_makes_none(
    bilum, saved, tmp_path, command
):
    bilum("restore", tmp_path / "b.tar.gz")
    ended = bilum(*command, *(("--phone", "70000001") if "party" in command else ()))
    assert (ended.status, "data.key is missing" in ended.err) == (3, True)
    assert not (saved / "data.key").exists()


@pytest.mark.slow
def test_audit__data_key_missing__needs_none(bilum, saved, tmp_path):
    bilum("restore", tmp_path / "b.tar.gz")
    assert bilum("audit").status == 0
    assert not (saved / "data.key").exists()


@pytest.mark.slow
def test_import__signer_of_the_chain_missing__is_refused(bilum, saved, tmp_path):
    bilum("restore", tmp_path / "b.tar.gz")
    shutil.copy(tmp_path / "old" / "data.key", saved)
    bilum("party", "add", "--role", "administrator", "--phone", "70000002")
    bilum("db", "let-send", "--by", "70000002", "--old-is-gone")
    rows = tmp_path / "more.csv"
    rows.write_text("source,destination,id,t\n2,3,00001,2005-10-19\n")
    ended = bilum("import", "movements", rows)
    assert (ended.status, "signer.json is missing" in ended.err) == (3, True)
    assert not (saved / "signer.json").exists()


def test_backup__into_a_folder_that_is_not_there__is_one_sentence(bilum, tmp_path):
    ended = bilum("backup", "--plain", tmp_path / "nowhere" / "b.tar.gz")
    assert (ended.status, "cannot be written" in ended.err) == (3, True)


def restore_settings(folder, url):
    return Settings.from_env({"BILUM_DATA_DIR": str(folder), "BILUM_DATABASE_URL": url})


@pytest.mark.postgres
def test_backup__of_postgresql__comes_back_whole_into_an_empty_database_alone(
    tmp_path, postgres_url
):
    settings = restore_settings(tmp_path / "data", postgres_url)
    runtime = Runtime.open(settings)
    runtime.database.upgrade()
    with runtime.database.write() as session:
        party_of(Unit(session, runtime.database.vault), MARIA)
        assert may_send(session, runtime.clock())
        place = find_place(session)
    target = tmp_path / "b.tar.gz"
    source = BackupSource(settings, runtime.database, runtime.clock())
    names = backup.back_up(source, target, BackupOptions(None))
    assert names == ["bilum.pgdump"]
    with pytest.raises(NotEmpty, match="holds tables"):
        backup.restore(settings, target)
    with runtime.database.write() as session:
        session.connection().exec_driver_sql("DROP SCHEMA public CASCADE")
        session.connection().exec_driver_sql("CREATE SCHEMA public")
    backup.restore(settings, target)
    runtime.database.require_schema()
    with runtime.database.read() as session:
        assert session.query(Contact.number).scalar() == MARIA
        # It is where it was, and yet a restored copy, from the first moment on.
        assert find_place(session) == place
        assert refusal(session) is Refusal.BACKUP
    runtime.close()


@pytest.mark.postgres
def test_dump__of_a_database_that_is_not_there__tells_what_the_program_said(tmp_path, postgres_url):
    with pytest.raises(NoPostgresTools, match="does not exist") as raised:
        dump(postgres_url + "_none", tmp_path / "d")
    assert "bilum@" not in raised.value.detail


def test_backup__each__is_noted_with_its_time_for_the_alert(saved, tmp_path):
    file = tmp_path / "old" / "bilum.db"
    with opened(f"sqlite:///{file}") as database, database.read() as session:
        assert read_milestone(session, MilestoneName.BACKUP) is not None
