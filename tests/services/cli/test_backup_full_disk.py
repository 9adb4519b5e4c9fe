"""Backup, restore and trial where a disk is full: told of the disk, not of the backup."""

from __future__ import annotations

import shutil
import tarfile
import tempfile

import pytest

from tests.services.box.test_full_disk import ballast, card

pytestmark = [pytest.mark.namespaces]

SIZE = 1 << 20
KEY = "backup.key"


@pytest.fixture
def small(tmp_path):
    with card(tmp_path / "card", SIZE) as folder:
        yield folder


@pytest.fixture
def scratch(small, monkeypatch):
    """A small disk, as TMPDIR."""
    monkeypatch.setattr(tempfile, "tempdir", str(small))
    return small


@pytest.fixture
def public(bilum, tmp_path):
    return bilum("db", "backup-key", tmp_path / KEY).out.strip()


@pytest.fixture
def made(bilum, imported, tmp_path, public):
    """An encrypted backup of recorded movements."""
    imported("source,destination,id,t\n1,2,00001,2005-10-18\n")
    assert bilum("backup", tmp_path / "b.age", "--to", public).status == 0
    return tmp_path / "b.age"


@pytest.mark.parametrize("when", ["at the start", "in the middle"])
def test_restore_and_trial__tmpdir_is_full__say_so_and_what_to_set(
    bilum, made, scratch, tmp_path, when
):
    if when == "at the start":
        ballast(scratch)
    shutil.move(tmp_path / "data", tmp_path / "old")
    ended = bilum("restore", made, "--identity", tmp_path / KEY)
    assert (ended.status, "(not_in_place)" in ended.err) == (3, True)
    assert str(scratch) in ended.err
    assert "TMPDIR" in ended.err
    assert not (tmp_path / "data" / "bilum.db").exists()
    shutil.move(tmp_path / "old", tmp_path / "data")
    ended = bilum("db", "verify-backup", made, "--identity", tmp_path / KEY)
    assert (ended.status, "(not_in_place)" in ended.err, "not good" in ended.out) == (
        3,
        True,
        False,
    )


def test_backup__its_disk_is_full_while_it_is_encrypted__is_one_sentence(
    bilum, made, tmp_path, public
):
    whole = tmp_path / "whole.tar.gz"
    assert bilum("backup", "--plain", whole).status == 0
    with tarfile.open(whole) as tar:
        parts = sum(_blocks(part.size) for part in tar.getmembers())
    half = made.stat().st_size // 2
    with card(tmp_path / "card", parts + _blocks(whole.stat().st_size) + _blocks(half)) as small:
        ended = bilum("backup", small / "b.age", "--to", public)
        told = "b.age cannot be written: No space left on device"
        assert (ended.status, told in ended.err) == (3, True)
        assert not list(small.iterdir())


def _blocks(size):
    return -(-size // 4096) * 4096


def test_restore__its_data_folder_is_full__is_one_sentence(
    bilum, made, small, tmp_path, monkeypatch
):
    shutil.rmtree(tmp_path / "data")
    monkeypatch.setenv("BILUM_DATA_DIR", str(small))
    ballast(small)
    ended = bilum("restore", made, "--identity", tmp_path / KEY)
    assert (ended.status, "No space left on device" in ended.err) == (3, True)
    (small / "log").unlink()
    (small / "log").write_bytes(bytes(SIZE // 2))
    ended = bilum("restore", made, "--identity", tmp_path / KEY)
    assert (ended.status, "No space left on device" in ended.err) == (3, True)
