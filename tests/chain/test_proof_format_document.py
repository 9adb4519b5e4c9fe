"""The vectors in docs/proof-format.md, which others write their verifiers against."""

import json
import re
from pathlib import Path

import pytest
from eth_hash.auto import keccak
from jsonschema import Draft202012Validator

from chain.canonical import (
    DEEPEST,
    canonical_bytes,
    commitment,
    link,
    parse_canonical,
    public_subject,
    read_receipt,
    receipt_code,
)
from chain.consistency import dump as dump_consistency
from chain.errors import VerificationError
from chain.merkle import (
    Tree,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_from_inclusion,
    verify_consistency,
)
from chain.proof import dump
from chain.steps import CONSISTENCY_STEPS, STEPS
from chain.verification import PUBLIC_KINDS, Expected, verify_file, verify_proof
from tests.chain.proofs import (
    expected_of,
    expected_of_consistency,
    make_consistency,
    make_proof,
)
from tests.verifier.tampered import TAMPERED

_DOCS = Path(__file__).parents[2] / "docs"
_TEXT = (_DOCS / "proof-format.md").read_text(encoding="utf-8")
_SCHEMA = Draft202012Validator(json.loads((_DOCS / "proof.schema.json").read_text("utf-8")))
_PARTS, _FILE, _CONSISTENCY = re.findall(r"```json\n(.*?)```", _TEXT, re.DOTALL)


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


def test_document__its_consistency_file__verifies_and_is_what_we_write():
    proof = make_consistency()
    assert verify_file(_CONSISTENCY, expected_of_consistency(proof)) == proof
    assert dump_consistency(proof) == _CONSISTENCY


@pytest.mark.parametrize(
    ("heading", "steps"), [("Of a proof", STEPS), ("Of a consistency file", CONSISTENCY_STEPS)]
)
def test_document__its_steps__are_ours(heading, steps):
    rows = re.findall(r"^\| (\d) \| `(\w+)` \|", _section(heading), re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [
        (step.number, step.name) for step in steps.values()
    ]


@pytest.mark.parametrize(
    ("heading", "text"), [("The proof", _FILE), ("The consistency file", _CONSISTENCY)]
)
def test_document__its_table_of_keys__is_what_we_read_and_what_the_schema_allows(heading, text):
    named = set(re.findall(r"^\| `([\w.\[\]]+)` \|", _section(heading), re.MULTILINE))
    document = json.loads(text)
    assert named == set(_leaves(document)) | ({"records"} if heading == "The proof" else set())
    for name in named:
        bare = json.loads(text)
        *way, key = name.replace("[]", ".0").split(".")
        node = bare
        for step in way:
            node = node[int(step) if step.isdigit() else step]
        del node[key]
        assert list(_SCHEMA.iter_errors(bare))
        with pytest.raises(VerificationError, match=f"lacks {key}"):
            verify_file(json.dumps(bare), Expected())


def test_document__its_public_kinds__are_ours():
    said = re.search(r"The kinds (.*?) are public", _TEXT)[1]
    assert set(re.findall(r"`(\w+)`", said)) == PUBLIC_KINDS


def test_document__its_depth_and_its_selector__are_ours():
    assert f"more than {DEEPEST} objects and lists" in _TEXT
    assert f"`0x{keccak(b'rootAt(uint64)')[:4].hex()}`" in _TEXT


def test_schema__of_the_files_of_the_document__has_nothing_against_them():
    Draft202012Validator.check_schema(_SCHEMA.schema)
    for text in (_FILE, _CONSISTENCY):
        assert list(_SCHEMA.iter_errors(json.loads(text))) == []


@pytest.mark.slow
def test_schema__of_files_tampered_with__refuses_what_the_first_step_refuses():
    """All but what the document says that a schema cannot see."""
    capitals, twins = "contract (small|one letter|other)", "twice$|escaped twin"
    written, surrogates = "size (-0|fraction|.*exponent)", "surrogate$|pair turned"
    unseen = re.compile(f"{capitals}|{twins}|{written}|{surrogates}")
    for label, raw, (step, _) in TAMPERED:
        try:
            document = json.loads(raw.decode())
        except (ValueError, RecursionError):
            assert step == 1, label
            continue
        fits = _SCHEMA.is_valid(document)
        if step != 1:
            assert fits, label
        else:
            assert fits == bool(unseen.search(label)), label


def _section(heading):
    return re.split(r"\n#+ ", _TEXT.split(f"### {heading}\n")[1])[0]


def _leaves(node, name=""):
    """Names of the values within, as the document writes them."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{name}.{key}" if name else key)
    elif isinstance(node, list) and node and isinstance(node[0], dict):
        for value in node:
            yield from _leaves(value, f"{name}[]")
    else:
        yield name
