"""Two verifiers that share no code say the same of every file."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chain.consistency import dump
from chain.verification import Expected
from tests.chain.proofs import (
    IDENTITY,
    OTHER_CONTRACT,
    expected_of,
    expected_of_consistency,
    make_consistency,
)
from tests.verifier.second import RIGHT, agreed, first_says
from tests.verifier.tampered import CONSISTENCY, CONSISTENCY_TEXT, PROOF, TAMPERED, TEXT

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

LEDGER = Expected(chain_id=IDENTITY.chain_id, genesis=IDENTITY.genesis, contract=IDENTITY.contract)


def test_table__of_files_tampered_with__names_every_step_that_a_file_can_fail():
    failing = {(raw[:40].count(b"consistency"), *verdict) for _, raw, verdict in TAMPERED}
    assert {error for _, _, error in failing} >= {
        *("parse", "canonical", "subject", "inclusion", "ledger"),
        *("path", "older", "newer"),
    }
    assert len({label for label, _, _ in TAMPERED}) == len(TAMPERED) > 500


def test_verifiers__each_file_tampered_with__fail_at_the_same_step(second):
    said = [
        (label, verdict, first_says(raw, LEDGER), second.says(raw, LEDGER))
        for label, raw, verdict in TAMPERED
    ]
    assert [one for one in said if not one[1] == one[2] == one[3]] == []


@pytest.mark.parametrize(("text", "known"), [
    (TEXT, expected_of(PROOF)),
    (TEXT, Expected()),
    (CONSISTENCY_TEXT, expected_of_consistency(CONSISTENCY)),
    (CONSISTENCY_TEXT, Expected()),
])  # fmt: skip
def test_verifiers__a_right_file__are_silent(second, text, known):
    assert agreed(second, text.encode(), known) == RIGHT


@pytest.mark.parametrize(
    ("change", "proof", "consistency"),
    [
        ({"root": bytes(32)}, 7, 6),
        ({"size": 8}, 7, 6),
        ({"size": 0}, 7, 6),
        ({"older_root": bytes(32)}, None, 5),
        ({"older_size": 4}, None, 5),
        ({"chain_id": 1}, 8, 7),
        ({"genesis": bytes(32)}, 8, 7),
        ({"contract": OTHER_CONTRACT}, 8, 7),
        ({"contract": IDENTITY.contract.lower()}, None, None),
        ({"root": bytes(32), "chain_id": 1}, 7, 6),
    ],
)
def test_verifiers__another_value_than_is_known__fail_at_the_same_step(
    second, change, proof, consistency
):
    known = expected_of(PROOF)
    assert agreed(second, TEXT.encode(), replace(known, **change)).step == proof
    known = expected_of_consistency(CONSISTENCY)
    assert agreed(second, CONSISTENCY_TEXT.encode(), replace(known, **change)).step == consistency


def test_verifiers__a_size_that_keeps_the_path__fails_only_against_the_size(second):
    document = json.loads(TEXT)
    document["checkpoint"]["size"], document["records"] = 8, document["records"][:1]
    raw = json.dumps(document).encode()
    assert agreed(second, raw, Expected(root=PROOF.checkpoint.root)) == RIGHT
    assert agreed(second, raw, Expected(size=7)).step == 7


@pytest.mark.parametrize("new", [*range(1, 14), 33, 64])
def test_verifiers__consistency_of_any_two_sizes__are_silent(second, new):
    for old in range(1, new + 1):
        proof = make_consistency(old, new)
        known = expected_of_consistency(proof)
        assert agreed(second, dump(proof).encode(), known) == RIGHT
