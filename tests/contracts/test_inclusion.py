"""`verifyInclusion` against RFC 9162's definitions, written out."""

from hashlib import sha256

import pytest
from eth_abi import encode
from eth_hash.auto import keccak

from tests.chain.trees import reference_path, reference_root
from tests.contracts.scene import Scene, some_leaves

LARGEST = 39
HASHES = [sha256(b"\x00" + b"".join(leaf)).digest() for leaf in some_leaves(LARGEST)]


@pytest.fixture(scope="module")
def verify():
    """The contract's `verifyInclusion` on a chain with a checkpoint at each size, 0 to 39."""
    scene = Scene()
    for first, leaf in enumerate(some_leaves(LARGEST)):
        scene.record([leaf], reference_root(HASHES[: first + 1]))
    return evm_call(scene)


def evm_call(scene):
    """Call without JSON-RPC between, which takes two thirds of the time."""
    vm = scene.tester.backend.chain.get_vm()
    address, sender = bytes.fromhex(scene.contract.address[2:]), bytes(20)
    calls = {"gas": 10**6, "gas_price": 0, "value": 0, "code": vm.state.get_code(address)}
    selector = keccak(b"verifyInclusion(bytes32,uint64,uint64,bytes32[])")[:4]

    def verify(leaf, index, size, path):
        data = encode(["bytes32", "uint64", "uint64", "bytes32[]"], [leaf, index, size, path])
        done = vm.execute_bytecode(
            origin=sender, sender=sender, to=address, data=selector + data, **calls
        )
        done.raise_if_error()
        return bool(int.from_bytes(done.output))

    return verify


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_verify_inclusion__every_index__takes_the_path_and_none_shorter_or_longer(verify, size):
    for index in range(size):
        leaf, path = HASHES[index], reference_path(index, HASHES[:size])
        assert verify(leaf, index, size, path)
        assert not verify(leaf, index, size, [*path, leaf])
        assert not path or not verify(leaf, index, size, path[:-1])


@pytest.mark.parametrize("size", [2, 7, 8, 21, LARGEST])
def test_verify_inclusion__anything_false__is_refused(verify, size):
    for index in {0, size // 2, size - 1}:
        leaf, path = HASHES[index], reference_path(index, HASHES[:size])
        other = (index + 1) % size
        assert not verify(HASHES[other], index, size, path)
        assert not verify(leaf, other, size, path)
        assert not verify(leaf, index, size - 1, path)
        for step in range(len(path)):
            bent = [*path[:step], sha256(path[step]).digest(), *path[step + 1 :]]
            assert not verify(leaf, index, size, bent)


@pytest.mark.parametrize(
    ("index", "size"), [(0, 0), (1, 1), (7, 1), (5, 5), (6, 5), (2**64 - 1, 5)]
)
def test_verify_inclusion__index_not_below_size__is_refused(verify, index, size):
    assert not verify(HASHES[4], index, size, reference_path(4, HASHES[:5]))
    assert not verify(reference_root(HASHES[:size]), index, size, [])


def test_verify_inclusion__size_without_checkpoint__is_refused(verify):
    assert not verify(bytes(32), 0, 1_000, [])
    assert not verify(HASHES[0], 0, LARGEST + 1, reference_path(0, HASHES))


def test_verify_inclusion__node_passed_off_as_a_leaf__is_refused(verify):
    # The hashes lead to the root; that the path is too short for the size alone gives it away.
    node, sibling = reference_root(HASHES[:2]), reference_root(HASHES[2:4])
    assert not verify(node, 0, 4, [sibling])
    assert not verify(reference_root(HASHES[:4]), 0, 4, [])


def test_verify_inclusion__path_longer_than_the_tree_is_high__is_refused():
    # A root that no tree of one leaf has, and that going on at the tree's top would reach.
    scene = Scene()
    scene.record(some_leaves(1), reference_root([HASHES[1], HASHES[0]]))
    assert not evm_call(scene)(HASHES[0], 0, 1, [HASHES[1]])


def test_verify_inclusion__through_the_client__answers_the_same(scene):
    scene.record(some_leaves(6), reference_root(HASHES[:6]))
    path = reference_path(4, HASHES[:6])
    assert scene.ledger.verify_inclusion(HASHES[4], 4, 6, path)
    assert not scene.ledger.verify_inclusion(HASHES[3], 4, 6, path)
