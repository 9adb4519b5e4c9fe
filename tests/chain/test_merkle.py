from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from chain.errors import TreeError
from chain.merkle import (
    EMPTY_ROOT,
    Tree,
    edge_keys,
    inclusion_path,
    leaf_hash,
    root_from_inclusion,
    root_of_edge,
)
from tests.chain.trees import LARGE, Log, reference_path, reference_root

_SIZES = [*range(1, 41), 64, 65, 127, 1000, 1023]
# The leaves and roots that the Certificate Transparency implementations test with.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
_CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_tree__the_leaves_of_certificate_transparency__give_the_published_roots(size):
    tree = Tree()
    for data in CT_LEAVES[:size]:
        tree.append(leaf_hash(bytes.fromhex(data)))
    assert tree.root.hex() == _CT_ROOTS[size]


@pytest.mark.parametrize("size", _SIZES)
def test_tree__any_size__agrees_with_the_standard_and_another_implementation(size):
    log = Log(size)
    other = InmemoryTree(algorithm="sha256")
    for data in log.data:
        other.append_entry(data)
    assert log.tree.root == reference_root(log.hashes)
    assert log.tree.root == other.get_root(size)


@pytest.mark.parametrize("size", _SIZES)
def test_tree__its_edge__is_the_complete_subtrees_and_makes_the_root(size):
    log = Log(size)
    keys = edge_keys(size)
    assert [log.nodes[key] for key in keys] == list(log.tree.edge)
    assert sum(2**level for level, _ in keys) == size
    assert root_of_edge(log.tree.edge) == log.tree.root


def test_tree__each_append__returns_each_interior_node_once():
    tree = Tree()
    completed = [key for index in range(40) for key, _ in tree.append(leaf_hash(b"%d" % index))]
    expected = {(level, index) for level in range(1, 6) for index in range(40 >> level)}
    assert len(completed) == len(expected)
    assert set(completed) == expected


def test_tree__a_completed_node__is_the_root_of_its_leaves():
    log = Log(40)
    for (level, index), node in log.nodes.items():
        assert node == reference_root(log.hashes[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(40))
def test_tree__taken_up_from_its_edge__goes_on_as_if_never_put_down(size):
    log = Log(40)
    again = Tree(size, Log(size).tree.edge)
    for hashed in log.hashes[size:]:
        again.append(hashed)
    assert (again.size, again.root) == (40, log.tree.root)


@pytest.mark.parametrize(("size", "edge"), [(-1, ()), (0, (b"x",)), (3, (b"x",))])
def test_tree__an_edge_of_another_size__is_refused(size, edge):
    with pytest.raises(TreeError, match="no edge"):
        Tree(size, edge)


def test_tree__no_leaf__has_the_hash_of_nothing():
    assert Tree().root == EMPTY_ROOT == root_of_edge([]) == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 41))
def test_inclusion_path__every_leaf__agrees_with_the_standard_and_another_implementation(size):
    log = Log(size)
    other = InmemoryTree(algorithm="sha256")
    for data in log.data:
        other.append_entry(data)
    for index in range(size):
        path = inclusion_path(index, size, log.read)
        assert path == reference_path(index, log.hashes)
        assert path == other.prove_inclusion(index + 1, size).path[1:]
        assert root_from_inclusion(log.hashes[index], index, size, path) == log.tree.root


@given(st.data())
def test_inclusion_path__a_larger_log__leads_to_its_root(data):
    size = data.draw(st.integers(1, 1100))
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, LARGE.read)
    assert path == reference_path(index, LARGE.hashes[:size])
    root = root_of_edge([LARGE.nodes[key] for key in edge_keys(size)])
    assert root_from_inclusion(LARGE.hashes[index], index, size, path) == root


@pytest.mark.parametrize("index", [0, 1, 500_000, 999_999, 983_040])
def test_inclusion_path__a_million_leaves__is_one_short_read(index):
    reads = []

    def read(keys):
        reads.append(keys)
        return dict.fromkeys(keys, bytes(32))

    inclusion_path(index, 1_000_000, read)
    assert len(reads) == 1
    assert len(reads[0]) <= 2 * 20


@pytest.mark.parametrize("size", range(1, 20))
def test_root_from_inclusion__another_index_or_hash__leads_elsewhere_or_nowhere(size):
    log = Log(size)
    for index in range(size):
        path = inclusion_path(index, size, log.read)
        wrong = [(log.hashes[index], other, path) for other in range(size) if other != index]
        wrong += [(b"\0" * 32, index, path)]
        wrong += [
            (log.hashes[index], index, [*path[:level], bytes(32), *path[level + 1 :]])
            for level in range(len(path))
        ]
        for hashed, place, steps in wrong:
            try:
                assert root_from_inclusion(hashed, place, size, steps) != log.tree.root
            except TreeError:
                assert len(reference_path(place, log.hashes)) != len(steps)


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 0, []),
        (-1, 5, []),
        (-1, 5, [bytes(32)] * 3),
        (5, 5, [bytes(32)]),
        (0, 2, []),
        (0, 2, [bytes(32)] * 2),
        (0, 1, [bytes(32)]),
        (0, 2, [bytes(31)]),
        (0, 2, [bytes(33)]),
    ],
)
def test_root_from_inclusion__a_path_that_no_tree_has__is_refused(index, size, path):
    with pytest.raises(TreeError):
        root_from_inclusion(bytes(32), index, size, path)


def test_inclusion_path__a_node_that_is_gone__is_named():
    with pytest.raises(TreeError, match="level 0, index 1"):
        inclusion_path(0, 2, lambda _: {})


def test_tree__leaves_in_another_order__has_another_root():
    log = Log(20)
    tree = Tree()
    for hashed in log.hashes[::-1]:
        tree.append(hashed)
    assert tree.root != log.tree.root
