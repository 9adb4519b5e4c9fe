"""The audit: chain and database side by side, record by record, in order.

Every leaf of the chain is compared with its row: subject and commitment as recorded, content and
salt against the commitment, the subject against what the content names. The tree is computed
again from the chain's leaves alone; each root that the operator claimed and each node that the
database stores is compared with it. Then the other way round: each event of the journal must have
a leaf for each of its subjects, and what the database calls recorded must be on the chain. What
the database holds of a health programme must be what was approved: see `services.audit.programmes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select, true

from chain.errors import LedgerError
from chain.merkle import Tree, leaf_hash
from chain.ports import BatchState
from chain.reconciliation import require_same
from services.audit.contents import (
    StoredLeaf,
    compare_content,
    compare_journal,
    compare_waiting,
    read_flags,
    read_leaves,
)
from services.audit.findings import AuditReport, Difference, tolerating
from services.audit.nodes import compare_extra_nodes, compare_nodes
from services.audit.programmes import compare_programmes
from services.storage.ledger import batched_size, ledger_identity
from services.storage.models import LedgerBatch, LedgerLeaf
from services.storage.receipts import ON_CHAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from chain.merkle import NodeKey
    from chain.ports import Leaf, LedgerClient, LoggedBatch, LogReader
    from services.storage.database import Database


class Auditor:
    """Compares one database with one ledger."""

    def __init__(self, database: Database, ledger: LedgerClient, logs: LogReader) -> None:
        self._database = database
        self._ledger = ledger
        self._logs = logs

    def audit(
        self, progress: Callable[[int, int], None] = lambda _done, _size: None
    ) -> AuditReport:
        """Compare everything.

        Args:
            progress: told records done and records in all.
        """
        # Size first, then the database: whatever is on the chain then was in it before.
        report = AuditReport(size=self._ledger.size())
        with self._database.read() as session:
            self._require_ours(session)
            tree, ends = Tree(), set[int]()
            for batch in _until(self._logs.batches(), report.size):
                _compare_batch(session, batch, tree, report)
                ends.add(tree.size)
                report.records = tree.size
                progress(report.records, report.size)
            if report.records < report.size:
                raise LedgerError(
                    f"The node's log holds {report.records} records, its contract counts "
                    f"{report.size}: ask another node."
                )
            with tolerating(report):
                self._compare_claims(session, true(), report)
                _compare_batches(session, ends, report)
                _compare_indexes(session, report)
            with tolerating(report):
                compare_waiting(session, _on_the_way(report), report)
            with tolerating(report):
                compare_journal(session, report)
            with tolerating(report):
                compare_programmes(session, report)
            with tolerating(report):
                compare_extra_nodes(session, report)
            with tolerating(report):
                report.flags.extend(read_flags(session))
        return report

    def audit_subject(self, subject: bytes) -> AuditReport:
        """Compare the records of one subject alone: no tree, no roots."""
        report = AuditReport(size=self._ledger.size())
        with self._database.read() as session, tolerating(report):
            self._require_ours(session)
            theirs = LedgerLeaf.subject == subject
            stored = _by_index(session, and_(theirs, LedgerLeaf.index < report.size))
            logged = {
                found.index: found.leaf
                for found in self._logs.by_subject(subject)
                if found.index < report.size
            }
            for index in stored.keys() - logged.keys():
                report.add(Difference.ALTERED, index, "the chain has another subject there")
            stored |= _by_index(session, LedgerLeaf.index.in_(logged.keys() - stored.keys()))
            for index, leaf in logged.items():
                _compare_leaf(session, index, leaf, (stored.get(index), report))
            report.records = len(logged)
            self._compare_claims(session, _holds(theirs), report)
            compare_waiting(session, and_(theirs, _on_the_way(report)), report)
            compare_programmes(session, report, subject)
            report.flags.extend(read_flags(session, subject))
        return report

    def _require_ours(self, session: Session) -> None:
        known = ledger_identity(session)
        if known is not None:
            require_same(known, self._ledger.identity())

    def _compare_claims(
        self, session: Session, which: ColumnElement[bool], report: AuditReport
    ) -> None:
        """Look for batches that the database calls recorded and the chain does not have."""
        claimed = and_(LedgerBatch.state.in_(ON_CHAIN), LedgerBatch.size > self._ledger.size())
        for row in session.scalars(select(LedgerBatch).where(claimed, which)):
            report.add(
                Difference.MISSING_ON_CHAIN,
                row.first,
                f"batch up to {row.size} is not on the chain",
            )


def _on_the_way(report: AuditReport) -> ColumnElement[bool]:
    return or_(LedgerLeaf.index.is_(None), LedgerLeaf.index >= report.size)


def _holds(leaves: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a batch holds one of some leaves."""
    within = and_(LedgerLeaf.index >= LedgerBatch.first, LedgerLeaf.index < LedgerBatch.size)
    return select(LedgerLeaf.id).where(leaves, within).exists()


def _until(batches: Iterable[LoggedBatch], size: int) -> Iterator[LoggedBatch]:
    for batch in batches:
        if batch.first >= size:
            return
        yield batch


def _compare_batch(session: Session, batch: LoggedBatch, tree: Tree, report: AuditReport) -> None:
    end = batch.first + len(batch.leaves)
    nodes: dict[NodeKey, bytes] = {}
    for leaf in batch.leaves:
        nodes.update(tree.append(leaf_hash(leaf.subject + leaf.commitment)))
    with tolerating(report, batch.first):
        stored = _by_index(session, and_(LedgerLeaf.index >= batch.first, LedgerLeaf.index < end))
        for index, leaf in enumerate(batch.leaves, batch.first):
            _compare_leaf(session, index, leaf, (stored.get(index), report))
    if tree.root != batch.root:
        report.add(Difference.WRONG_ROOT, batch.first, f"root at {end} is not of the leaves")
    _compare_stored_root(session, end, batch.root, report)
    compare_nodes(session, (batch.first, end), nodes, report)


def _compare_leaf(
    session: Session, index: int, leaf: Leaf, compared: tuple[StoredLeaf | None, AuditReport]
) -> None:
    stored, report = compared
    if stored is None or (stored.subject, stored.commitment) != leaf:
        elsewhere = session.scalar(
            select(LedgerLeaf.index).where(
                LedgerLeaf.commitment == leaf.commitment, LedgerLeaf.subject == leaf.subject
            )
        )
        if elsewhere is not None:
            report.add(Difference.REORDERED, index, f"the database has it at {elsewhere}")
        elif stored is None:
            report.add(Difference.MISSING_IN_DATABASE, index, "no row for it")
        else:
            report.add(Difference.ALTERED, index, "subject or commitment is not the chain's")
    else:
        compare_content(stored, report)


def _by_index(session: Session, which: ColumnElement[bool]) -> dict[int, StoredLeaf]:
    leaves = read_leaves(session, which)
    return {leaf.place: leaf for leaf in leaves if leaf.place is not None}


def _compare_batches(session: Session, ends: set[int], report: AuditReport) -> None:
    """Look for batches that the chain does not have, that leave a gap, or are in no known state."""
    end = 0
    for row in session.scalars(select(LedgerBatch).order_by(LedgerBatch.size)):
        if row.state not in set(BatchState):
            report.add(Difference.ALTERED, row.first, f"state of the batch up to {row.size}")
        if row.first != end or (row.size <= report.size and row.size not in ends):
            report.add(Difference.WRONG_ROOT, row.first, f"the chain has no such batch: {row.size}")
        end = row.size


def _compare_indexes(session: Session, report: AuditReport) -> None:
    """Look for leaves whose index no batch gave: they would wait for ever, and look recorded."""
    beyond = or_(LedgerLeaf.index < 0, LedgerLeaf.index >= batched_size(session))
    for index in session.scalars(select(LedgerLeaf.index).where(beyond)):
        report.add(Difference.ALTERED, None, f"a leaf has the index {index}, which no batch gave")


def _compare_stored_root(session: Session, size: int, root: bytes, report: AuditReport) -> None:
    stored = session.scalar(select(LedgerBatch.root).where(LedgerBatch.size == size))
    if stored != root:
        report.add(Difference.WRONG_ROOT, size - 1, f"the database's root at {size} is another")
