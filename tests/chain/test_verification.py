import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.canonical import commitment
from chain.errors import VerificationError
from chain.merkle import leaf_hash
from chain.ports import Checkpoint
from chain.proof import dump
from chain.steps import STEPS
from chain.verification import Expected, verify_proof, verify_record
from tests.chain.proofs import IDENTITY, OTHER_CONTRACT, expected_of, make_proof

_PROOF = make_proof()
_TEXT = dump(_PROOF)
_EXPECTED = expected_of(_PROOF)


def _values(node, place=()):
    """Every value of the file that is not an object or a list, by its place."""
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            yield from _values(value, (*place, key))
    else:
        yield place


_PLACES = list(_values(json.loads(_TEXT)))
_PUBLIC_RECORD = 0
_ALTERED_AT = {
    "format": 1,
    "version": 1,
    "chain_id": 8,
    "genesis": 8,
    "contract": 8,
    "size": 6,
    "root": 6,
    "index": 6,
    "subject": 4,
    "position": 4,
    "content": 6,
}


def _expected_step(place):
    match place:
        case ("records", _, "path", _):
            return 6
        case ("records", record, "salt"):
            # A secret subject's link hangs on the salt too; a public one does not.
            return 6 if record == _PUBLIC_RECORD else 4
    return _ALTERED_AT[place[-1]]


def _altered(place, value):
    if place[-1] == "contract":
        return OTHER_CONTRACT
    if place[-1] == "content":
        return value.replace('"type":"', '"type":"x')
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def _failure(source, expected=_EXPECTED):
    with pytest.raises(VerificationError) as failure:
        verify_proof(source, expected)
    return failure.value


def _relogged(record, **changes):
    """A record that an operator put on a log of its own, with a proof that leads to its root."""
    record = replace(record, **{"index": 0, "path": (), **changes})
    root = leaf_hash(record.subject + commitment(record.salt, record.content))
    return replace(_PROOF, records=(record,), checkpoint=Checkpoint(1, root))


def test_verify_proof__a_right_file__is_silent_and_returns_it():
    assert verify_proof(_TEXT, _EXPECTED) == _PROOF
    assert verify_proof(_PROOF, _EXPECTED) == _PROOF
    assert verify_proof(_TEXT, Expected()) == _PROOF


def test_verify_record__a_right_record__is_silent():
    for record in _PROOF.records:
        verify_record(record, _PROOF.checkpoint)


@pytest.mark.parametrize("place", _PLACES, ids=lambda place: ".".join(map(str, place)))
def test_verify_proof__one_field_altered__fails_at_its_step(place):
    document = json.loads(_TEXT)
    *parents, key = place
    node = document
    for parent in parents:
        node = node[parent]
    altered = _altered(place, node[key])
    assert altered != node[key]
    node[key] = altered
    assert _failure(json.dumps(document)).step == _expected_step(place)


def test_verify_proof__a_size_that_keeps_the_paths__fails_against_the_size_known():
    # The path of a leaf at the left edge has the same shape in a tree of 7 and of 8 leaves.
    left = replace(_PROOF, records=_PROOF.records[:1])
    forged = replace(left, checkpoint=replace(left.checkpoint, size=8))
    assert _failure(forged).step == 7
    assert verify_proof(forged, replace(_EXPECTED, size=None)) == forged


@pytest.mark.slow
@settings(max_examples=400)
@given(st.integers(0, len(_TEXT) - 1), st.binary(max_size=1), st.booleans())
def test_verify_proof__one_byte_edited__is_refused_or_changes_nothing(position, byte, insert):
    raw = _TEXT.encode()
    edited = raw[:position] + byte + raw[position + (0 if insert else 1) :]
    try:
        result = verify_proof(edited.decode(), _EXPECTED)
    except (UnicodeDecodeError, VerificationError):
        return
    assert result == _PROOF


@pytest.mark.parametrize(
    "content",
    [
        b'{"type": "birth"}',
        b'{"type":"birth","subjects":[]}',
        b'{"a":NaN}',
        b'{"a":1,"a":1}',
        b"[]",
        b"",
        b"\xff",
    ],
)
def test_verify_record__content_that_is_not_canonical__fails_at_step_2(content):
    proof = _relogged(_PROOF.records[0], content=content)
    with pytest.raises(VerificationError, match="Record 0: ") as failure:
        verify_record(proof.records[0], proof.checkpoint)
    assert failure.value.step == 2


def test_verify_record__a_salt_of_another_length__fails_at_step_3():
    record = replace(_PROOF.records[0], salt=bytes(31))
    with pytest.raises(VerificationError) as failure:
        verify_record(record, _PROOF.checkpoint)
    assert failure.value.step == 3


@pytest.mark.parametrize("position", [-1, 1, 2**53])
def test_verify_record__a_position_that_the_record_lacks__fails_at_step_4(position):
    failure = _failure(_relogged(_PROOF.records[0], position=position), Expected())
    assert failure.step == 4


def test_verify_record__a_secret_leaf_under_the_key_of_another__fails_at_step_4():
    assert _failure(_relogged(_PROOF.records[1], subject=bytes(32)), Expected()).step == 4


@pytest.mark.parametrize(("cut", "grow"), [(1, ()), (0, (bytes(32),))])
def test_verify_record__a_path_of_another_length__fails_at_step_6(cut, grow):
    record = _PROOF.records[0]
    record = replace(record, path=(*record.path[cut:], *grow))
    with pytest.raises(VerificationError, match="The path has") as failure:
        verify_record(record, _PROOF.checkpoint)
    assert failure.value.step == 6


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"root": bytes(32)}, 7),
        ({"size": 8}, 7),
        ({"chain_id": 1}, 8),
        ({"genesis": bytes(32)}, 8),
        ({"contract": OTHER_CONTRACT}, 8),
        ({"chain_id": 0}, 8),
        ({"size": 0}, 7),
        ({"contract": ""}, 8),
    ],
)
def test_verify_proof__another_ledger_than_expected__fails_and_shows_both(changes, step):
    failure = _failure(_TEXT, replace(_EXPECTED, **changes))
    assert failure.step == step
    assert "expected is" in failure.detail


def test_verify_proof__the_contract_in_small_letters__is_the_same_contract():
    expected = replace(_EXPECTED, contract=IDENTITY.contract.lower())
    assert verify_proof(_TEXT, expected) == _PROOF


def test_verify_proof__a_log_of_the_forgers_own__passes_only_without_a_root():
    forged = _relogged(
        _PROOF.records[0], content=_PROOF.records[0].content.replace(b"birth", b"death")
    )
    assert verify_proof(forged, Expected()) == forged
    assert _failure(forged).step == 7


def test_verify_proof__two_faults__names_the_first_step():
    records = (
        replace(_PROOF.records[0], path=()),
        replace(_PROOF.records[1], content=b"{ }"),
    )
    assert _failure(replace(_PROOF, records=records)).step == 2


def test_steps__their_numbers__are_those_of_the_design():
    assert list(STEPS) == [1, 2, 3, 4, 5, 6, 7, 8]
