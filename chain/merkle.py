"""The Merkle tree of RFC 9162, section 2.1, over SHA-256.

A tree over n leaves is described by which leaves lie below each node: a range (start, end), whose
left part is the largest power of two smaller than the whole. Every proof walks down these ranges.
Stored are only the complete subtrees, which never change as the tree grows; any other node is
made of a few of them, so a proof reads O(log n) hashes at once.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from chain.errors import TreeError

NodeKey = tuple[int, int]
"""(level, index) of a complete subtree: leaves index * 2^level to (index + 1) * 2^level."""

ReadNodes = Callable[[Sequence[NodeKey]], Mapping[NodeKey, bytes]]
"""Fetches the hashes of complete subtrees; level 0 holds the leaf hashes."""

EMPTY_ROOT: Final = sha256(b"").digest()

_HASH_BYTES: Final = 32
_Range = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def edge_keys(size: int) -> list[NodeKey]:
    """Return the complete subtrees that make a tree of `size` leaves, largest first."""
    levels = range(size.bit_length() - 1, -1, -1)
    return [(level, (size >> level) - 1) for level in levels if size >> level & 1]


def root_of_edge(hashes: Sequence[bytes]) -> bytes:
    """Return the root above these complete subtrees, given largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


class Tree:
    """A tree that grows leaf by leaf and keeps only its right edge, O(log n) hashes.

    Attributes:
        size: number of leaves.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        if size < 0 or len(edge) != size.bit_count():
            raise TreeError(f"A tree of {size} leaves has no edge of {len(edge)} hashes.")
        self.size = size
        self._edge = list(edge)

    def append(self, leaf_hash: bytes) -> list[tuple[NodeKey, bytes]]:
        """Add a leaf; return the interior nodes (level >= 1) that it completes, lowest first."""
        completed = []
        node, index, level = leaf_hash, self.size, 0
        while index & 1:
            node = sha256(b"\x01" + self._edge.pop() + node).digest()
            index >>= 1
            level += 1
            completed.append(((level, index), node))
        self._edge.append(node)
        self.size += 1
        return completed

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The hashes at `edge_keys(size)`."""
        return tuple(self._edge)

    @property
    def root(self) -> bytes:
        """The Merkle tree head, 32 bytes."""
        return root_of_edge(self._edge)


def inclusion_path(index: int, size: int, read: ReadNodes) -> list[bytes]:
    """Return the path of leaf `index` in the tree of `size` leaves, lowest first (2.1.3.1).

    Raises:
        TreeError: no such leaf, or `read` lacks a node.
    """
    return _roots(_siblings(index, size), read)


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that `path` leads to (2.1.3.2).

    The path alone does not bind `size`: compare root and size together.

    Raises:
        TreeError: no such leaf, or a path that is not of its length.
    """
    siblings = _siblings(index, size)
    _check_path(path, len(siblings))
    node = leaf_hash
    for (start, _), sibling in zip(siblings, path, strict=True):
        node = node_hash(sibling, node) if start < index else node_hash(node, sibling)
    return node


def consistency_path(old: int, new: int, read: ReadNodes) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` (2.1.4.1).

    Empty when `old` is 0 or equal to `new`.

    Raises:
        TreeError: `old` is larger than `new`, or `read` lacks a node.
    """
    ranges = _consistency_ranges(old, new)
    return _roots(ranges[_seed_is_known(ranges) :], read)


def roots_from_consistency(
    old_size: int, old_root: bytes, new_size: int, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the roots of the old and of the new tree that `path` leads to (2.1.4.2).

    Where the old tree is whole within the new one, its root is where the way begins, and not in
    the path: then the root returned is the one given.

    Raises:
        TreeError: sizes that no two trees have, or a path that is not of its length.
    """
    ranges = _consistency_ranges(old_size, new_size)
    hashes = [old_root, *path] if _seed_is_known(ranges) else list(path)
    _check_path(hashes, max(1, len(ranges)))
    old = new = EMPTY_ROOT if old_size == 0 else hashes[0]
    for (start, _), sibling in zip(ranges[1:], hashes[1:], strict=True):
        if start < old_size:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    return old, new


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that the new tree begins with the old one (2.1.4.2).

    Raises:
        TreeError: it does not, or `path` does not prove it.
    """
    old, new = roots_from_consistency(old_size, old_root, new_size, path)
    if old != old_root:
        raise TreeError(f"The path does not lead to the root over {old_size} leaves.")
    if new != new_root and (old_size > 0 or new_size == 0):
        raise TreeError(f"The path does not lead to the root over {new_size} leaves.")


def _split(start: int, end: int) -> int:
    """Return where the right part of a node begins: k of RFC 9162, section 2.1.1."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _siblings(index: int, size: int) -> list[_Range]:
    """Return the ranges beside the way from leaf `index` up to the root."""
    if not 0 <= index < size:
        raise TreeError(f"A tree of {size} leaves has no leaf {index}.")
    start, end, siblings = 0, size, []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return siblings[::-1]


def _consistency_ranges(old: int, new: int) -> list[_Range]:
    """Return the last node that is whole in the old tree, then the ranges beside its way up."""
    if not 0 <= old <= new:
        raise TreeError(f"A tree of {new} leaves does not begin with one of {old}.")
    if old == 0:
        return []
    start, end, siblings = 0, new, []
    while end != old:
        middle = _split(start, end)
        if old <= middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return [(start, end), *siblings[::-1]]


def _seed_is_known(ranges: Sequence[_Range]) -> bool:
    """Check whether the first range is the whole old tree, whose root the verifier has."""
    return not ranges or ranges[0][0] == 0


def _cover(start: int, end: int) -> list[NodeKey]:
    """Return the complete subtrees that make one node, largest first."""
    return [(level, (start >> level) + index) for level, index in edge_keys(end - start)]


def _roots(ranges: Sequence[_Range], read: ReadNodes) -> list[bytes]:
    covers = [_cover(start, end) for start, end in ranges]
    keys = [key for cover in covers for key in cover]
    nodes = read(keys) if keys else {}
    missing = [key for key in keys if key not in nodes]
    if missing:
        raise TreeError(f"The tree lacks the node at level {missing[0][0]}, index {missing[0][1]}.")
    return [root_of_edge([nodes[key] for key in cover]) for cover in covers]


def _check_path(path: Sequence[bytes], length: int) -> None:
    if len(path) != length:
        raise TreeError(f"The path has {len(path)} hashes where this place needs {length}.")
    if any(len(node) != _HASH_BYTES for node in path):
        raise TreeError("A hash of the path is not 32 bytes.")
