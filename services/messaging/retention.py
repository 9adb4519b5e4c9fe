"""Retention of messages: texts for ninety days, arrivals and outcomes for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from services.storage.models import Arrival, ArrivalConflict, ReaderScan, ReaderSession

KEPT = timedelta(days=90)
_CHUNK = 5_000
_SESSIONS = 50


def erase_old_payloads(session: Session, now: datetime) -> int:
    """Erase sender, payload and answer of what came before; the clock calls it every minute.

    With them goes what was keyed in beside scans.

    Returns:
        How many were erased, at most a chunk of each kind.
    """
    erased = 0
    for table, key, more in (
        (Arrival, Arrival.key_digest, {"answer": None}),
        (ArrivalConflict, ArrivalConflict.id, {}),
    ):
        old = (
            select(key)
            .where(table.received_at < now - KEPT, table.sender.is_not(None))
            .order_by(table.received_at)
            .limit(_CHUNK)
        )
        rows = session.scalars(old).all()
        for start in range(0, len(rows), 500):
            part = key.in_(rows[start : start + 500])
            session.execute(update(table).where(part).values(sender=None, payload=None, **more))
        erased += len(rows)
    return erased + erase_keyed_in(session, ReaderSession.begun_at < now - KEPT)


def erase_keyed_in(session: Session, which: ColumnElement[bool]) -> int:
    """Erase what was keyed in beside scans, of some sessions of readers; the scans stay.

    Returns:
        How many sessions had any, at most a few.
    """
    wanted = (
        select(ReaderScan.session_id)
        .join(ReaderSession, ReaderSession.id == ReaderScan.session_id)
        .where(ReaderScan.said.is_not(None), which)
        .distinct()
        .limit(_SESSIONS)
    )
    found = session.scalars(wanted).all()
    session.execute(update(ReaderScan).where(ReaderScan.session_id.in_(found)).values(said=None))
    return len(found)
