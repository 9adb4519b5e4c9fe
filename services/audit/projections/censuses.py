"""Censuses and what keepers told them, against the events that say it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.audit.findings import AuditReport
from services.audit.projections.common import compare_columns, each_apart, portions, wrong
from services.audit.projections.control_documents import SubjectEvent, read_subject_events
from services.livestock.domain.model import EventType
from services.storage.models import Census, CensusKeeper, Correction, Premises


def compare_censuses(session: Session, report: AuditReport) -> None:
    """Compare censuses with their drafting, opening and closing, and the counts with theirs."""
    rows = select(*Census.__table__.c)
    each_apart(session, report, portions(session, rows, Census.id), _compare)


def _compare(session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    acts = read_subject_events(session, rows, EventType.CENSUS)
    counts = read_subject_events(session, rows, EventType.COUNT)
    for row in rows:
        what = f"census {row.number}"
        if (told := acts[row.subject_key]) is None:
            report.not_comparable.append(what)
        elif not told:
            wrong(report, what, "no event tells of it")
        else:
            compare_columns(report, what, row._mapping, _census(told))  # noqa: SLF001 — its public name
        if (heads := counts[row.subject_key]) is None:
            report.not_comparable.append(f"counts of {what}")
        else:
            _compare_counts(session, row, heads, report)


def _census(events: Sequence[SubjectEvent]) -> Mapping[str, Any]:
    first, last = events[0], events[-1]
    at = {one.details["action"]: one.at for one in events}
    told = {name: first.details.get(name) for name in ("number", "province", "district")}
    state = {"drafted": "drafted", "opened": "open", "closed": "closed"}[last.details["action"]]
    return {
        **told,
        "state": state,
        "first_day": first.date("first_day"),
        "last_day": first.date("last_day"),
        "draft_id": first.journal_id,
        "drafted_at": at["drafted"],
        "opened_at": at.get("opened"),
        "closed_at": at.get("closed"),
        "keepers": last.details["keepers"],
        "without_phone": last.details["without_phone"],
    }


def _compare_counts(
    session: Session,
    row: Row[Any],
    counts: Sequence[SubjectEvent],
    report: AuditReport,
) -> None:
    """Compare the count of each place with the newest one that was not declared wrong."""
    keys = [one.journal_id for one in counts]
    void = set(
        session.scalars(select(Correction.journal_id).where(Correction.journal_id.in_(keys)))
    )
    newest = {
        one.place("at"): (one.journal_id, one.details["head_count"])
        for one in counts
        if one.journal_id not in void
    }
    stored = session.execute(
        select(Premises.public_id, CensusKeeper.journal_id, CensusKeeper.heads)
        .join(Premises, Premises.id == CensusKeeper.premises_id)
        .where(CensusKeeper.census_id == row.id, CensusKeeper.journal_id.is_not(None))
    )
    found = {place: (key, heads) for place, key, heads in stored}
    for place in sorted(newest.keys() | found.keys()):
        if newest.get(place) != found.get(place):
            wrong(report, f"census_keeper of {row.number} at {place}", "journal_id or heads")
