from __future__ import annotations

import re
import sqlite3

import pytest

from services.core.keyring import read_ring
from tests.support.paths import ROOT


@pytest.fixture
def key(bilum, tmp_path):
    """The key file, of a database that holds a number."""
    assert bilum("party", "add", "--role", "inspector", "--phone", "+67570000001").status == 0
    return tmp_path / "data" / "data.key"


def party(bilum):
    ended = bilum("party", "add", "--role", "inspector", "--phone", "+67570000001")
    return ended.err.split()[1]


@pytest.mark.slow
def test_rotate_key__then_retire__finds_the_same_person_under_a_new_key(bilum, key):
    before, who = key.read_text().split()[0], party(bilum)
    ended = bilum("db", "rotate-key")
    assert (ended.status, "sealed anew: 1" in ended.err) == (0, True)
    assert "bilum db rotate-key --retire" in ended.err
    assert before in key.read_text()
    ended = bilum("db", "rotate-key", "--retire")
    assert (ended.status, "Keep a copy of data.key" in ended.err) == (0, True)
    assert len(read_ring(key.read_text()).seals) == 1
    assert before not in key.read_text()
    assert party(bilum) == who


def test_rotate_key__leaked__finds_the_same_person_and_says_what_ended(bilum, key):
    who = party(bilum)
    ended = bilum("db", "rotate-key", "--leaked")
    assert (ended.status, "codes of passports have ended" in ended.err) == (0, True)
    assert party(bilum) == who
    assert bilum("doctor").status == 0


@pytest.mark.parametrize("option", [(), ("--leaked",)])
def test_rotate_key__value_that_does_not_open__ends_and_names_it(bilum, key, tmp_path, option):
    assert bilum("party", "add", "--role", "inspector", "--phone", "+67570000002").status == 0
    with sqlite3.connect(tmp_path / "data" / "bilum.db") as file:
        file.execute("UPDATE contact SET number = X'02616c7465726564' WHERE id = 1")
    ended = bilum("db", "rotate-key", *option)
    assert (ended.status, "contact 1" in ended.err) == (1, True)
    assert "+675" not in ended.err
    assert bilum("party", "add", "--role", "inspector", "--phone", "+67570000003").status == 0


def test_rotate_key__of_the_environment__asks_for_its_file(bilum, key, tmp_path, monkeypatch):
    who, elsewhere = party(bilum), tmp_path / "secret"
    elsewhere.write_text(key.read_text())
    monkeypatch.setenv("BILUM_DATA_KEY_FILE", str(elsewhere))
    ended = bilum("db", "rotate-key")
    assert (ended.status, "--key-file" in ended.err) == (2, True)
    assert bilum("db", "rotate-key", "--leaked", "--key-file", elsewhere).status == 0
    assert party(bilum) == who
    monkeypatch.delenv("BILUM_DATA_KEY_FILE")
    ended = bilum("db", "rotate-key")
    assert (ended.status, "wrong_data_key" in ended.err) == (3, True)


def test_rotate_key__copy_of_a_key_that_cannot_be_written__is_put_back_at_the_end(
    bilum, key, tmp_path, monkeypatch
):
    """As docs/operations.md tells for docker-compose.yml: the settings give the old key so long."""
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    typed = re.findall(r"-v /srv/bilum-key:/key web (db .*)", guide)
    assert len(typed) == 2
    who, given, folder = party(bilum), tmp_path / "data-key", tmp_path / "key"
    given.write_text(key.read_text())
    monkeypatch.setenv("BILUM_DATA_KEY_FILE", str(given))
    folder.mkdir()
    (folder / "data.key").write_text(given.read_text())
    for line in typed:
        ended = bilum(*line.replace("/key/", f"{folder}/").split())
        assert ended.status == 0, ended.err
    given.write_text((folder / "data.key").read_text())
    assert len(read_ring(given.read_text()).seals) == 1
    assert party(bilum) == who


def test_rotate_key__both_options__are_wrong_usage(bilum, key):
    assert bilum("db", "rotate-key", "--retire", "--leaked").status == 2
