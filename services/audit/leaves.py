"""Records of the chain against the leaves of the database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from chain.ports import Leaf
from services.audit.contents import StoredLeaf, compare_content, read_leaves
from services.audit.findings import AuditReport, Difference
from services.ledger.batches import batched_size
from services.ledger.receipts import ON_CHAIN
from services.storage.models import LedgerBatch, LedgerLeaf


def by_index(session: Session, which: ColumnElement[bool]) -> dict[int, StoredLeaf]:
    """Read leaves that have an index, by it."""
    leaves = read_leaves(session, which)
    return {leaf.place: leaf for leaf in leaves if leaf.place is not None}


def compare_leaf(
    session: Session, index: int, leaf: Leaf, compared: tuple[StoredLeaf | None, AuditReport]
) -> None:
    """Compare one record with its row: as recorded, and content and salt with the commitment.

    `compared` is the row at that index, if there is one, and the report.
    """
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


def compare_claims(
    session: Session, size: int, which: ColumnElement[bool], report: AuditReport
) -> None:
    """Look for batches that the database calls recorded and the chain does not have.

    `size` is the chain's, read after the session began; `which` selects batches.
    """
    claimed = and_(LedgerBatch.state.in_(ON_CHAIN), LedgerBatch.size > size)
    for row in session.scalars(select(LedgerBatch).where(claimed, which)):
        report.add(
            Difference.MISSING_ON_CHAIN,
            row.first,
            f"batch up to {row.size} is not on the chain",
        )


def compare_indexes(session: Session, report: AuditReport) -> None:
    """Look for leaves whose index no batch gave: they would wait for ever, and look recorded."""
    beyond = or_(LedgerLeaf.index < 0, LedgerLeaf.index >= batched_size(session))
    for index in session.scalars(select(LedgerLeaf.index).where(beyond)):
        report.add(Difference.ALTERED, None, f"a leaf has the index {index}, which no batch gave")


def on_the_way(report: AuditReport) -> ColumnElement[bool]:
    """Select the leaves that were not on the chain when the audit began."""
    return or_(LedgerLeaf.index.is_(None), LedgerLeaf.index >= report.size)


def holds(leaves: ColumnElement[bool]) -> ColumnElement[bool]:
    """Select the batches that hold one of some leaves."""
    within = and_(LedgerLeaf.index >= LedgerBatch.first, LedgerLeaf.index < LedgerBatch.size)
    return select(LedgerLeaf.id).where(leaves, within).exists()
