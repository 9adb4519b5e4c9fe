"""`bilum audit`: which options go together, what it prints, how it ends."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from chain.canonical import public_subject
from services.audit.findings import AuditReport
from services.cli.audit import _print_report
from tests.factories import official, pig
from tests.services.cli.test_ledger import ROWS

SEED = "ab" * 32


@pytest.fixture
def recorded(imported):
    return imported(ROWS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tag", "animal:00001", "--since", "1"],
        ["--since", "1", "--projections"],
        ["--tag", "animal:00001", "--projections"],
        ["--receipt", "7KQ2-M9XA-P4TD-WZ3C", "--since", "1"],
        ["--sample", "1", "--seed", SEED, "--projections"],
        ["--sample", "1", "--seed", SEED, "--since", "1"],
        ["--sample", "1"],
        ["--seed", SEED],
        ["--among", "2"],
    ],
)
def test_options__of_two_audits__are_refused_by_name(bilum, recorded, arguments):
    ended = bilum("audit", *arguments)
    assert ended.status == 2
    assert "go" in ended.err
    assert arguments[0] in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "many"],
        ["--since", "-1"],
        ["--since", "4:abc"],
        ["--sample", "0", "--seed", SEED],
        ["--sample", "1", "--seed", "ab"],
    ],
)
def test_options__unreadable__are_refused(bilum, recorded, arguments):
    assert bilum("audit", *arguments).status == 2


def test_since__checkpoint_of_the_last_audit__goes_on_from_there(bilum, recorded):
    first = json.loads(bilum("audit", "--json").out)
    assert first["clean"]
    ended = bilum("audit", "--since", first["checkpoint"], "--json")
    again = json.loads(ended.out)
    assert (ended.status, again["records"], again["checkpoint"]) == (0, 0, first["checkpoint"])
    assert again["scope"]["since"] == first["size"]
    assert f"keep this for --since: {first['checkpoint']}" in bilum("audit").out


def test_since__of_size_zero__compares_everything(bilum, recorded):
    whole = json.loads(bilum("audit", "--json").out)
    assert json.loads(bilum("audit", "--since", "0", "--json").out)["records"] == whole["size"]


def test_since__another_root__exits_with_1_and_says_what_was_done(bilum, recorded):
    ended = bilum("audit", "--since", "2:" + "0x" + "ab" * 32)
    assert ended.status == 1
    assert "HISTORY REWRITTEN" in ended.out


def test_sample__prints_seed_and_indexes_and_what_it_leaves_out(bilum, recorded):
    ended = bilum("audit", "--sample", 3, "--seed", "0x" + SEED, "--among", 4)
    assert ended.status == 0
    assert f"seed: {SEED}" in ended.out
    assert "among: 4" in ended.out
    assert "sample: " in ended.out
    assert "not checked: " in ended.out
    drawn = json.loads(bilum("audit", "--sample", 3, "--seed", SEED, "--among", 4, "--json").out)
    assert len(drawn["scope"]["sample"]) == drawn["records"] == 3


@pytest.mark.slow
def test_projections__row_of_state_altered__is_found_by_the_replay_alone(bilum, recorded):
    with closing(sqlite3.connect(recorded / "bilum.db")) as connection, connection:
        assert connection.execute("UPDATE movement SET arrived_on = '2005-12-24'").rowcount
    assert bilum("audit").status == 0
    ended = bilum("audit", "--projections")
    assert ended.status == 1
    assert "WRONG PROJECTION: movement of animal:00001" in ended.out
    report = json.loads(bilum("audit", "--projections", "--json").out)
    assert report["differences"] == {"wrong projection": 1}


def test_tag__official_number__prints_what_the_chain_was_asked(bilum, recorded):
    with closing(sqlite3.connect(recorded / "bilum.db")) as connection, connection:
        connection.execute(
            "INSERT INTO identifier (scheme, value, animal_id) SELECT 'iso11784', ?, animal_id "
            "FROM identifier WHERE scheme = 'animal' AND value = '00001'",
            (official(1),),
        )
    ended = bilum("audit", "--tag", official(1))
    own, other = (public_subject(*key) for key in (pig(1), ("animal", "00001")))
    assert ended.status == 1
    assert f"subject {own.hex()}: 0 records on the chain" in ended.out
    assert f"subject {other.hex()}: " in ended.out
    assert "no record says so" in ended.out


def test_tag__official_number_that_neither_has__is_unknown(bilum, recorded):
    ended = bilum("audit", "--tag", official(2))
    assert ended.status == 2
    assert official(2) in ended.err


def test_print_report__records_wait__tells_since_when(capsys):
    _print_report(AuditReport(waiting=2, waiting_since="2026-11-25T02:00:00Z"), as_json=False)
    assert capsys.readouterr().out.endswith("2 waiting, the oldest since 2026-11-25T02:00:00Z\n")
    _print_report(AuditReport(), as_json=False)
    assert capsys.readouterr().out.endswith(", 0 waiting\n")
