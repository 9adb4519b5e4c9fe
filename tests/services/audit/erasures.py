"""Erasing events of an office."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from chain.canonical import public_subject
from services.ledger.content_erasure import ErasureOrder, ErasureReason
from services.livestock.recording.erasure import erase_event
from services.storage.models import Journal, LedgerLeaf
from tests.factories import NOW, official

if TYPE_CHECKING:
    from uuid import UUID

    from services.livestock.recording.erasure import Erased
    from tests.services.audit.conftest import Office

FIRST, SECOND = (public_subject("iso11784", official(number)) for number in (1, 2))
LATER = NOW + timedelta(hours=1)
ERASING = ErasureOrder(ErasureReason.ASKED, "cli", None, LATER)


def event_of(office: Office, kind: str) -> UUID:
    """Return the first event of a type."""
    with office.database.read() as session:
        wanted = select(Journal.event_id).where(Journal.type == kind).order_by(Journal.id)
        return session.scalars(wanted.limit(1)).one()


def erase(office: Office, event: UUID) -> Erased:
    with office.database.write() as session:
        return erase_event(session, event, ERASING)


def row_of(office: Office, event: UUID):
    """Return an event's columns, its content, and its leaves."""
    with office.database.read() as session:
        row = session.scalars(select(Journal).where(Journal.event_id == event)).one()
        leaves = session.execute(
            select(
                LedgerLeaf.index.label("place"),
                LedgerLeaf.position,
                LedgerLeaf.subject,
                LedgerLeaf.commitment,
                LedgerLeaf.salt,
            )
            .where(LedgerLeaf.journal_id == row.id)
            .order_by(LedgerLeaf.position)
        ).all()
        return (row.id, row.type, row.occurred_on, row.recorded_at), row.content, leaves
