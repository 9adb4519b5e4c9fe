"""Audits as jobs: asked for, held by one worker at a time, ended with a verdict; a history."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from services.audit.findings import AuditReport
from services.audit.sampling import SampleRequest
from services.core.errors import AuditGoesOn, NotFound
from services.storage.locks import require_one_writer
from services.storage.models import AuditRun

LEASE = timedelta(minutes=2)
"""How long a worker that stopped without a word still holds an audit."""
MOST_TRIES = 3
"""How often one begins whose worker is killed in the middle."""
_MOST_TOLD = 200


class RunVerdict(StrEnum):
    """Verdict of an audit: all agrees, something differs, or it could not be done."""

    CLEAN = "clean"
    DIFFERS = "differs"
    FAILED = "failed"


class RunWanted(NamedTuple):
    """An audit that is asked for: a sample, or all; with the tables of state or without."""

    sample: SampleRequest | None = None
    projections: bool = False


class HeldRun(NamedTuple):
    """An audit that a worker holds: its key, and what to do."""

    id: int
    wanted: RunWanted


def ask_for_run(session: Session, wanted: RunWanted, party_id: int | None, now: datetime) -> UUID:
    """Ask the worker for an audit; return its public id. The session is the one writer.

    Raises:
        AuditGoesOn: one waits or goes on.
    """
    require_one_writer(session)
    if session.scalar(select(AuditRun.id).where(AuditRun.ended_at.is_(None)).limit(1)) is not None:
        raise AuditGoesOn
    sample = wanted.sample
    row = AuditRun(
        public_id=uuid4(),
        asked_by_id=party_id,
        asked_at=now,
        sample=sample.records if sample else None,
        seed=sample.seed if sample else None,
        among=sample.among if sample else None,
        projections=wanted.projections,
        tries=0,
        done=0,
    )
    session.add(row)
    session.flush()
    return row.public_id


def take_run(session: Session, now: datetime) -> HeldRun | None:
    """Take the audit that waits, or whose worker stopped; None: there is none to take.

    One that was begun too often is ended as failed. The session is the one writer.
    """
    require_one_writer(session)
    free = or_(AuditRun.leased_until.is_(None), AuditRun.leased_until <= now)
    row = session.scalars(select(AuditRun).where(AuditRun.ended_at.is_(None), free)).first()
    if row is None:
        return None
    if row.tries >= MOST_TRIES:
        _end(row, RunVerdict.FAILED, {"error": f"its worker ended {row.tries} times"}, now)
        return None
    row.tries += 1
    row.started_at, row.leased_until, row.done = now, now + LEASE, 0
    sample = None
    if row.sample is not None and row.seed is not None:
        sample = SampleRequest(row.sample, row.seed, row.among)
    return HeldRun(row.id, RunWanted(sample, row.projections))


def note_progress(session: Session, run_id: int, done: tuple[int, int], now: datetime) -> None:
    """Keep the lease of an audit, and note records done and in all."""
    session.execute(
        update(AuditRun)
        .where(AuditRun.id == run_id, AuditRun.ended_at.is_(None))
        .values(leased_until=now + LEASE, done=done[0], size=done[1])
    )


def give_back(session: Session, run_id: int) -> None:
    """Leave an audit to the next worker: this one ends in good order, and it is no failed try."""
    session.execute(
        update(AuditRun)
        .where(AuditRun.id == run_id)
        .values(leased_until=None, tries=AuditRun.tries - 1)
    )


def end_run(session: Session, run_id: int, report: AuditReport, now: datetime) -> None:
    """Note what an audit found."""
    row = session.get_one(AuditRun, run_id)
    told = report.as_json()
    for name in ("findings", "flags", "erased", "not_comparable"):
        told[f"{name}_count"] = len(told[name])
        told[name] = told[name][:_MOST_TOLD]
    row.done, row.size = report.records, report.size
    _end(row, RunVerdict.CLEAN if report.clean else RunVerdict.DIFFERS, told, now)


def fail_run(session: Session, run_id: int, why: str, now: datetime) -> None:
    """Note that an audit could not be done."""
    _end(session.get_one(AuditRun, run_id), RunVerdict.FAILED, {"error": why}, now)


def find_run(session: Session, public_id: UUID) -> AuditRun:
    """Return an audit.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(select(AuditRun).where(AuditRun.public_id == public_id)).first()
    if row is None:
        raise NotFound("No audit has this id")
    return row


def report_of(row: AuditRun) -> dict[str, Any] | None:
    """Return the report of an audit; None: it has not ended."""
    found: dict[str, Any] | None = json.loads(row.report) if row.report else None
    return found


def _end(row: AuditRun, verdict: RunVerdict, told: Mapping[str, Any], now: datetime) -> None:
    row.ended_at, row.leased_until, row.verdict = now, None, verdict.value
    row.report = json.dumps(told)
