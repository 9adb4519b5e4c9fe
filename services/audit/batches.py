"""The batches of the chain: tree, roots, nodes, and the rows of their records.

The tree is made of the chain's records alone, and of nodes that a root binds which the auditor
holds. Rows are compared from that checkpoint on; with none, from the first.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from chain.errors import LedgerError, TreeDamaged
from chain.merkle import EMPTY_ROOT, NodeKey, Tree, leaf_hash
from chain.ports import BatchState, Leaf, LoggedBatch
from services.audit.contents import by_index, compare_leaf
from services.audit.findings import UNREADABLE, AuditReport, Difference, tolerating
from services.audit.stored_ledger import LedgerReader
from services.ledger.batches import batched_size, stored_tree
from services.storage.models import LedgerBatch, LedgerLeaf, LedgerNode

# Core columns: the ORM would make an object of each row.
_NODES, _BATCHES = LedgerNode.__table__, LedgerBatch.__table__
_AT_ONCE = 2_000


class HeldCheckpoint(NamedTuple):
    """A checkpoint that the auditor holds: the size of the ledger then, and its root if noted."""

    size: int
    root: bytes | None = None


FROM_THE_FIRST = HeldCheckpoint(0, EMPTY_ROOT)


class BatchComparison:
    """Goes through the chain's batches beside the database, comparing from `held` on.

    Args:
        tree: over the records before the first batch that `go` is given.

    Attributes:
        ends: sizes at which the chain's batches end.
    """

    def __init__(
        self, session: Session, held: HeldCheckpoint, report: AuditReport, tree: Tree
    ) -> None:
        self._session = session
        self._held = held
        self._report = report
        self._tree = tree
        self.ends = {tree.size}

    def go(self, batches: Iterable[LoggedBatch], progress: Callable[[int, int], None]) -> None:
        """Compare every batch that the chain had when the audit began.

        Raises:
            LedgerError: the log has fewer records than the contract counts, or begins elsewhere.
        """
        size = self._report.size
        if self._tree.size == self._held.size:
            self._compare_held()
        for batch in _until(batches, size):
            self._compare(batch)
            self.ends.add(self._tree.size)
            progress(self._tree.size, size)
        if self._tree.size < size:
            raise LedgerError(
                f"The node's log holds {self._tree.size} records, its contract counts "
                f"{size}: ask another node."
            )
        self._report.checkpoint = f"{self._tree.size}:{self._tree.root.hex()}"
        if size < self._held.size:
            self._rewritten(f"the chain has {size} records, fewer than the checkpoint")

    def _compare(self, batch: LoggedBatch) -> None:
        if batch.first != self._tree.size:
            raise LedgerError(
                f"The node's log goes on at record {batch.first}, after {self._tree.size}: ask "
                "another node."
            )
        old, new = self._split(batch)
        self._grow(old)
        if old and self._tree.size == self._held.size:
            self._compare_held()
        first, nodes = self._tree.size, self._grow(new)
        end = self._tree.size
        if self._tree.root != batch.root:
            self._report.add(
                Difference.WRONG_ROOT, batch.first, f"root at {end} is not of the leaves"
            )
        if new:
            self._compare_rows(first, new)
            self._compare_stored_root(batch.root)
            compare_nodes(self._session, (first, end), nodes, self._report)

    def _split(self, batch: LoggedBatch) -> tuple[Sequence[Leaf], Sequence[Leaf]]:
        """Return the records before the checkpoint and those after it."""
        known = max(self._held.size - batch.first, 0)
        return batch.leaves[:known], batch.leaves[known:]

    def _grow(self, leaves: Sequence[Leaf]) -> dict[NodeKey, bytes]:
        nodes: dict[NodeKey, bytes] = {}
        for leaf in leaves:
            nodes.update(self._tree.append(leaf_hash(leaf.subject + leaf.commitment)))
        return nodes

    def _compare_held(self) -> None:
        if self._held.root not in {None, self._tree.root}:
            self._rewritten("the chain's own records do not give the checkpoint's root")

    def _rewritten(self, how: str) -> None:
        self._report.add(Difference.HISTORY_REWRITTEN, None, f"{how} at {self._held.size}")

    def _compare_rows(self, first: int, leaves: Sequence[Leaf]) -> None:
        with tolerating(self._report, first):
            within = and_(LedgerLeaf.index >= first, LedgerLeaf.index < first + len(leaves))
            stored = by_index(self._session, within)
            for index, leaf in enumerate(leaves, first):
                compare_leaf(self._session, index, leaf, (stored.get(index), self._report))
        self._report.records += len(leaves)

    def _compare_stored_root(self, root: bytes) -> None:
        size, of_leaves = self._tree.size, self._tree.root
        stored = self._session.execute(
            select(LedgerBatch.root, LedgerBatch.leaves_root).where(LedgerBatch.size == size)
        ).first()
        if stored is None or (stored.root, stored.leaves_root or of_leaves) != (root, of_leaves):
            self._report.add(
                Difference.WRONG_ROOT, size - 1, f"the database's root at {size} is another"
            )

    def compare_batches(self) -> None:
        """Look for stored batches that the chain lacks, that leave a gap, or are in no state."""
        end = max(one for one in self.ends if one <= self._held.size)
        rows = self._session.execute(
            select(_BATCHES.c.first_index.label("first"), _BATCHES.c.size, _BATCHES.c.state)
            .where(_BATCHES.c.size > end)
            .order_by(_BATCHES.c.size),
            execution_options={"yield_per": _AT_ONCE},
        )
        for row in rows:
            if row.state not in set(BatchState):
                self._report.add(
                    Difference.ALTERED, row.first, f"state of the batch up to {row.size}"
                )
            known = row.size > self._report.size or row.size in self.ends
            if row.first != end or not known:
                self._report.add(
                    Difference.WRONG_ROOT, row.first, f"the chain has no such batch: {row.size}"
                )
            end = row.size


def known_tree(session: Session, ledger: LedgerReader, held: HeldCheckpoint) -> Tree:
    """Return the tree over the records before a checkpoint; an empty one: they must be read.

    The stored nodes are the operator's, but no others give the root that the auditor holds.
    """
    if not held.size or held.root is None or ledger.root_at(held.size) != held.root:
        return Tree()
    try:
        tree = stored_tree(session, held.size)
        return tree if tree.root == held.root else Tree()
    except (TreeDamaged, *UNREADABLE):
        return Tree()


def _until(batches: Iterable[LoggedBatch], size: int) -> Iterator[LoggedBatch]:
    for batch in batches:
        if batch.first >= size:
            return
        yield batch


def compare_nodes(
    session: Session, span: tuple[int, int], nodes: dict[NodeKey, bytes], report: AuditReport
) -> None:
    """Compare the nodes that the leaves `span` complete: level by level, one range each."""
    first, end = span
    levels = range(1, end.bit_length())
    ranges = [
        and_(
            LedgerNode.level == level,
            LedgerNode.index >= first >> level,
            LedgerNode.index < end >> level,
        )
        for level in levels
        if first >> level < end >> level
    ]
    if not ranges:
        return
    rows = session.execute(
        select(_NODES.c.level, _NODES.c.node_index, _NODES.c.hash).where(or_(*ranges))
    )
    stored = {(level, index): node for level, index, node in rows}
    for key in nodes.keys() | stored.keys():
        if nodes.get(key) != stored.get(key):
            level, index = key
            report.add(Difference.WRONG_NODE, index << level, f"node {index} of level {level}")


def compare_extra_nodes(session: Session, report: AuditReport) -> None:
    """Look for nodes that no leaves give."""
    batched = batched_size(session)
    levels = session.execute(
        select(
            LedgerNode.level,
            func.min(LedgerNode.index).label("lowest"),
            func.max(LedgerNode.index).label("highest"),
        ).group_by(LedgerNode.level)
    )
    for row in levels:
        if row.level < 1 or row.lowest < 0 or row.highest >= batched >> row.level:
            report.add(Difference.WRONG_NODE, None, f"a node of level {row.level} has no leaves")
