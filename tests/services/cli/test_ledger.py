from __future__ import annotations

import json
import sqlite3

import pytest

from chain.canonical import receipt_code
from tests.support.tampering import unguarded

ROWS = "source,destination,id,t\n1,2,00001,2005-10-18\n2,3,00001,2005-10-19\n"


@pytest.fixture
def recorded(imported):
    return imported(ROWS)


@pytest.fixture
def proof(bilum, recorded, tmp_path):
    path = tmp_path / "proof.json"
    assert bilum("proof", "animal:00001", "-o", path).status == 0
    return path


def edit(folder, *statements):
    with unguarded(folder / "bilum.db") as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount


def test_verify__own_ledger__takes_all_eight_steps(bilum, proof):
    ended = bilum("verify", proof)
    assert ended.status == 0
    assert "8 chain id, genesis, contract ... ok" in ended.out
    assert "not checked" not in ended.out


def test_verify__other_contract__fails_at_step_8(bilum, proof):
    document = json.loads(proof.read_text())
    document["ledger"]["chain_id"] += 1
    proof.write_text(json.dumps(document))
    ended = bilum("verify", proof)
    assert ended.status == 1
    assert "step 8 failed" in ended.out + ended.err


def test_verify__tampered__exits_with_1_and_the_step(bilum, proof):
    document = json.loads(proof.read_text())
    document["records"][0]["salt"] = "00" * 32
    proof.write_text(json.dumps(document))
    ended = bilum("verify", proof)
    assert ended.status == 1
    assert "step 6 failed" in ended.out + ended.err


def test_proof__unknown_animal__says_so(bilum, recorded, tmp_path):
    ended = bilum("proof", "animal:00002", "-o", tmp_path / "none.json")
    assert ended.status == 2
    assert not (tmp_path / "none.json").exists()


@pytest.fixture
def consistency(bilum, recorded, tmp_path):
    """A file from the only checkpoint of the ledger to itself."""
    path = tmp_path / "consistency.json"
    with sqlite3.connect(recorded / "bilum.db") as connection:
        (size,) = connection.execute("SELECT MAX(size) FROM ledger_batch").fetchone()
    connection.close()
    assert bilum("ledger", "consistency", size, "-o", path).status == 0
    return path


def test_ledger_consistency__of_the_own_ledger__takes_all_seven_steps(bilum, consistency):
    ended = bilum("verify", consistency)
    assert ended.status == 0
    assert "7 chain id, genesis, contract ... ok" in ended.out
    assert "not checked" not in ended.out


def test_ledger_consistency__another_older_root_in_hand__fails_at_its_step(bilum, consistency):
    ended = bilum("verify", consistency, "--older-root", "00" * 32)
    assert ended.status == 1
    assert "step 5 failed: Two sources disagree about the older root." in ended.out


def test_ledger_consistency__no_batch_ended_there__says_which_do(bilum, recorded, tmp_path):
    ended = bilum("ledger", "consistency", 1, "-o", tmp_path / "none.json")
    assert ended.status == 2
    assert "no_checkpoint" in ended.err
    assert "the next are at" in ended.err
    assert not (tmp_path / "none.json").exists()


def test_audit__altered_content__exits_with_1_and_names_it(bilum, recorded):
    edit(recorded, "UPDATE journal SET content = replace(content, 'depart', 'depArt') WHERE id = 1")
    ended = bilum("audit", "--json")
    report = json.loads(ended.out)
    assert ended.status == 1
    assert report["differences"]["altered"] >= 2
    assert "ALTERED" in bilum("audit").out
    assert bilum("audit", "--tag", "animal:00001").status == 1


def test_audit__receipt__is_found_with_and_without_the_tag(bilum, recorded):
    with sqlite3.connect(recorded / "bilum.db") as connection:
        (commitment,) = connection.execute(
            "SELECT commitment FROM ledger_leaf WHERE position = 0 LIMIT 1"
        ).fetchone()
    connection.close()
    code = receipt_code(commitment)
    assert bilum("audit", "--receipt", code).status == 0
    found = bilum("audit", "--receipt", code.lower(), "--tag", "animal:00001", "--json")
    assert json.loads(found.out)["receipt"] == "on chain"
    lost = bilum("audit", "--receipt", "0000-0000-0000-0001", "--tag", "animal:00001")
    assert lost.status == 1
    assert "OMITTED" in lost.out


def test_audit__receipt_with_a_wrong_letter__says_so(bilum, recorded):
    ended = bilum("audit", "--receipt", "UUUU-0000-0000-0001")
    assert ended.status == 2
    assert "receipt" in ended.err


def test_audit__no_chain_yet__exits_with_3(bilum):
    ended = bilum("audit")
    assert ended.status == 3
    assert "chain.node_unreachable" in ended.err


def test_ledger_deploy__embedded__says_that_it_deploys_by_itself(bilum):
    ended = bilum("ledger", "deploy")
    assert ended.status == 3
    assert "BILUM_CHAIN_URL is not set" in ended.err
