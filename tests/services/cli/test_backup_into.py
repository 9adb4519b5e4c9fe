"""Backups into a folder, night after night."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from services.core.clock import utc_now
from services.maintenance.backup_folder import backup_name, read_name


@pytest.fixture
def folders(bilum, imported, tmp_path):
    imported("source,destination,id,t\n1,2,00001,2005-10-18\n")
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    return tmp_path / "first", tmp_path / "second"


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def noted(tmp_path):
    with closing(sqlite3.connect(tmp_path / "data" / "bilum.db")) as connection:
        return dict(connection.execute("SELECT name, at FROM milestone"))


def age(folder, days):
    """Add a backup of some days ago, made as the others."""
    newest = next(path for path in folder.iterdir() if path.suffix != ".sha256")
    old = folder / backup_name(
        utc_now() - timedelta(days=days), read_name(newest.name).of, sealed=False
    )
    shutil.copy(newest, old)
    beside = newest.with_name(f"{newest.name}.sha256").read_text("utf-8")
    old.with_name(f"{old.name}.sha256").write_text(beside.replace(newest.name, old.name))
    return old


def test_backup_into__two_folders__are_the_same_and_lose_old_ones(bilum, folders, tmp_path):
    first, second = folders
    ended = bilum("backup", "--plain", "--into", first, "--copy-to", second)
    assert (ended.status, "the same, read there" in ended.err) == (0, True)
    assert "on one disk" in ended.err
    assert files(first) == files(second)
    made = files(first)
    for folder in folders:
        age(folder, 500)
        age(folder, 1)
        for name in made:
            (folder / name).unlink()
    ended = bilum("backup", "--plain", "--into", first, "--copy-to", second, "--keep", 1, 0, 0)
    assert (ended.status, ended.err.count("2 older ones removed")) == (0, 2)
    assert files(first) == files(second)
    assert len(files(first)) == 2
    assert noted(tmp_path).keys() == {"backup"}


def test_backup_into__shared_with_an_installation_that_is_a_restored_copy__keeps_both(
    bilum, folders, tmp_path
):
    """A training system, made of production's backup, that copies to the same place."""
    first, second = folders
    kept = ("--keep", 1, 0, 0)
    assert bilum("backup", "--plain", tmp_path / "b.tar.gz").status == 0
    assert bilum("backup", "--plain", "--into", first, "--copy-to", second, *kept).status == 0
    production = files(second)
    shutil.move(tmp_path / "data", tmp_path / "production")
    assert bilum("restore", tmp_path / "b.tar.gz").status == 0
    for name in ("data.key", "signer.json", "signer.password"):
        shutil.copy(tmp_path / "production" / name, tmp_path / "data")
    training = tmp_path / "training"
    training.mkdir()
    assert bilum("backup", "--plain", "--into", training, "--copy-to", second, *kept).status == 0
    assert files(second) == sorted([*production, *files(training)])
    assert len(files(second)) == 4


def test_backup_into__folder_with_one_of_an_earlier_version__says_that_it_stays(
    bilum, folders, tmp_path
):
    (first, _), name = folders, "bilum-20200101T000000Z.tar.gz"
    (first / name).write_bytes(b"old")
    (first / f"{name}.sha256").write_text(f"{'0' * 64}  {name}\n")
    ended = bilum("backup", "--plain", "--into", first, "--keep", 1, 0, 0)
    assert (ended.status, "1 of an earlier version" in ended.err) == (0, True)
    assert (first / name).exists()


def test_backup_into__copy_fails__is_an_error_that_keeps_the_first_and_notes_none(
    bilum, folders, tmp_path, monkeypatch
):
    first, second = folders
    monkeypatch.setenv("BILUM_BACKUP_COPY", str(second / "gone"))
    ended = bilum("backup", "--plain", "--into", first)
    assert (ended.status, "The copy" in ended.err or "gone" in ended.err) == (3, True)
    assert len(files(first)) == 2
    assert noted(tmp_path) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("b.tar.gz", "--into", "."),
        ("b.tar.gz", "--copy-to", "."),
        ("--into", ".", "--keep", "0", "1", "1"),
    ],
)
def test_backup__wrong_usage__is_told_before_anything_is_made(
    bilum, tmp_path, monkeypatch, arguments
):
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path)
    assert bilum("backup", "--plain", *arguments).status == 2
    assert files(tmp_path) == before
