import pytest
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from chain.contract import artifact, checksummed, encode_deployment, encode_record, record_gas
from chain.errors import LedgerError
from chain.ports import Leaf
from tests.contracts.scene import Scene, some_leaves

CODEC = Web3().eth.contract(abi=artifact()["abi"], bytecode=artifact()["bytecode"])
ADDRESS = "0x00000000000000000000000000000000000000A1"

words = st.binary(min_size=32, max_size=32)
leaves = st.lists(st.builds(Leaf, words, words), max_size=6)


@given(first=st.integers(0, 2**64 - 1), base=words, root=words, entries=leaves)
def test_encode_record__anything__is_what_the_library_encodes(first, base, root, entries):
    expected = CODEC.encode_abi("record", [first, base, root, entries])
    assert f"0x{encode_record(first, base, root, entries).hex()}" == expected


def test_encode_record__500_leaves__is_164_bytes_and_64_for_each():
    entries = some_leaves(500)
    data = encode_record(7, bytes(32), bytes(32), entries)
    assert len(data) == 164 + 500 * 64
    assert f"0x{data.hex()}" == CODEC.encode_abi("record", [7, bytes(32), bytes(32), entries])


def test_encode_deployment__arguments__is_what_the_library_encodes():
    other = "0x00000000000000000000000000000000000000b2"
    expected = CODEC.constructor(9, ADDRESS, checksummed(other)).data_in_transaction
    assert f"0x{encode_deployment(9, ADDRESS, other).hex()}" == expected


def test_checksummed__lower_case__is_spelt_as_eip_55_says():
    lower = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
    assert checksummed(lower) == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize("text", ["", "0x12", "the ledger", "0x" + "g" * 40])
def test_checksummed__no_address__is_refused(text):
    with pytest.raises(LedgerError):
        checksummed(text)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 100, 500])
def test_record_gas__any_batch__suffices_with_a_fifth_to_spare(count):
    scene = Scene()
    for first in (0, count):
        used = scene.record(some_leaves(count, first))["gasUsed"]
        assert used * 1.2 <= record_gas(count) <= used * 2
