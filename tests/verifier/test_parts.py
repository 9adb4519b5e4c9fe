"""The parts of the second verifier against published vectors and other implementations."""

from __future__ import annotations

import json
import struct

import pytest
from Crypto.Hash import keccak as pycryptodome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.canonical import canonical_bytes, load_json
from chain.errors import CanonicalError
from tests.chain.test_canonical import NUMBERS, RECORDS
from tests.support.environment import VERIFIER_EXAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

many = settings(
    max_examples=VERIFIER_EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def keccak_of(second, raw):
    return second.page.evaluate(f"BilumVerifier.keccak256(Uint8Array.from({list(raw)}))")


@pytest.mark.parametrize(
    ("raw", "digest"),
    [
        # Known answers: the code hash of an empty account (EIP-1052), and of two words.
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (b"testing", "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02"),
    ],
)
def test_keccak256__published__comes_out(second, raw, digest):
    assert keccak_of(second, raw) == digest


@pytest.mark.parametrize("length", [1, 134, 135, 136, 137, 271, 272, 273, 1000])
def test_keccak256__around_the_border_of_a_block__is_that_of_another_library(second, length):
    raw = bytes(range(256)) * 4
    expected = pycryptodome.new(digest_bits=256, data=raw[:length]).hexdigest()
    assert keccak_of(second, raw[:length]) == expected


@many
@given(st.binary(max_size=400))
def test_keccak256__any_bytes__is_that_of_another_library(second, raw):
    assert keccak_of(second, raw) == pycryptodome.new(digest_bits=256, data=raw).hexdigest()


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_canonical__a_number_of_the_standard__is_written_as_there(second, bits, text):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert second.call("canonical", repr(number)) == text


@many
@given(st.lists(st.binary(min_size=8, max_size=8), min_size=50, max_size=50))
def test_canonical__any_double__is_written_by_both_as_javascript_does(second, drawn):
    """Fifty doubles of any bits at once: what ECMAScript writes is the standard's definition."""
    numbers = [number for (number,) in map(struct.Struct(">d").unpack, drawn)]
    numbers = [number for number in numbers if abs(number) < float("inf")]
    theirs = second.call("canonical", json.dumps({"n": numbers}))
    assert canonical_bytes({"n": numbers}).decode() == theirs


@many
@given(RECORDS)
def test_canonical__any_record__is_the_same_in_both(second, record):
    # What JSON.parse makes of an integer beyond 2^53 is its nearest double, here as there.
    text = json.dumps(record)
    assert canonical_bytes(load_json(text)).decode() == second.call("canonical", text)


@many
@given(st.text(st.characters()))
def test_canonical__any_text__is_the_same_in_both_or_refused_by_both(second, text):
    told = json.dumps(text)
    asked = (
        f"(() => {{ try {{ return BilumVerifier.canonical({json.dumps(told)}) }} catch {{ }} }})()"
    )
    try:
        mine = canonical_bytes({"t": text}).decode()[5:-1]
    except CanonicalError:
        mine = None
    assert second.page.evaluate(asked) == mine
