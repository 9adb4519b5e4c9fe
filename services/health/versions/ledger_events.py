"""Approvals and withdrawals as events: one row of the journal, one leaf of the ledger.

The leaf is filed under the programme's code, so anyone who knows the code finds the approvals.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes, new_salt, public_subject
from services.ledger.journal import JournalEntry, SaltedSubject, write_entries
from services.ledger.record_head import RecordHead, begin_record, name_public
from services.storage.models import ProgrammeVersion
from sms.message import DEFAULT_ZONE

PROGRAMME = "programme"
"""Type of the events, and kind and scheme of their subject; recorded for good."""

APPROVED, WITHDRAWN = "approved", "withdrawn"


class ApprovalAct(NamedTuple):
    """The act of approving or withdrawing: by whom, and on what ground.

    Attributes:
        reference: of the signed document.
        approver_id: database key of the party.
        act: id of the event.
        channel: through which the act came.
        reporter: public id of the approver's party.
    """

    reference: str
    approver_id: int
    act: UUID
    channel: str
    reporter: UUID
    now: datetime


def programme_subject(code: str) -> bytes:
    """Return the ledger's subject of a programme, 32 bytes."""
    return public_subject(PROGRAMME, code)


def local_day(now: datetime) -> date:
    """Return the day in Port Moresby, the ministry's time zone."""
    return now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()


def record_act(
    session: Session, version: ProgrammeVersion, language: str, action: str, given: ApprovalAct
) -> int:
    """Write an approval or a withdrawal to the journal; return the row's key.

    The caller holds the write lock; `action` is APPROVED or WITHDRAWN.
    """
    day = local_day(given.now)
    head = RecordHead(
        event=given.act,
        type=PROGRAMME,
        at=day.isoformat(),
        precision="day",
        zone=DEFAULT_ZONE,
        recorded_at=given.now,
        channel=given.channel,
        reporter=given.reporter,
    )
    details = {
        "action": action,
        "version": version.number,
        "language": language,
        "digest": version.digest.hex(),
        "reference": given.reference,
    }
    record = begin_record(head, [name_public(PROGRAMME, PROGRAMME, version.code)], details)
    filed = [SaltedSubject(programme_subject(version.code), new_salt())]
    entry = JournalEntry(given.act, PROGRAMME, day, canonical_bytes(record), filed)
    (placed,) = write_entries(session, [entry], given.now)
    return placed.journal_id
