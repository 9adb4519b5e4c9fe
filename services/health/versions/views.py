"""Programmes and their versions as people see them, with approvals and receipts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from chain.canonical import receipt_code
from services.health.danger.danger_lexicon import lexicon_version
from services.health.format.model import Programme
from services.health.linting.findings import Finding
from services.health.versions.store import readable
from services.ledger.receipts import ReceiptState, recorded_size
from services.storage.models import (
    Journal,
    LedgerLeaf,
    Party,
    ProgrammeApproval,
    ProgrammeVersion,
)


def programme_views(session: Session) -> list[dict[str, Any]]:
    """Return all programmes by code, the newest version of each first."""
    rows = session.scalars(
        select(ProgrammeVersion).order_by(ProgrammeVersion.code, ProgrammeVersion.number.desc())
    ).all()
    summaries = _summaries(session, rows)
    found: dict[str, dict[str, Any]] = {}
    for row, summary in zip(rows, summaries, strict=True):
        if row.code not in found:
            programme = readable(session, row.id)
            found[row.code] = {
                "code": row.code,
                "area": programme.area if programme else "",
                "title": programme.title if programme else {},
                "example": bool(programme and programme.example),
                "versions": [],
            }
        found[row.code]["versions"].append(summary)
    return list(found.values())


def version_view(
    session: Session, version: ProgrammeVersion, found: Iterable[Finding]
) -> dict[str, Any]:
    """Return one version in full, with the linter's findings."""
    (summary,) = _summaries(session, [version])
    return summary | {
        "code": version.code,
        "document": version.document.decode(),
        "findings": [one.as_json() for one in found],
    }


def approval_view(session: Session, row: ProgrammeApproval) -> dict[str, Any]:
    """Return one approval."""
    views = _approvals(session, [row.version_id])[row.version_id]
    return next(view for view in views if view["language"] == row.language)


def _summaries(session: Session, rows: Sequence[ProgrammeVersion]) -> list[dict[str, Any]]:
    approvals = _approvals(session, [row.id for row in rows])
    wanted = select(Party.id, Party.public_id).where(
        Party.id.in_({row.created_by_id for row in rows})
    )
    authors = {row.id: row.public_id for row in session.execute(wanted)}
    return [
        {
            "number": row.number,
            "digest": row.digest.hex(),
            "created_at": row.created_at,
            "created_by": authors.get(row.created_by_id or 0),
            "languages": _languages(readable(session, row.id)),
            "approvals": approvals[row.id],
        }
        for row in rows
    ]


def _languages(programme: Programme | None) -> dict[str, str]:
    languages = programme.languages if programme else {}
    return {language: status.value for language, status in languages.items()}


def _approvals(session: Session, versions: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    by, ended_by = aliased(Party), aliased(Party)
    size = recorded_size(session)
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row, event, commitment, place, approver, withdrawer in session.execute(
        select(
            ProgrammeApproval,
            Journal.event_id,
            LedgerLeaf.commitment,
            LedgerLeaf.index.label("place"),
            by.public_id,
            ended_by.public_id,
        )
        .join(Journal, Journal.id == ProgrammeApproval.journal_id)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .join(by, by.id == ProgrammeApproval.approved_by_id)
        .outerjoin(ended_by, ended_by.id == ProgrammeApproval.withdrawn_by_id)
        .where(ProgrammeApproval.version_id.in_(versions))
        .order_by(ProgrammeApproval.language)
    ):
        recorded = place is not None and place < size
        found[row.version_id].append(
            {
                "language": row.language,
                "reference": row.reference,
                "approved_by": approver,
                "approved_at": row.approved_at,
                "event": event,
                "receipt": receipt_code(commitment),
                "ledger": ReceiptState.ON_CHAIN if recorded else ReceiptState.WAITING,
                "lexicon": _lexicon(row),
                "withdrawn_by": withdrawer,
                "withdrawn_at": row.withdrawn_at,
            }
        )
    return found


def _lexicon(row: ProgrammeApproval) -> dict[str, Any] | None:
    """Return the words of danger that an approval is of, and whether they are today's."""
    if row.lexicon_version is None or row.lexicon_digest is None:
        return None
    now = lexicon_version(row.language)
    return {
        "version": row.lexicon_version,
        "digest": row.lexicon_digest.hex(),
        "current": now is not None and now.digest == row.lexicon_digest,
    }
