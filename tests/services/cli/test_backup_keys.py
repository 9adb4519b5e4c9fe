"""Backups with the keys, wherever the keys are."""

from __future__ import annotations

import shutil
import tarfile

import pytest

from chain.keys import KEY_FILES
from services.storage.data_key import read_key

KEYSTORE, PASSWORD = KEY_FILES
KEYS = ("data.key", *KEY_FILES)
URL = "http://127.0.0.1:1"


@pytest.fixture
def data(imported, tmp_path):
    """A data folder with a database, a chain and the keys of both."""
    imported("source,destination,id,t\n1,2,00001,2005-10-18\n")
    return tmp_path / "data"


@pytest.fixture
def given(data, tmp_path, monkeypatch):
    """The same, where settings give the keys: the folder in which they are."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in KEYS:
        shutil.move(data / name, folder)
    monkeypatch.setenv("BILUM_DATA_KEY_FILE", str(folder / "data.key"))
    monkeypatch.setenv("BILUM_SIGNER_KEYSTORE", str(folder / KEYSTORE))
    monkeypatch.setenv("BILUM_SIGNER_PASSWORD_FILE", str(folder / PASSWORD))
    return folder


def without_settings(monkeypatch):
    for name in ("DATA_KEY_FILE", "SIGNER_KEYSTORE", "SIGNER_PASSWORD_FILE"):
        monkeypatch.delenv(f"BILUM_{name}")


def names(file):
    with tarfile.open(file) as tar:
        return tar.getnames()


@pytest.mark.slow
def test_backup_with_keys__given_by_settings__holds_them_and_comes_back(
    bilum, data, given, tmp_path, monkeypatch
):
    file = tmp_path / "b.tar.gz"
    ended = bilum("backup", "--plain", "--with-keys", file)
    assert (ended.status, set(names(file)) > set(KEYS)) == (0, True)
    shutil.rmtree(data)
    assert bilum("restore", file).status == 0
    assert {*KEYS}.isdisjoint(path.name for path in data.iterdir()), "settings give them"
    shutil.rmtree(data)
    without_settings(monkeypatch)
    ended = bilum("restore", file)
    assert (ended.status, "Missing" in ended.err, "Worker" in ended.err) == (0, False, False)
    assert read_key(data / "data.key") == read_key(given / "data.key")
    assert bilum("party", "add", "--role", "administrator", "--phone", "70000002").status == 0
    assert bilum("db", "let-send", "--by", "70000002", "--old-is-gone").status == 0
    assert bilum("doctor").status == 0


def test_restore_with_keys__settings_give_another__is_refused(
    bilum, data, given, tmp_path, monkeypatch
):
    file = tmp_path / "b.tar.gz"
    bilum("backup", "--plain", "--with-keys", file)
    shutil.rmtree(data)
    (given / "data.key").write_text("11" * 32)
    ended = bilum("restore", file)
    assert (ended.status, "BILUM_DATA_KEY, which is another key" in ended.err) == (2, True)


@pytest.mark.parametrize("name", KEYS)
def test_backup_with_keys__one_is_not_in_the_folder__is_refused_and_named(
    bilum, data, tmp_path, name
):
    (data / name).unlink()
    ended = bilum("backup", "--plain", "--with-keys", tmp_path / "b.tar.gz")
    assert (ended.status, f"not here: {name}." in ended.err) == (3, True)
    assert not (tmp_path / "b.tar.gz").exists()


def test_backup_with_keys__settings_of_the_web_beside_a_node__names_the_signer(
    bilum, data, tmp_path, monkeypatch
):
    monkeypatch.setenv("BILUM_CHAIN_URL", URL)
    ended = bilum("backup", "--plain", "--with-keys", tmp_path / "b.tar.gz")
    assert ended.status == 3
    assert "BILUM_SIGNER_KEYSTORE, BILUM_SIGNER_PASSWORD. Run it where the worker's" in ended.err
    assert bilum("backup", "--plain", tmp_path / "b.tar.gz").status == 0


def test_restore_with_keys__of_a_node__says_which_settings_must_name_them(
    bilum, data, given, tmp_path, monkeypatch
):
    monkeypatch.setenv("BILUM_CHAIN_URL", URL)
    file = tmp_path / "b.tar.gz"
    assert bilum("backup", "--plain", "--with-keys", file).status == 0
    shutil.move(data, tmp_path / "old")
    without_settings(monkeypatch)
    told = bilum("restore", file).err.replace("\n", "")
    assert f"BILUM_SIGNER_KEYSTORE={data / KEYSTORE}" in told
    assert f"BILUM_SIGNER_PASSWORD_FILE={data / PASSWORD}" in told
    assert (data / KEYSTORE).read_bytes() == (given / KEYSTORE).read_bytes()
