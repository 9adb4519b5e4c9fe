import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import TreeError
from chain.merkle import EMPTY_ROOT, Tree, consistency_path, node_hash, verify_consistency
from tests.chain.trees import LARGE, Log, reference_consistency, reference_root


@pytest.mark.parametrize("new", range(1, 41))
def test_consistency_path__every_older_size__agrees_with_the_standard_and_verifies(new):
    log = Log(new)
    for old in range(1, new + 1):
        log.reads.clear()
        path = consistency_path(old, new, log.read)
        assert path == reference_consistency(old, log.hashes)
        assert len(log.reads) <= 1
        old_root = reference_root(log.hashes[:old])
        verify_consistency(old, old_root, new, log.tree.root, path)
        for level in range(len(path)):
            altered = [*path[:level], bytes(32), *path[level + 1 :]]
            with pytest.raises(TreeError, match="does not lead"):
                verify_consistency(old, old_root, new, log.tree.root, altered)


@pytest.mark.parametrize("new", range(2, 20))
def test_verify_consistency__another_old_log__is_refused(new):
    log = Log(new)
    for old in range(1, new + 1):
        path = consistency_path(old, new, log.read)
        for size, root in ((old, bytes(32)), (old - 1, reference_root(log.hashes[:old]))):
            with pytest.raises(TreeError):
                verify_consistency(size, root, new, log.tree.root, path)


@settings(max_examples=50)
@given(st.data())
def test_consistency_path__larger_logs__agrees_with_the_standard_and_verifies(data):
    new = data.draw(st.integers(1, 1100))
    old = data.draw(st.integers(1, new))
    path = consistency_path(old, new, LARGE.read)
    assert path == reference_consistency(old, LARGE.hashes[:new])
    roots = [reference_root(LARGE.hashes[:size]) for size in (old, new)]
    verify_consistency(old, roots[0], new, roots[1], path)


def test_verify_consistency__a_log_that_was_empty__begins_every_log():
    assert consistency_path(0, 7, LARGE.read) == []
    verify_consistency(0, EMPTY_ROOT, 7, bytes(32), [])
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])


@pytest.mark.parametrize(
    ("old", "old_root", "new", "new_root", "path"),
    [
        (0, bytes(32), 7, bytes(32), []),
        (0, EMPTY_ROOT, 0, bytes(32), []),
        (0, EMPTY_ROOT, 7, bytes(32), [bytes(32)]),
        (3, bytes(32), 2, bytes(32), []),
        (-1, bytes(32), 2, bytes(32), []),
        (2, bytes(32), 2, b"\1" * 32, []),
        (2, bytes(32), 2, bytes(32), [bytes(32)]),
        (1, bytes(31), 2, node_hash(bytes(31), bytes(32)), [bytes(32)]),
        (3, bytes(32), 4, bytes(32), []),
    ],
)
def test_verify_consistency__what_no_two_trees_have__is_refused(old, old_root, new, new_root, path):
    with pytest.raises(TreeError):
        verify_consistency(old, old_root, new, new_root, path)


def test_verify_consistency__a_leaf_changed_after_the_checkpoint__is_refused():
    log = Log(30)
    for changed in range(20):
        forged = Tree()
        for index, hashed in enumerate(log.hashes):
            forged.append(bytes(32) if index == changed else hashed)
        path = consistency_path(20, 30, log.read)
        with pytest.raises(TreeError):
            verify_consistency(20, Log(20).tree.root, 30, forged.root, path)
