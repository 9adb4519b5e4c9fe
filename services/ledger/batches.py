"""Batches of leaves and the stored nodes of their Merkle tree, in one open session."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.orm import Session

from chain.errors import TreeDamaged
from chain.merkle import EMPTY_ROOT, NodeKey, Tree, edge_keys, leaf_hash
from chain.ports import Batch, BatchState, Confirmed, Leaf, LoggedBatch
from services.ledger.signed_offers import BatchOffers, forget_nonce, read_offers
from services.storage.bulk import insert_rows, update_rows
from services.storage.models import LedgerBatch, LedgerLeaf, LedgerNode

ROOT_OF_LEAVES = func.coalesce(LedgerBatch.leaves_root, LedgerBatch.root)
"""The root of the leaves up to a batch's end, whatever the contract was given."""


def waiting() -> ColumnElement[bool]:
    """Select leaves that have no index yet."""
    return LedgerLeaf.index.is_(None)


def not_final() -> ColumnElement[bool]:
    """Select batches that are not final yet.

    As a literal: with a parameter, PostgreSQL could not use an index of these rows alone.
    """
    return LedgerBatch.state != literal(BatchState.FINAL.value, literal_execute=True)


def batched_size(session: Session) -> int:
    """Return how many leaves have an index."""
    return session.scalar(select(func.max(LedgerBatch.size))) or 0


def batch_waiting(session: Session, limit: int) -> Batch | None:
    """Give the oldest waiting leaves their indexes and tree nodes; None if none wait.

    Raises:
        TreeDamaged: the nodes do not give the root of the batch before.
    """
    chosen = session.execute(
        select(LedgerLeaf.id, LedgerLeaf.subject, LedgerLeaf.commitment)
        .where(waiting())
        .order_by(LedgerLeaf.id)
        .limit(limit)
        .with_for_update()
    ).all()
    if not chosen:
        return None
    # Commitments are random, so their order hides which leaves belong to one event.
    chosen = sorted(chosen, key=lambda row: row.commitment)
    first = batched_size(session)
    indexes = [(row.id, first + place) for place, row in enumerate(chosen)]
    update_rows(session, LedgerLeaf, ("leaf_index",), indexes)
    leaves = tuple(Leaf(row.subject, row.commitment) for row in chosen)
    row, base = _append(session, first, leaves, BatchState.BATCHED)
    return Batch(row.id, first, leaves, base, row.root, BatchState.BATCHED)


def adopt(session: Session, logged: LoggedBatch, block_hash: bytes, now: datetime) -> bool:
    """Take in as final what the chain holds; return whether its root is that of its leaves.

    A waiting leaf gets the index of the first entry that equals it.

    Raises:
        TreeDamaged: the nodes do not give the root of the batch before.
    """
    known = _waiting_ids(session, logged.leaves)
    back, lost = [], []
    for index, leaf in enumerate(logged.leaves, logged.first):
        if (waited := known.pop(leaf, None)) is not None:
            back.append({"id": waited, "index": index})
        else:
            lost.append({**leaf._asdict(), "index": index, "waiting_since": now})
    if back:
        session.execute(update(LedgerLeaf), back)
    if lost:
        session.execute(insert(LedgerLeaf), lost)
    row, _ = _append(session, logged.first, logged.leaves, BatchState.FINAL)
    row.block_number, row.block_hash = logged.block_number, block_hash
    if row.root == logged.root:
        return True
    row.root, row.leaves_root = logged.root, row.root
    return False


def take_apart(session: Session, first: int) -> bool:
    """Let the leaves of open batches from index `first` on wait again; return whether any was."""
    theirs = and_(LedgerBatch.first >= first, not_final())
    batches = session.scalars(select(LedgerBatch.id).where(theirs)).all()
    if not batches:
        return False
    size = batched_size(session)
    for batch_id in batches:
        forget_nonce(session, batch_id)
    session.execute(delete(LedgerBatch).where(LedgerBatch.id.in_(batches)))
    for level in range(1, size.bit_length()):
        # Whatever is whole below `first` stays: the tree of the first leaves is the same.
        beyond = and_(LedgerNode.level == level, LedgerNode.index >= first >> level)
        session.execute(delete(LedgerNode).where(beyond))
    session.execute(update(LedgerLeaf).where(LedgerLeaf.index >= first).values(index=None))
    return True


def read_open(session: Session) -> Sequence[Batch]:
    """Read the batches that are not final, by first index.

    Raises:
        TreeDamaged: one before them is gone.
    """
    rows = session.scalars(select(LedgerBatch).where(not_final()).order_by(LedgerBatch.first)).all()
    if not rows:
        return []
    offers = read_offers(session, [row.id for row in rows])
    bases = _roots_over(session, [row.first for row in rows])
    return [
        _batch(session, row, bases[row.first].contract, offers.get(row.id, BatchOffers()))
        for row in rows
    ]


def read_confirmed(session: Session) -> Confirmed | None:
    """Read the newest final batch."""
    row = session.scalars(
        select(LedgerBatch)
        .where(LedgerBatch.state == BatchState.FINAL)
        .order_by(LedgerBatch.size.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return Confirmed(row.first, row.size, row.root, row.block_number, row.block_hash)


def _append(
    session: Session, first: int, leaves: tuple[Leaf, ...], state: BatchState
) -> tuple[LedgerBatch, bytes]:
    """Add a batch to the tree; return it, and the contract's root before it."""
    tree, before = stored_tree(session, first), _roots_over(session, [first])[first]
    if tree.root != before.leaves:
        raise TreeDamaged(
            f"The tree in the database over the first {first} records does not have the root that "
            "was recorded"
        )
    nodes = [
        (level, index, digest)
        for leaf in leaves
        for (level, index), digest in tree.append(leaf_hash(leaf.subject + leaf.commitment))
    ]
    insert_rows(session, LedgerNode, ("level", "node_index", "hash"), nodes)
    row = LedgerBatch(first=first, size=tree.size, root=tree.root, state=state.value)
    session.add(row)
    session.flush()
    return row, before.contract


class _Roots(NamedTuple):
    """The root that the contract holds at a size, and that of the leaves."""

    contract: bytes
    leaves: bytes


def _roots_over(session: Session, sizes: Sequence[int]) -> Mapping[int, _Roots]:
    rows = session.execute(
        select(LedgerBatch.size, LedgerBatch.root, ROOT_OF_LEAVES).where(
            LedgerBatch.size.in_(sizes)
        )
    )
    roots = {0: _Roots(EMPTY_ROOT, EMPTY_ROOT)}
    roots |= {size: _Roots(root, leaves) for size, root, leaves in rows}
    if missing := set(sizes) - roots.keys():
        raise TreeDamaged(f"The batch of the database that ended at record {min(missing)} is gone")
    return roots


def _batch(session: Session, row: LedgerBatch, base: bytes, offers: BatchOffers) -> Batch:
    leaves = session.execute(
        select(LedgerLeaf.subject, LedgerLeaf.commitment)
        .where(LedgerLeaf.index >= row.first, LedgerLeaf.index < row.size)
        .order_by(LedgerLeaf.index)
    )
    return Batch(
        id=row.id,
        first=row.first,
        leaves=tuple(Leaf(leaf.subject, leaf.commitment) for leaf in leaves),
        base=base,
        root=row.root,
        state=BatchState(row.state),
        offers=offers.signed,
        offered_at=offers.newest_at,
        inclusion_block=row.block_number,
        inclusion_hash=row.block_hash,
    )


def _waiting_ids(session: Session, leaves: Iterable[Leaf]) -> dict[Leaf, int]:
    wanted = [leaf.commitment for leaf in leaves]
    rows = session.execute(
        select(LedgerLeaf.subject, LedgerLeaf.commitment, LedgerLeaf.id).where(
            waiting(), LedgerLeaf.commitment.in_(wanted)
        )
    )
    return {Leaf(row.subject, row.commitment): row.id for row in rows}


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
