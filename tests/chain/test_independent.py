"""Trees and paths of thousands of leaves against pymerkle, which is not ours.

Its roots and inclusion paths are the standard's, so each side verifies the other's. Its consistency
path (7.0) is one of its own: of complete subtrees alone, in another order, with the old root in it.
So there both must only come to the same conclusion; the standard's own paths are held by the
published ones below, by `reference_consistency`, and by the second verifier in tests/verifier.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, InvalidProof
from pymerkle import verify_consistency as others_verify_consistency
from pymerkle import verify_inclusion as others_verify_inclusion

from chain.errors import TreeError
from chain.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_path,
    edge_keys,
    inclusion_path,
    leaf_hash,
    root_from_inclusion,
    root_of_edge,
    verify_consistency,
)
from tests.chain.test_merkle import CT_LEAVES
from tests.chain.trees import Log

_LARGEST = 5_000
_SIZES = st.integers(1, _LARGEST) | st.sampled_from([2**power for power in range(13)])


@cache
def ours():
    return Log(_LARGEST)


@cache
def theirs():
    tree = InmemoryTree(algorithm="sha256")
    for data in ours().data:
        tree.append_entry(data)
    return tree


def root(size):
    return root_of_edge([ours().nodes[key] for key in edge_keys(size)])


@pytest.mark.slow
@settings(max_examples=300)
@given(st.data())
def test_inclusion__any_leaf_of_any_size__is_proven_by_both_alike(data):
    size = data.draw(_SIZES)
    index = data.draw(st.integers(0, size - 1))
    proof = theirs().prove_inclusion(index + 1, size)
    path = inclusion_path(index, size, ours().read)
    assert root(size) == theirs().get_root(size)
    assert path == proof.path[1:]
    leaf = ours().hashes[index]
    assert root_from_inclusion(leaf, index, size, proof.path[1:]) == root(size)
    proof.path[1:] = path
    others_verify_inclusion(leaf, root(size), proof)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.data())
def test_consistency__any_two_sizes__is_proven_by_both_alike(data):
    new = data.draw(_SIZES)
    old = data.draw(st.integers(1, new) | _SIZES.filter(lambda size: size <= new))
    proof = theirs().prove_consistency(old, new)
    path = consistency_path(old, new, ours().read)
    verify_consistency(old, theirs().get_root(old), new, theirs().get_root(new), path)
    others_verify_consistency(root(old), root(new), proof)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.data())
def test_consistency__a_root_of_another_log__is_refused_by_both(data):
    new = data.draw(_SIZES.filter(lambda size: size > 1))
    old = data.draw(st.integers(1, new - 1))
    proof = theirs().prove_consistency(old, new)
    path = consistency_path(old, new, ours().read)
    roots = [root(old), root(new)]
    roots[data.draw(st.integers(0, 1))] = data.draw(
        st.binary(min_size=32, max_size=32) | st.just(root(old if old > 1 else new))
    )
    if roots == [root(old), root(new)]:
        return
    with pytest.raises(TreeError):
        verify_consistency(old, roots[0], new, roots[1], path)
    with pytest.raises(InvalidProof):
        others_verify_consistency(*roots, proof)


# Consistency paths that the implementations of Certificate Transparency test with, over the leaves
# of docs/proof-format.md.
_A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
_D = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
_E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
_F = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
_G = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_H = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (1, 1, []),
        (1, 8, [_A, _B, _C]),
        (6, 8, [_D, _E, _F]),
        (2, 5, [_B, _G]),
        (6, 7, [_D, _H, _F]),
    ],
)
def test_consistency__the_paths_of_certificate_transparency__are_ours(old, new, path):
    tree, nodes, roots = Tree(), {}, [EMPTY_ROOT]
    for index, data in enumerate(CT_LEAVES):
        nodes[(0, index)] = leaf_hash(bytes.fromhex(data))
        nodes.update(tree.append(nodes[(0, index)]))
        roots.append(tree.root)
    published = [bytes.fromhex(node) for node in path]
    assert consistency_path(old, new, lambda keys: {key: nodes[key] for key in keys}) == published
    verify_consistency(old, roots[old], new, roots[new], published)
