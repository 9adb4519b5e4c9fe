"""The tables of state against the journal, which they were made from.

The audit of the ledger shows that the journal is what was recorded. What the program answers with
is something else: rows that it made of the events, such as where a pig is and whose it is. Here
they are made again from the journal, by the same fold that made them, and compared. Nothing is
written. What cannot be made again is listed in `services.audit.state.columns`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.audit.findings import AuditReport, tolerating
from services.audit.state.animals import compare_animals
from services.audit.state.names import compare_named
from services.audit.state.papers import compare_orders, compare_outbreaks, compare_permits
from services.audit.state.rows import (
    compare_corrections,
    compare_owners,
    compare_premises,
    compare_ranges,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_STEPS = (
    compare_named,
    compare_animals,
    compare_premises,
    compare_corrections,
    compare_ranges,
    compare_permits,
    compare_outbreaks,
    compare_orders,
    compare_owners,
)


def compare_projections(session: Session, report: AuditReport) -> None:
    """Compare the tables of state with what the journal gives.

    Args:
        session: an open reading session: one state of the database, beside which others may write.
        report: `WRONG_PROJECTION` for each row that differs; what erased events touched goes to
            `not_comparable`.
    """
    for step in _STEPS:
        with tolerating(report, where=f"what {step.__name__} reads"):
            step(session, report)
