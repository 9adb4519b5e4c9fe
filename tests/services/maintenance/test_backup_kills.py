"""A backup and a restore, killed at each step: nothing half is taken for whole, and it goes on."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from chain.keys import KEY_FILES
from services.core.errors import NotABackup, NotEmpty, RestoreUnfinished
from services.core.settings import Settings
from services.maintenance import archive, backup, postgres_programs, restoring, whole_files
from services.maintenance.backup import BackupOptions, BackupSource, back_up, restore
from services.maintenance.backup_folder import (
    backup_name,
    copy_backup,
    fill,
    newest,
    noted_digest,
)
from services.runtime.container import Runtime
from services.storage.database import Database
from tests.factories import NOW
from tests.support.environment import KILL_STEP
from tests.support.processes import DONE, die_at, in_child

# Steps after which something is on the disk that was not there before.
STEPS = (
    (shutil, "copyfileobj"),
    (whole_files, "copy"),
    (whole_files, "flush"),
    (whole_files, "move"),
    (whole_files, "put"),
    (whole_files, "write"),
    (restoring, "end_restore"),
    (backup, "begin_restore"),
    (backup, "end_restore"),
    (backup, "load"),
    (backup, "pack"),
    (backup, "seal"),
    (archive, "unseal"),
    (Path, "replace"),
    (Path, "unlink"),
)


def kill_in(number, work):
    """Do work in a child that is killed at a point, counted over the steps above."""

    def child():
        point = die_at(number)
        for owner, name in STEPS:
            setattr(owner, name, between(getattr(owner, name), point))
        work()

    return in_child(child)


def between(step, point):
    def stepped(*arguments, **named):
        point()
        done = step(*arguments, **named)
        point()
        return done

    return stepped


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where scratch folders are made: looked at afterwards."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def settings_of(folder, url=""):
    named = {"BILUM_DATABASE_URL": url} if url else {}
    return Settings.from_env({"BILUM_DATA_DIR": str(folder), **named})


@pytest.fixture
def installed(migrated_folder, tmp_path):
    """An installation with a phone in its database, a chain that is none and its signer."""
    folder = shutil.copytree(migrated_folder, tmp_path / "data")
    with closing(sqlite3.connect(folder / "chain.db")) as connection, connection:
        connection.execute("CREATE TABLE block (number INTEGER)")
    for name in KEY_FILES:
        (folder / name).write_text("none either")
    database = Database.from_settings(settings_of(folder))
    yield database
    database.close()


def saved(database, folder, target, now=NOW):
    source = BackupSource(settings_of(folder), database, now)
    return back_up(source, target, BackupOptions(None, keys=True))


def parts_of(folder):
    """Files of a data folder but for locks, by their names."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def is_begun(folder):
    return (folder / "restore.unfinished").exists()


@pytest.mark.slow
def test_restore__killed_at_each_step__is_known_and_goes_on(
    installed, migrated_folder, tmp_path, scratch
):
    file = tmp_path / "b.tar.gz"
    saved(installed, tmp_path / "data", file)
    whole = tmp_path / "whole"
    restore(settings_of(whole), file)
    wanted, half, ended = parts_of(whole), 0, signal.SIGKILL
    assert wanted.keys() >= {"bilum.db", "chain.db", "data.key"}
    for number in count(1, KILL_STEP):
        folder = tmp_path / f"to{number}"
        ended = kill_in(number, lambda to=folder: restore(settings_of(to), file))
        if ended == DONE:
            break
        assert ended == signal.SIGKILL
        if folder.exists() and parts_of(folder).keys() - {".restore.unfinished.new"}:
            there = {name: parts_of(folder).get(name) for name in wanted}
            if there == wanted and not is_begun(folder):
                # It was killed after its last step.
                Runtime.open(settings_of(folder)).close()
                shutil.rmtree(folder)
                continue
            if there != wanted:
                half += 1
                # No command takes it for an installation, and no other backup for its own.
                with pytest.raises(RestoreUnfinished, match="did not end"):
                    Runtime.open(settings_of(folder))
        restore(settings_of(folder), file)
        assert parts_of(folder) == wanted
        Runtime.open(settings_of(folder)).close()
        assert list(scratch.iterdir()) == []
        shutil.rmtree(folder)
    assert half > 0
    assert number > KILL_STEP


def test_restore__after_a_killed_one_of_another_backup__is_refused(
    installed, tmp_path, scratch, monkeypatch
):
    first, second = tmp_path / "1.tar.gz", tmp_path / "2.tar.gz"
    saved(installed, tmp_path / "data", first)
    saved(installed, tmp_path / "data", second, NOW + timedelta(days=1))
    assert first.read_bytes() != second.read_bytes()
    folder = tmp_path / "to"
    monkeypatch.setattr(backup, "end_restore", lambda _folder: None)
    restore(settings_of(folder), first)
    with pytest.raises(NotEmpty, match="another backup"):
        restore(settings_of(folder), second)


def test_restore__while_another_one_goes_on__is_refused(installed, tmp_path, monkeypatch, scratch):
    file, folder = tmp_path / "b.tar.gz", tmp_path / "to"
    saved(installed, tmp_path / "data", file)
    begin, refused = backup.begin_restore, []

    def begin_then_try(to, digest):
        begin(to, digest)
        with pytest.raises(RestoreUnfinished, match="goes on") as raised:
            restore(settings_of(folder), file)
        refused.append(raised)

    monkeypatch.setattr(backup, "begin_restore", begin_then_try)
    restore(settings_of(folder), file)
    assert len(refused) == 1
    Runtime.open(settings_of(folder)).close()


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, b"the one of yesterday"])
def test_backup__killed_at_each_step__is_whole_or_not_there(installed, tmp_path, scratch, before):
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "b.tar.gz"
    for number in count(1, KILL_STEP):
        file.unlink(missing_ok=True)
        if before:
            file.write_bytes(before)
        ended = kill_in(number, lambda: saved(installed, tmp_path / "data", file))
        if ended == DONE:
            break
        assert ended == signal.SIGKILL
        if file.exists() and file.read_bytes() != before:
            with tempfile.TemporaryDirectory() as opened:
                assert "bilum.db" in archive.open_backup(file, None, Path(opened)).names
        saved(installed, tmp_path / "data", file)
        # Nothing lies about of what was killed: it is the database, in clear.
        assert [path.name for path in folder.iterdir()] == [file.name]
    assert number > KILL_STEP


@pytest.mark.slow
def test_backup_into_a_folder__killed_at_each_step__leaves_whole_ones_alone(
    installed, tmp_path, scratch
):
    first, second = tmp_path / "first", tmp_path / "second"

    def night(at):
        def make(target, before):
            source = BackupSource(settings_of(tmp_path / "data"), installed, at)
            back_up(source, target, BackupOptions(None), before)

        copy_backup(fill(first, backup_name(at, "0" * 12, sealed=False), make), second)

    for number in count(1, KILL_STEP):
        for folder in (first, second):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        ended = kill_in(number, lambda: night(NOW))
        if ended == DONE:
            break
        assert ended == signal.SIGKILL
        begun = [folder for folder in (first, second) if is_backup_in(folder)]
        night(NOW + timedelta(seconds=1))
        for folder in (first, second):
            assert len(list(folder.iterdir())) == 2 * (1 + (folder in begun))
    assert number > KILL_STEP


def is_backup_in(folder):
    """Tell whether a folder offers a backup, which must then be whole."""
    try:
        file = newest(folder, None)
    except NotABackup:
        return False
    assert whole_files.digest_of(file) == noted_digest(file)
    with tempfile.TemporaryDirectory() as opened:
        assert "bilum.db" in archive.open_backup(file, None, Path(opened)).names
    return True


@pytest.mark.postgres
def test_restore_of_postgresql__killed_at_each_step__goes_on(postgres_url, tmp_path, scratch):
    folder, file = tmp_path / "data", tmp_path / "b.tar.gz"
    runtime = Runtime.open(settings_of(folder, postgres_url))
    runtime.database.upgrade()
    back_up(
        BackupSource(runtime.settings, runtime.database, NOW), file, BackupOptions(None, keys=True)
    )
    runtime.close()
    tables = count_tables(postgres_url)
    for number in count(1, max(KILL_STEP, 4)):
        to = settings_of(tmp_path / f"to{number}", postgres_url)
        empty(postgres_url)
        ended = kill_in(number, lambda to=to: restore(to, file))
        if ended == DONE:
            break
        assert ended == signal.SIGKILL
        wait_for_orphans(postgres_url)
        assert count_tables(postgres_url) in {0, tables}
        if is_begun(to.data_dir) or not count_tables(postgres_url):
            restore(to, file)
        assert count_tables(postgres_url) == tables
        with closing(Runtime.open(to)) as again:
            again.database.require_schema()
    assert number > 4


def empty(url):
    execute(url, "DROP SCHEMA public CASCADE")
    execute(url, "CREATE SCHEMA public")


def count_tables(url):
    query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    return execute(url, query).scalar_one()


def wait_for_orphans(url):
    """Let what a killed restore started end, as an operator does who looks before the next one."""
    postgres_programs._server_version(url)
    execute(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def execute(url, statement):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        done = connection.execute(text(statement))
        frozen = done.freeze() if done.returns_rows else None
    engine.dispose()
    return frozen and frozen()
