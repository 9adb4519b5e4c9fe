"""Recalls of texts: rows against the events that tell of them, and what was sent all the same.

1. Each recall in force has its event, and each event its rows, and they tell the same.
2. A text stays recalled until another recall of it.
3. No message with a recalled text was sent after its recall.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from services.audit.findings import UNREADABLE, AuditReport, Difference
from services.health.recalls.lifecycle import RECALLED
from services.health.versions.programme_log import PROGRAMME, programme_subject
from services.ledger.journal import instant
from services.storage.models import (
    Attempt,
    Journal,
    LedgerLeaf,
    Message,
    Party,
    ProgrammeVersion,
    Recall,
    RecalledText,
)

_UNDER_WAY = timedelta(minutes=2)
"""A message that was being sent while the recall was approved is not sent after it."""


class _RecordedRecall(NamedTuple):
    """A recall, by its event or its rows; `wrong`: each version's number, and its text's digest."""

    programme: str
    text: str
    language: str
    by: int
    wrong: tuple[tuple[int, str], ...]
    right: str
    reason: str
    correct: bool
    reference: str | None
    approver: str | None
    at: str

    def __str__(self) -> str:
        return f"the recall of {self.text} in {self.language} of {self.programme}"


def compare_recalls(session: Session, report: AuditReport, subject: bytes | None = None) -> None:
    """Compare recalls with the journal, of one programme or of all, and look for what was sent."""
    events = dict(_events(session, subject))
    codes = {
        code
        for code in session.scalars(select(ProgrammeVersion.code).distinct())
        if subject is None or programme_subject(code) == subject
    }
    rows = dict(_rows(session, codes))
    for key in sorted(events.keys() | rows.keys()):
        if key not in rows:
            kind, told = Difference.MISSING_IN_DATABASE, f"{events[key]}: its event alone tells it"
        elif key not in events:
            kind, told = Difference.MISSING_ON_CHAIN, f"{rows[key]}: no event tells it"
        elif events[key] != rows[key]:
            kind, told = Difference.ALTERED, f"{rows[key]}: its event tells it otherwise"
        else:
            continue
        report.add(kind, None, told)
    _compare_ends(session, codes, report)
    for public_id in _sent_after(session, codes):
        told = f"message {public_id} has a text that was recalled before"
        report.add(Difference.SENT_AFTER_RECALL, None, told)


def _events(session: Session, subject: bytes | None) -> Iterator[tuple[int, _RecordedRecall]]:
    wanted = (
        select(Journal.id, Journal.content)
        .outerjoin(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.type == PROGRAMME)
        .order_by(Journal.id)
    )
    if subject is not None:
        wanted = wanted.where(LedgerLeaf.subject == subject)
    for row in session.execute(wanted):
        try:
            record = json.loads(row.content)
            if record["details"]["action"] == RECALLED:
                yield row.id, _told(record)
        except UNREADABLE:
            # What this program does not write is found with its record.
            continue


def _told(record: Mapping[str, Any]) -> _RecordedRecall:
    details = record["details"]
    return _RecordedRecall(
        record["subjects"][0]["value"],
        details["text"],
        details["language"],
        details["version"],
        tuple(sorted((one["version"], one["digest"]) for one in details["wrong"])),
        details["right"],
        details["reason"],
        details["correct"],
        details["reference"],
        record.get("reporter"),
        record["recorded"],
    )


def _rows(session: Session, codes: set[str]) -> Iterator[tuple[int, _RecordedRecall]]:
    texts = _texts(session)
    recalls = (
        select(Recall, ProgrammeVersion.number, Party.public_id)
        .join(ProgrammeVersion, ProgrammeVersion.id == Recall.by_version_id)
        .outerjoin(Party, Party.id == Recall.approved_by_id)
        .where(Recall.programme.in_(codes))
    )
    for row, number, approver in session.execute(recalls):
        if row.journal_id is not None or row.approved_at is not None or texts[row.id]:
            yield row.journal_id or 0, _stored(row, number, str(approver), texts[row.id])


class _Text(NamedTuple):
    """A recalled text of a version, by its number."""

    version: int
    digest: str
    of: tuple[str, str, str]


def _texts(session: Session) -> defaultdict[int, list[_Text]]:
    found: defaultdict[int, list[_Text]] = defaultdict(list)
    rows = select(RecalledText, ProgrammeVersion.number).join(
        ProgrammeVersion, ProgrammeVersion.id == RecalledText.version_id
    )
    for row, number in session.execute(rows):
        of = row.text_id, row.language, instant(row.since)
        found[row.recall_id].append(_Text(number, row.digest.hex(), of))
    return found


def _stored(row: Recall, by: int, approver: str, texts: Sequence[_Text]) -> _RecordedRecall:
    at = instant(row.approved_at) if row.approved_at else ""
    # A text, language or time of its own is that of no recall.
    alike = {one.of for one in texts} <= {(row.text_id, row.language, at)}
    return _RecordedRecall(
        row.programme,
        row.text_id,
        row.language,
        by,
        tuple(sorted((one.version, one.digest) for one in texts)) if alike else (),
        row.digest.hex(),
        row.reason_digest.hex(),
        row.correct,
        row.reference,
        approver,
        at,
    )


def _compare_ends(session: Session, codes: set[str], report: AuditReport) -> None:
    """Find texts that are no longer recalled though no later recall of them says so."""
    rows = session.execute(
        select(Recall.programme, Recall.text_id, Recall.language, RecalledText.until)
        .join(RecalledText, RecalledText.recall_id == Recall.id)
        .where(Recall.programme.in_(codes), RecalledText.until.is_not(None))
    )
    later = {
        (row.programme, row.text_id, row.language, row.approved_at)
        for row in session.scalars(select(Recall).where(Recall.programme.in_(codes)))
    }
    for row in rows:
        if tuple(row) not in later:
            told = f"{row.text_id} of {row.programme} in {row.language} is no longer recalled"
            report.add(Difference.ALTERED, None, f"{told}, and no recall says so")


def _sent_after(session: Session, codes: set[str]) -> list[UUID]:
    """Return the messages that were sent with a text after its recall."""
    rows = session.execute(
        select(Message.public_id, Attempt.started_at, RecalledText.since)
        .join(Attempt, Attempt.message_id == Message.id)
        .join(RecalledText, _holds())
        .join(Recall, Recall.id == RecalledText.recall_id)
        .where(
            Recall.programme.in_(codes),
            Attempt.started_at > RecalledText.since,
            or_(RecalledText.until.is_(None), Attempt.started_at < RecalledText.until),
        )
    )
    return sorted({row.public_id for row in rows if row.started_at > row.since + _UNDER_WAY})


def _holds() -> ColumnElement[bool]:
    return and_(
        RecalledText.version_id == Message.version_id,
        RecalledText.text_id == Message.item,
        RecalledText.language == Message.language,
    )
