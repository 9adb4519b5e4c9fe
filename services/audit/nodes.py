"""The stored tree nodes against those that the chain's leaves give."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from chain.merkle import NodeKey
from services.audit.findings import AuditReport, Difference
from services.ledger.batches import batched_size
from services.storage.models import LedgerNode

# Core columns: the ORM would make an object of each row.
_NODES = LedgerNode.__table__


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
