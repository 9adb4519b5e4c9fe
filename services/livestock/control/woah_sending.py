"""Reports to WOAH as they stand, as they were sent, and declared as sent."""

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.livestock.control.acts import recorded_key, require_not_after
from services.livestock.control.errors import NothingToReport, ReasonNotGiven
from services.livestock.control.outbreaks import find_outbreak, outbreak_number
from services.livestock.control.situation import Situation, situation
from services.livestock.control.woah_reports import changes_between, report_kind, woah_report
from services.livestock.control.woah_statements import (
    SentReport,
    record_statement,
    sent_details,
    statements,
)
from services.livestock.domain.model import Act
from services.storage.models import Journal, Outbreak
from sms.local_time import local_day


class MadeAgain(NamedTuple):
    """A report that was sent, made again from the journal, and whether it is still the same.

    It is not if an event of it was erased since, or a place described anew.
    """

    sent: SentReport
    report: dict[str, Any]
    unchanged: bool


def report_of(
    session: Session, row: Outbreak, on: date, known_at: datetime | None = None
) -> dict[str, Any]:
    """Return the report on an outbreak that is due, with what changed since the last one sent.

    Args:
        known_at: UTC; as known then. None: as known now.

    Raises:
        NotFound: nobody knew of the outbreak by then.
    """
    report = _report(session, row, on, known_at)
    sent = statements(session, row, known_at).sent
    before = _made_again(session, row, sent[-1]).report if sent else None
    return {**report, "changes": changes_between(before, report) if before else []}


def declare_sent(session: Session, number: str, act: Act, lock: Callable[[], None]) -> SentReport:
    """Record that the report of a day, as known now, was sent; the same event does it once.

    Args:
        lock: takes the writers' lock, once the report is made.

    Raises:
        NotFound: there is no such outbreak.
        NothingToReport: it is not confirmed.
        ReasonNotGiven: it is the first report, and no officer has said why it is notified.
        Invalid: the day has not come.
    """
    row, now = find_outbreak(session, number), act.origin.recorded_at
    require_not_after("on", act.day, local_day(now))
    # The writers' lock would hold up field events while all cases are counted.
    newest = session.scalar(select(func.max(Journal.id)))
    view, report = _make(session, row, act.day, now)
    lock()
    if recorded_key(session, act.event_id) is not None:
        return statements(session, row).sent[-1]
    if _knows_more(session, newest, now):
        session.expire_all()
        view, report = _make(session, row, act.day, now)
    said = statements(session, row)
    kind = report_kind(view, said.sent)
    if kind is None:
        raise NothingToReport(number=outbreak_number(session, row.id))
    if said.reason is None:
        raise ReasonNotGiven(number=outbreak_number(session, row.id))
    sent = SentReport(kind, len(said.sent) + 1, act.day, now, _digest(report))
    record_statement(session, row, sent_details(sent), act)
    return sent


def reports_sent(session: Session, row: Outbreak) -> list[MadeAgain]:
    """Return the reports on an outbreak that were sent, oldest first, made again."""
    return [_made_again(session, row, one) for one in statements(session, row).sent]


def _made_again(session: Session, row: Outbreak, sent: SentReport) -> MadeAgain:
    report = _report(session, row, sent.on, sent.known_at)
    return MadeAgain(sent, report, _digest(report) == sent.digest)


def _report(session: Session, row: Outbreak, on: date, known_at: datetime | None) -> dict[str, Any]:
    return _make(session, row, on, known_at)[1]


def _make(
    session: Session, row: Outbreak, on: date, known_at: datetime | None
) -> tuple[Situation, dict[str, Any]]:
    """Return the situation of an outbreak, and the report that is made of it."""
    view = situation(session, row, on, known_at)
    return view, woah_report(session, view, statements(session, row, known_at))


def _knows_more(session: Session, newest: int | None, known_at: datetime) -> bool:
    """Tell whether an event came after the one of a key that was known at an instant."""
    later = exists().where(Journal.id > (newest or 0), Journal.recorded_at <= known_at)
    return bool(session.scalar(select(later)))


def _digest(report: dict[str, Any]) -> str:
    return sha256(canonical_bytes(report)).hexdigest()
