"""Health programmes: what the database says was approved, against the events that say it.

1. A version's document gives the digest that is stored beside it.
2. The document of a version that an event names gives the digest that the event tells.
3. Each approval and each withdrawal has its event, and each event its row, and they tell the same.
4. So have recalls of texts: see `services.audit.recalls`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.audit.findings import AuditReport, Difference
from services.audit.recalls import compare_recalls
from services.health.recalls.lifecycle import RECALLED
from services.health.versions.approvals import APPROVED, WITHDRAWN
from services.health.versions.programme_log import PROGRAMME, programme_subject
from services.ledger.journal import instant
from services.storage.models import (
    Journal,
    LedgerLeaf,
    Party,
    ProgrammeApproval,
    ProgrammeVersion,
)


class _What(NamedTuple):
    """Subject of an approval; written as people call it."""

    code: str
    version: int
    language: str

    def __str__(self) -> str:
        return f"{self.code} version {self.version} in {self.language}"


class _RecordedApproval(NamedTuple):
    """One act, by its event or its row; all but the first two are of an approval.

    `lexicon`: version and digest of the words of danger.
    """

    by: str | None
    at: str
    journal_id: int | None = None
    reference: str | None = None
    lexicon: tuple[int, str] | None = None


class _Act(NamedTuple):
    what: _What
    action: str
    digest: str
    told: _RecordedApproval
    place: int | None


def compare_programmes(session: Session, report: AuditReport, subject: bytes | None = None) -> None:
    """Compare versions, approvals and withdrawals with the journal, of one subject or of all."""
    codes = programmes_of(session, subject)
    acts = list(_acts(session, subject))
    compare_recalls(session, report, subject)
    _compare_documents(_documents(session, codes, report), acts, report)
    events: defaultdict[str, dict[_What, _RecordedApproval]] = defaultdict(dict)
    for act in acts:
        if act.action == RECALLED:
            continue
        if act.what in events[act.action]:
            report.add(Difference.ALTERED, act.place, f"{act.what} is {act.action} twice")
        else:
            events[act.action][act.what] = act.told
    rows = _rows(session, codes)
    for action in (APPROVED, WITHDRAWN):
        _compare_acts(action, events[action], rows[action], report)


def programmes_of(session: Session, subject: bytes | None) -> list[str]:
    """Return the codes of the programmes that are a subject; None: of all."""
    return [
        code
        for code in session.scalars(select(ProgrammeVersion.code).distinct())
        if subject is None or programme_subject(code) == subject
    ]


def _documents(
    session: Session, codes: Sequence[str], report: AuditReport
) -> dict[tuple[str, int], str]:
    """Return the digest that each version's document gives, by code and number."""
    found = {}
    wanted = select(ProgrammeVersion).where(ProgrammeVersion.code.in_(codes))
    for row in session.scalars(wanted.order_by(ProgrammeVersion.id)):
        digest = sha256(row.document).digest()
        if digest != row.digest:
            report.add(
                Difference.ALTERED,
                None,
                f"the document of {row.code} version {row.number} does not give its digest",
            )
        found[row.code, row.number] = digest.hex()
    return found


def _acts(session: Session, subject: bytes | None) -> Iterator[_Act]:
    wanted = (
        select(Journal.id, Journal.content, LedgerLeaf.index.label("place"))
        .outerjoin(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.type == PROGRAMME)
        .order_by(Journal.id)
    )
    if subject is not None:
        wanted = wanted.where(LedgerLeaf.subject == subject)
    for row in session.execute(wanted):
        act = _act(row.id, row.content, row.place)
        if act is not None:
            yield act


def _act(journal_id: int, content: bytes, place: int | None) -> _Act | None:
    """Read an event; None where its content is none that this program writes: found elsewhere."""
    try:
        record = json.loads(content)
        details = record["details"]
        what = _What(record["subjects"][0]["value"], details["version"], details["language"])
        told = _RecordedApproval(record.get("reporter"), record["recorded"])
        if details["action"] == APPROVED:
            lexicon = details.get("lexicon")
            told = told._replace(
                journal_id=journal_id,
                reference=details["reference"],
                lexicon=(lexicon["version"], lexicon["digest"]) if lexicon else None,
            )
        return _Act(what, details["action"], details["digest"], told, place)
    except (LookupError, TypeError, ValueError, RecursionError):
        return None


def _rows(session: Session, codes: Sequence[str]) -> dict[str, dict[_What, _RecordedApproval]]:
    by, ended_by = aliased(Party), aliased(Party)
    approved, withdrawn = {}, {}
    for row, code, number, approver, withdrawer in session.execute(
        select(
            ProgrammeApproval,
            ProgrammeVersion.code,
            ProgrammeVersion.number,
            by.public_id,
            ended_by.public_id,
        )
        .join(ProgrammeVersion, ProgrammeVersion.id == ProgrammeApproval.version_id)
        .outerjoin(by, by.id == ProgrammeApproval.approved_by_id)
        .outerjoin(ended_by, ended_by.id == ProgrammeApproval.withdrawn_by_id)
        .where(ProgrammeVersion.code.in_(codes))
    ):
        what = _What(code, number, row.language)
        approved[what] = _RecordedApproval(
            str(approver), instant(row.approved_at), row.journal_id, row.reference, _lexicon(row)
        )
        if row.withdrawn_at is not None or row.withdrawn_by_id is not None:
            at = instant(row.withdrawn_at) if row.withdrawn_at is not None else ""
            withdrawn[what] = _RecordedApproval(str(withdrawer), at)
    return {APPROVED: approved, WITHDRAWN: withdrawn}


def _lexicon(row: ProgrammeApproval) -> tuple[int, str] | None:
    if row.lexicon_version is None or row.lexicon_digest is None:
        return None
    return row.lexicon_version, row.lexicon_digest.hex()


def _compare_documents(
    documents: Mapping[tuple[str, int], str], acts: Sequence[_Act], report: AuditReport
) -> None:
    for what, action, digest, _, place in acts:
        found = documents.get((what.code, what.version))
        if found is None:
            report.add(Difference.MISSING_IN_DATABASE, place, f"no document of {what}")
        elif found != digest:
            report.add(Difference.ALTERED, place, f"{what} is not the document that was {action}")


def _compare_acts(
    action: str,
    events: Mapping[_What, _RecordedApproval],
    rows: Mapping[_What, _RecordedApproval],
    report: AuditReport,
) -> None:
    for what in sorted(events.keys() | rows.keys()):
        if what not in events:
            kind, told = Difference.MISSING_ON_CHAIN, "no event tells it"
        elif what not in rows:
            kind, told = Difference.MISSING_IN_DATABASE, "its event alone tells it"
        elif events[what] != rows[what]:
            kind, told = Difference.ALTERED, "its event tells it otherwise"
        else:
            continue
        report.add(kind, None, f"{what} {action}: {told}")
