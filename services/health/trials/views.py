"""Trials as lists and pages show them: no arm of anybody, and no seed before the end."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from chain.canonical import receipt_code
from services.health.format.model import Programme
from services.health.trials.checklists import Source, checklists
from services.health.trials.flow import consort, design_of_row
from services.health.versions.store import programme_by_id
from services.ledger.receipts import recorded_size
from services.storage.models import (
    Journal,
    LedgerLeaf,
    ProgrammeVersion,
    Subscription,
    TrialAllocation,
    TrialRow,
)

WAITING, ALLOCATING, CLOSED = "waiting for the ledger", "recorded", "closed"


def trial_views(session: Session) -> list[dict[str, Any]]:
    """Return all trials, newest first."""
    rows = session.scalars(select(TrialRow).order_by(TrialRow.id.desc())).all()
    return [trial_view(session, row) for row in rows]


def trial_view(session: Session, row: TrialRow) -> dict[str, Any]:
    """Return a trial: its design, the digest of its seed, and where its opening is."""
    leaf = _leaf(session, row.journal_id)
    people = select(func.count()).where(TrialAllocation.trial_id == row.id)
    size = recorded_size(session)
    recorded = leaf is not None and leaf.place is not None and leaf.place < size
    state = CLOSED if row.closed_at else ALLOCATING if recorded else WAITING
    return {
        "programme": row.programme,
        "trial": row.code,
        "state": state,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "people": session.scalar(people) or 0,
        "design": design_of_row(row),
        "seed_digest": row.seed_digest.hex(),
        "seed": row.revealed,
        "receipt": receipt_code(leaf.commitment) if leaf else None,
        "record": leaf.place if leaf and recorded else None,
    }


def _leaf(session: Session, journal_id: int) -> Row[*tuple[Any, ...]] | None:
    wanted = (
        select(LedgerLeaf.commitment, LedgerLeaf.index.label("place"))
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(Journal.id == journal_id)
    )
    return session.execute(wanted).first()


def checklist_view(
    session: Session, row: TrialRow, now: datetime, toea: int
) -> dict[str, list[dict[str, Any]]]:
    """Return mERA and TIDieR of a trial, by the newest version that somebody of it is in."""
    version, programme = _newest(session, row)
    flow = consort(session, row, now)
    return checklists(Source(programme, design_of_row(row), flow, version.number, toea))


def _newest(session: Session, row: TrialRow) -> tuple[ProgrammeVersion, Programme]:
    used = (
        select(func.max(Subscription.version_id))
        .join(TrialAllocation, TrialAllocation.subscription_id == Subscription.id)
        .where(TrialAllocation.trial_id == row.id)
    )
    newest = select(func.max(ProgrammeVersion.id)).where(ProgrammeVersion.code == row.programme)
    return programme_by_id(session, session.scalar(used) or session.scalar(newest) or 0)
