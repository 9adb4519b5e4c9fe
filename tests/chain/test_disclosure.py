"""What the command says of a file's records, and of those that it leaves out."""

import sys
from dataclasses import replace

import pytest

from chain.__main__ import main
from chain.canonical import canonical_bytes, commitment, public_subject
from chain.errors import NodeUnreachable
from chain.merkle import Tree, inclusion_path, leaf_hash
from chain.ports import Checkpoint, Leaf, LoggedLeaf
from chain.proof import Proof, ProvenRecord, dump
from tests.chain.proofs import IDENTITY, TAG, make_proof, salt_of

_NUMBER = TAG["value"]
_NODE = ["--node=http://node", f"--contract={IDENTITY.contract}"]


def _history(*records, subject=TAG):
    """Prove the records of one animal, which are a whole ledger."""
    key, tree, nodes, leaves = public_subject(subject["scheme"], subject["value"]), Tree(), {}, []
    for index, record in enumerate(records):
        content = canonical_bytes({**record, "subjects": [subject]})
        leaves.append((index, content))
        hashed = leaf_hash(key + commitment(salt_of(index), content))
        nodes |= {(0, index): hashed, **dict(tree.append(hashed))}
    proven = tuple(
        ProvenRecord(
            index,
            key,
            salt_of(index),
            0,
            content,
            tuple(inclusion_path(index, tree.size, lambda keys: {one: nodes[one] for one in keys})),
        )
        for index, content in leaves
    )
    return Proof(IDENTITY, Checkpoint(tree.size, tree.root), proven)


_LIFE = _history(
    {"type": "register", "occurred": {"at": "2026-11-25"}},
    {"type": "depart", "occurred": {"at": "2026-11-26T08:30:00"}},
    {"type": "theft", "occurred": {"at": "2026-11-27"}},
)


@pytest.fixture
def verify(tmp_path, capsys):
    """Verify a proof that is written to a file; return the status and what was printed."""

    def run(proof, *options):
        file = tmp_path / "proof.json"
        file.write_text(dump(proof), encoding="utf-8")
        status = main(["verify", str(file), *options])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def _less(proof, *kept):
    return replace(proof, records=tuple(proof.records[index] for index in kept))


def test_verify__each_record__is_told_with_its_animal_type_and_day(verify):
    status, told = verify(_LIFE)
    assert status == 2
    for line in (
        f"record 0: animal {_NUMBER}, register, 2026-11-25\n",
        f"record 1: animal {_NUMBER}, depart, 2026-11-26\n",
        f"record 2: animal {_NUMBER}, theft, 2026-11-27\n",
    ):
        assert line in told


def test_verify__a_number_of_a_source__is_told_with_its_scheme(verify):
    cow = {"kind": "animal", "scheme": "animal", "value": "00001"}
    whole = _history({"type": "birth"}, subject=cow)
    assert "record 0: animal animal:00001, birth, no day\n" in verify(whole)[1]
    assert "OTHER ANIMAL" not in verify(whole, "--tag=animal:00001")[1]
    assert verify(whole, "--tag=00001")[0] == 1


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"type": "x\n8 ledger ... ok"}, r"'x\n8 ledger ... ok', no day"),
        ({"type": "\x1b[2Jregister"}, r"'\x1b[2Jregister', no day"),
        ({"type": "a\u202eb"}, r"'a\u202eb', no day"),
        ({"type": 7, "occurred": 7}, "no type, no day"),
        ({"type": "x" * 500, "occurred": {"at": 7}}, f"{'x' * 60}, no day"),
        ({"occurred": {"at": "\n" * 20}}, r"no type, '\n\n\n\n\n"[:-1]),
    ],
)
def test_verify__what_a_terminal_obeys__is_escaped(verify, record, shown):
    _, told = verify(_history(record))
    assert f"record 0: animal {_NUMBER}, {shown}" in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        (_NUMBER, 0),
        ("598 000 000 000 001", 0),
        (f"iso11784:{_NUMBER}", 0),
        ("598000000000002", 1),
        (f"bilum:{_NUMBER}", 1),
        (f"animal:{_NUMBER}", 1),
    ],
)
def test_tag__of_this_animal_or_another__decides(verify, node, tag, status):
    node.serve(_LIFE)
    assert verify(_LIFE, *_NODE, "--tag", tag)[0] == status
    known = [f"--root={_LIFE.checkpoint.root.hex()}", f"--size={_LIFE.checkpoint.size}", _NODE[1]]
    assert verify(_LIFE, *known, "--tag", tag)[0] == status


def test_tag__one_record_is_of_other_premises__names_it(verify):
    status, told = verify(make_proof(), "--tag", _NUMBER)
    assert status == 1
    assert f"OTHER ANIMAL: record 3 is not of {_NUMBER}." in told


def test_node__all_its_entries_are_proven__says_so(verify, node):
    node.serve(_LIFE)
    status, told = verify(_LIFE, *_NODE)
    assert status == 0
    assert f"animal {_NUMBER}: 3 on the chain, 3 explained here\n" in told
    assert "--node compares" not in told


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--tag", _NUMBER], 2)])
def test_node__records_were_left_out__names_them(verify, node, options, status):
    node.serve(_LIFE)
    told = verify(_less(_LIFE, 0), *_NODE, *options)
    assert told[0] == status
    assert f"animal {_NUMBER}: 3 on the chain, 1 explained here; LEFT OUT: record 1, 2\n" in told[1]
    assert ("NOT PROVEN: that these are all of the animal's" in told[1]) == (status == 2)


def test_node__an_erasure_is_proven__explains_the_erased_entry(verify, node):
    whole = _history(
        {"type": "register"}, {"type": "weight"}, {"type": "erasure", "details": {"erased": 1}}
    )
    node.serve(whole)
    status, told = verify(_less(whole, 0, 2), *_NODE, "--tag", _NUMBER)
    assert status == 0
    assert "3 on the chain, 3 explained here\n" in told


def test_node__entries_after_the_checkpoint__are_counted_apart(verify, node):
    node.serve(_LIFE)
    subject = _LIFE.records[0].subject
    node.lists[subject].append(LoggedLeaf(9, Leaf(subject, bytes(32)), 2))
    status, told = verify(_LIFE, *_NODE, "--tag", _NUMBER)
    assert status == 0
    assert "3 on the chain, 3 explained here; 1 more came after this checkpoint\n" in told


@pytest.mark.parametrize("place", [None, 5])
def test_node__the_root_is_right_and_the_entry_is_not_there__is_false(verify, node, place):
    node.serve(_LIFE)
    subject = _LIFE.records[0].subject
    listed = node.lists[subject]
    last = listed.pop()
    listed.append(LoggedLeaf(place or last.index, Leaf(subject, bytes(32)), 1))
    status, told = verify(_LIFE, *_NODE)
    assert status == 1
    assert "NOT ON THE CHAIN: record 2" in told
    assert "record(s) proven" not in told


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--tag", _NUMBER], 2)])
def test_node__that_gives_no_list__says_that_records_may_be_missing(
    verify, node, monkeypatch, options, status
):
    node.serve(_LIFE)

    def refuse(_url, _address):
        raise NodeUnreachable("No answer to eth_getLogs.")

    monkeypatch.setattr(sys.modules["chain.logs"], "RpcLogReader", refuse)
    told = verify(_LIFE, *_NODE, *options)
    assert told[0] == status
    assert "some may be left out: No answer to eth_getLogs." in told[1]
