"""Uses of permits, against the arrivals that a replay of the journal gives."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.findings import AuditReport
from services.audit.projections.common import each_apart, portions, wrong
from services.livestock.recording.permit_uses import uses_at
from services.storage.models import Permit, Premises


def compare_permit_uses(session: Session, report: AuditReport) -> None:
    """Assign arrivals to the permits that lead to each place, and compare with what is stored."""
    led = select(Permit.destination_id)
    rows = select(Premises.id).where(Premises.id.in_(led))
    each_apart(session, report, portions(session, rows, Premises.id), _compare_uses)


def _compare_uses(session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    for row in rows:
        stored, made = uses_at(session, row.id)
        differing = {use.permit for use in stored ^ made}
        if differing:
            names = select(Permit.public_id).where(Permit.id.in_(differing)).order_by(Permit.id)
            for name in session.scalars(names):
                what = f"permit_use of permit {name}"
                wrong(report, what, "its uses are not those of its arrivals")
