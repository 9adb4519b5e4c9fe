"""The consistency file: reading, writing, and each step of its verification."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.__main__ import main
from chain.consistency import ConsistencyProof, dump, load
from chain.errors import VerificationError
from chain.ports import Checkpoint
from chain.proof import dump as dump_proof
from chain.steps import CONSISTENCY_STEPS
from chain.verification import Expected, verify_file
from tests.chain.proofs import (
    IDENTITY,
    OTHER_CONTRACT,
    expected_of_consistency,
    make_consistency,
    make_proof,
)

PROOF = make_consistency()
TEXT = dump(PROOF)
KNOWN = expected_of_consistency(PROOF)
_COUNTS = st.integers(0, 2**53 - 1)
_HASHES = st.binary(min_size=32, max_size=32)
_CHECKPOINTS = st.builds(Checkpoint, size=_COUNTS, root=_HASHES)
_PROOFS = st.builds(
    ConsistencyProof,
    ledger=st.just(IDENTITY),
    older=_CHECKPOINTS,
    newer=_CHECKPOINTS,
    path=st.lists(_HASHES, max_size=3).map(tuple),
)


def failure(source, known=KNOWN):
    with pytest.raises(VerificationError) as caught:
        verify_file(source, known)
    assert caught.value.name == CONSISTENCY_STEPS[caught.value.step].name
    return caught.value.name


def altered(**changes):
    return dump(replace(PROOF, **changes))


@given(_PROOFS)
def test_load__any_proof_dumped__comes_back_the_same(proof):
    text = dump(proof)
    assert load(text) == proof
    assert dump(load(text)) == text


@pytest.mark.parametrize("key", json.loads(TEXT))
def test_load__a_key_missing_or_twice__is_refused(key):
    document = json.loads(TEXT)
    twice = TEXT.replace("{", f"{{{json.dumps(key)}: {json.dumps(document[key])},", 1)
    del document[key]
    assert failure(json.dumps(document)) == failure(twice) == "parse"


@pytest.mark.parametrize(
    "change", [{"records": []}, {"version": 2}, {"format": "bilum-proof"}, {"format": "bilum"}]
)
def test_load__another_kind_or_version__is_refused(change):
    assert failure(json.dumps(json.loads(TEXT) | change)) == "parse"


@pytest.mark.parametrize("new", range(1, 20))
def test_verify_file__any_two_sizes__is_silent_and_returns_it(new):
    for old in range(1, new + 1):
        proof = make_consistency(old, new)
        assert verify_file(dump(proof), expected_of_consistency(proof)) == proof, old
        assert verify_file(dump(proof), Expected()) == proof, old


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"older": Checkpoint(0, PROOF.older.root)}, "path"),
        ({"older": Checkpoint(8, PROOF.older.root)}, "path"),
        ({"path": PROOF.path[:-1]}, "path"),
        ({"path": (*PROOF.path, bytes(32))}, "path"),
        ({"path": (bytes(32), *PROOF.path[1:])}, "older"),
        ({"older": replace(PROOF.older, root=bytes(32))}, "older"),
        ({"path": (*PROOF.path[:-1], bytes(32))}, "newer"),
        ({"newer": replace(PROOF.newer, root=bytes(32))}, "newer"),
        ({"ledger": replace(IDENTITY, chain_id=1)}, "ledger"),
        ({"ledger": replace(IDENTITY, genesis=bytes(32))}, "ledger"),
        ({"ledger": replace(IDENTITY, contract=OTHER_CONTRACT)}, "ledger"),
    ],
)
def test_verify_file__one_value_altered__fails_at_its_step(changes, name):
    assert failure(altered(**changes)) == name


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"older_root": bytes(32)}, "older_checkpoint"),
        ({"older_size": 4}, "older_checkpoint"),
        ({"root": bytes(32)}, "newer_checkpoint"),
        ({"size": 8}, "newer_checkpoint"),
        ({"chain_id": 1}, "ledger"),
        ({"genesis": bytes(32)}, "ledger"),
        ({"contract": OTHER_CONTRACT}, "ledger"),
    ],
)
def test_verify_file__another_value_than_is_known__fails_at_its_step(known, name):
    assert failure(TEXT, replace(KNOWN, **known)) == name


def test_verify_file__the_old_tree_is_whole_in_the_new__any_older_root_must_lead_to_the_newer():
    proof = make_consistency(4, 7)
    assert failure(dump(replace(proof, older=Checkpoint(4, bytes(32)))), Expected()) == "newer"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "consistency.json"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_command__all_is_given__prints_a_line_a_step(file, capsys):
    given = [
        f"--older-root={PROOF.older.root.hex()}",
        f"--older-size={PROOF.older.size}",
        f"--root={PROOF.newer.root.hex()}",
        f"--size={PROOF.newer.size}",
        f"--chain-id={IDENTITY.chain_id}",
        f"--genesis={IDENTITY.genesis.hex()}",
        f"--contract={IDENTITY.contract}",
    ]
    assert main(["verify", str(file), *given]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:7]] == list("1234567")
    assert all(line.endswith("... ok") for line in lines[:7])
    assert lines[7:] == ["the first 3 of 7 record(s) proven to be those of the older checkpoint"]


def test_command__nothing_is_given__says_what_was_not_compared(file, capsys):
    assert main(["verify", str(file)]) == 2
    out = capsys.readouterr().out
    assert out.count("NOT CHECKED") == 3
    assert "NOT PROVEN" in out
    for advice in ("--older-root", "--older-size", "--root", "--size", "--contract"):
        assert advice in out


def test_command__altered__names_the_step_and_its_error(file, capsys):
    file.write_text(altered(path=(bytes(32), *PROOF.path[1:])))
    assert main(["verify", str(file)]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("step 3 failed: ")
    assert last.endswith(" [older]")


def test_command__of_an_animal__is_status_2(file, capsys):
    assert main(["verify", str(file), "--tag=598000000000001"]) == 2
    assert "--tag" in capsys.readouterr().err


def test_command__a_value_that_a_proof_of_records_lacks__is_status_2(tmp_path, capsys):
    path = tmp_path / "proof.json"
    path.write_text(dump_proof(make_proof()))
    assert main(["verify", str(path), "--older-size=3"]) == 2
    captured = capsys.readouterr()
    assert "--older-size" in captured.err
    assert captured.out == ""
