"""The stored nodes of the ledger's Merkle tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from chain.errors import TreeDamaged
from chain.merkle import NodeKey, Tree, edge_keys, leaf_hash
from services.storage.models import LedgerLeaf, LedgerNode


def read_nodes(session: Session, keys: Sequence[NodeKey]) -> Mapping[NodeKey, bytes]:
    """Read hashes of complete subtrees; level 0 is computed from the leaves.

    Implements `chain.merkle.ReadNodes` with the session bound.
    """
    wanted = [key for key in keys if key[0] > 0]
    leaves = [index for level, index in keys if level == 0]
    found: dict[NodeKey, bytes] = {}
    if wanted:
        rows = session.execute(
            select(LedgerNode.level, LedgerNode.index.label("place"), LedgerNode.hash).where(
                tuple_(LedgerNode.level, LedgerNode.index).in_(wanted)
            )
        )
        found.update({(row.level, row.place): row.hash for row in rows})
    if leaves:
        rows = session.execute(
            select(
                LedgerLeaf.index.label("place"), LedgerLeaf.subject, LedgerLeaf.commitment
            ).where(LedgerLeaf.index.in_(leaves))
        )
        found.update({(0, row.place): leaf_hash(row.subject + row.commitment) for row in rows})
    return found


def stored_tree(session: Session, size: int) -> Tree:
    """Return the tree over the first `size` leaves, ready to append to.

    Raises:
        TreeDamaged: a node is gone.
    """
    keys = edge_keys(size)
    nodes = read_nodes(session, keys)
    if len(nodes) < len(keys):
        raise TreeDamaged(f"The tree in the database over the first {size} records is not whole")
    return Tree(size, [nodes[key] for key in keys])
