"""What must hold when a schedule is over and the recorder has drained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from chain.connection import connect
from chain.ports import BatchState, Leaf
from services.audit.comparison import Auditor
from services.audit.findings import Difference
from services.storage.models import LedgerBatch, LedgerLeaf
from tests.chain.scene import logged_leaves

if TYPE_CHECKING:
    from services.storage.database import Database
    from tests.flow.schedules.world import World


def prove(world: World) -> None:
    """Compare what was reported with the chain, the chain with the database, and audit.

    Raises:
        AssertionError: something is missing, twice, out of order, or found by the audit.
    """
    settings = replace(world.settings.chain, url=world.node.url)
    with world.database() as database, connect(settings, write=False) as chain:
        leaves = logged_leaves(chain.logs)
        assert chain.ledger.size() == len(leaves)
        _prove_once(leaves, world)
        _prove_rows(leaves, database)
        report = Auditor(database, chain.ledger, chain.logs).audit()
    assert report.waiting == 0
    assert {finding.difference for finding in report.findings} <= {Difference.CONTENT_LOST}
    found = {finding.index for finding in report.findings}
    assert found == {index for index, leaf in enumerate(leaves) if leaf not in world.held}


def _prove_once(leaves: list[Leaf], world: World) -> None:
    recorded = set(leaves)
    assert len(recorded) == len(leaves), "a leaf is on the chain twice"
    assert recorded <= world.reported, "a leaf is on the chain that nobody reported"
    assert world.held <= recorded, "a leaf is not on the chain"


def _prove_rows(leaves: list[Leaf], database: Database) -> None:
    rows = select(LedgerLeaf.subject, LedgerLeaf.commitment).order_by(LedgerLeaf.index)
    open_batches = select(func.count()).where(LedgerBatch.state != BatchState.FINAL)
    with database.read() as session:
        assert [Leaf(*row) for row in session.execute(rows)] == leaves
        assert session.scalar(open_batches) == 0
