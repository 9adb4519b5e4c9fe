"""Statements of the veterinary authority on an outbreak to WOAH, and the reports it has sent.

The reason for an immediate notification and the epidemiological comments (Terrestrial Animal Health
Code, article 1.1.3) are an officer's to say. Each is an event: second thoughts are a new event,
which takes the place of the earlier one. The comment is published by WOAH.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.ledger.journal import instant
from services.livestock.control.acts import act_report, recorded_key
from services.livestock.control.outbreaks import find_outbreak, outbreak_number, outbreak_subject
from services.livestock.domain.model import Act, EventType
from services.livestock.queries.known_events import recorded_by
from services.livestock.recording.journal import HAS_CONTENT
from services.livestock.recording.record import record_one
from services.livestock.recording.short_numbers import name_premises
from services.storage.models import Journal, LedgerLeaf, Outbreak
from sms.numbers import holds_number


class WoahReport(StrEnum):
    """Report on an event, in the order in which they are sent."""

    IMMEDIATE = "immediate"
    FOLLOW_UP = "follow_up"
    FINAL = "final"


class SentReport(NamedTuple):
    """A report that was sent: of which local day, and as known when (UTC); its SHA-256."""

    report: WoahReport
    number: int
    on: date
    known_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Statements:
    """Words of the authority on an outbreak, as known at an instant; None: none yet."""

    reason: str | None = None
    comment: str | None = None
    sent: tuple[SentReport, ...] = ()


def statements(session: Session, row: Outbreak, known_at: datetime | None = None) -> Statements:
    """Return what the authority has said of an outbreak.

    Args:
        known_at: UTC; as known then, so that a report that was sent at it was not sent yet. None:
            as known now.
    """
    said = list(_events(session, row, known_at))
    words: Mapping[str, Any] = next(
        (one for one in reversed(said) if one["action"] == "described"), {}
    )
    sent = (_sent(one) for one in said if one["action"] == "sent")
    return Statements(
        words.get("reason"),
        words.get("comment"),
        tuple(one for one in sent if known_at is None or one.known_at < known_at),
    )


def describe(session: Session, number: str, reason: str, comment: str | None, act: Act) -> None:
    """Record the reason for notification and the comments; the same event does it once.

    Raises:
        NotFound: there is no such outbreak.
        Invalid: the reason is none of WOAH's, or the comment is too long or holds a phone number.
    """
    if comment is not None and holds_number(comment):
        fault = "It holds a phone number, and WOAH publishes it."
        raise Invalid("The comment cannot be used", {"comment": [fault]})
    told = {"action": "described", "reason": reason} | ({"comment": comment} if comment else {})
    record_statement(session, find_outbreak(session, number), told, act)


def record_statement(session: Session, row: Outbreak, told: Mapping[str, Any], act: Act) -> None:
    """Record a statement on an outbreak; the same event does it once."""
    if recorded_key(session, act.event_id) is not None:
        return
    subject = outbreak_subject(row, outbreak_number(session, row.id))
    index = name_premises(session, row.index_premises_id)
    report = act_report(EventType.NOTIFICATION, act, told, subject, index)
    record_one(session, report, act.origin)


def sent_details(report: SentReport) -> dict[str, Any]:
    """Write a report that was sent as the details of its event."""
    return {
        "action": "sent",
        **report._asdict(),
        "report": report.report.value,
        "on": report.on.isoformat(),
        "known_at": instant(report.known_at),
    }


def _sent(told: Mapping[str, Any]) -> SentReport:
    return SentReport(
        WoahReport(told["report"]),
        told["number"],
        date.fromisoformat(told["on"]),
        datetime.fromisoformat(told["known_at"]),
        told["digest"],
    )


def _events(
    session: Session, row: Outbreak, known_at: datetime | None
) -> Iterator[Mapping[str, Any]]:
    """Yield the details of the statements on an outbreak, oldest first."""
    contents = session.scalars(
        select(Journal.content)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(
            LedgerLeaf.subject == row.subject_key,
            Journal.type == EventType.NOTIFICATION.value,
            HAS_CONTENT,
            *recorded_by(known_at),
        )
        .order_by(Journal.id)
    )
    for content in contents:
        yield json.loads(content or b"{}")["details"]
