"""The vectors in docs/proof-format.md, which others write their verifiers against."""

import json
import re
from pathlib import Path

import pytest

from chain.canonical import (
    canonical_bytes,
    commitment,
    link,
    parse_canonical,
    public_subject,
    read_receipt,
    receipt_code,
)
from chain.merkle import (
    Tree,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_from_inclusion,
    verify_consistency,
)
from chain.proof import dump
from chain.verification import STEPS, verify_proof
from tests.chain.proofs import expected_of, make_proof

_TEXT = (Path(__file__).parents[2] / "docs" / "proof-format.md").read_text(encoding="utf-8")
_PARTS, _FILE = re.findall(r"```json\n(.*?)```", _TEXT, re.DOTALL)


@pytest.fixture
def parts():
    return json.loads(_PARTS)


@pytest.fixture
def nodes(parts):
    """The nodes of the tree over the document's leaves."""
    tree, found = Tree(), {}
    for index, data in enumerate(parts["tree"]["leaf_data"]):
        found[(0, index)] = leaf_hash(bytes.fromhex(data))
        found.update(tree.append(found[(0, index)]))
    return found


def _reader(nodes):
    return lambda keys: {key: nodes[key] for key in keys}


def test_document__canonical_form__is_ours(parts):
    vector = parts["canonical"]
    raw = bytes.fromhex(vector["bytes"])
    assert canonical_bytes(vector["record"]) == raw
    assert parse_canonical(raw) == vector["record"]


def test_document__public_subject__is_ours(parts):
    vector = parts["public_subject"]
    assert public_subject(vector["scheme"], vector["value"]).hex() == vector["subject"]


def test_document__link__is_ours(parts):
    vector = parts["link"]
    salt, key = bytes.fromhex(vector["salt"]), bytes.fromhex(vector["key"])
    assert link(salt, key) == vector["link"]


def test_document__commitment__is_ours(parts):
    vector = parts["commitment"]
    content = vector["content"].encode()
    assert commitment(bytes.fromhex(vector["salt"]), content).hex() == vector["commitment"]


def test_document__receipt__is_ours(parts):
    vector = parts["receipt"]
    committed = bytes.fromhex(vector["commitment"])
    assert receipt_code(committed) == vector["receipt"]
    assert read_receipt(vector["receipt"]) == committed[:10]


def test_document__leaf__is_ours(parts):
    vector = parts["leaf"]
    data = bytes.fromhex(vector["subject"] + vector["commitment"])
    assert leaf_hash(data).hex() == vector["leaf_hash"]


def test_document__tree__is_ours(parts):
    tree = Tree()
    roots = [tree.root.hex()]
    for data in parts["tree"]["leaf_data"]:
        tree.append(leaf_hash(bytes.fromhex(data)))
        roots.append(tree.root.hex())
    assert roots == parts["tree"]["roots"]


def test_document__inclusion_path__is_ours_and_leads_to_the_root(parts, nodes):
    vector = parts["inclusion"]
    index, size = vector["index"], vector["size"]
    path = [bytes.fromhex(node) for node in vector["path"]]
    assert inclusion_path(index, size, _reader(nodes)) == path
    root = root_from_inclusion(nodes[(0, index)], index, size, path)
    assert root.hex() == parts["tree"]["roots"][size]


def test_document__consistency_path__is_ours_and_verifies(parts, nodes):
    vector = parts["consistency"]
    old, new = vector["old_size"], vector["new_size"]
    path = [bytes.fromhex(node) for node in vector["path"]]
    assert consistency_path(old, new, _reader(nodes)) == path
    roots = [bytes.fromhex(root) for root in parts["tree"]["roots"]]
    verify_consistency(old, roots[old], new, roots[new], path)


def test_document__its_file__verifies_and_is_what_we_write():
    proof = make_proof()
    assert verify_proof(_FILE, expected_of(proof)) == proof
    assert dump(proof) == _FILE


def test_document__its_steps__are_ours():
    section = _TEXT.split("## Verification")[1].split("## Test vectors")[0]
    numbers = [int(number) for number in re.findall(r"^(\d)\. ", section, re.MULTILINE)]
    assert numbers == list(STEPS)
