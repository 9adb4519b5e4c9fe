"""Checks of one truck, read again by one of their receipts."""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import receipt_code
from services.livestock.domain.errors import UnknownReport
from services.livestock.domain.model import EventType, Key
from services.livestock.recording.corrections import event_of_receipt
from services.storage.models import Journal, LedgerLeaf

# More events than one request records, on either side of the one that was named.
_NEAR = 500


class CheckMade(NamedTuple):
    """One check: what became of which animal, why, and its receipt.

    `number` is None for pigs that a permit counts but does not name.
    """

    receipt: str
    outcome: str
    number: str | None
    reasons: Sequence[str]
    permit: str | None
    at: str | None
    recorded_at: datetime


def checks_beside(session: Session, receipt: bytes) -> list[CheckMade]:
    """Return the check that a receipt was given for, and those that were recorded with it.

    Raises:
        UnknownReport: it was given for no check.
    """
    event = event_of_receipt(session, receipt)
    one = session.scalars(select(Journal).where(Journal.event_id == event)).one()
    if one.type != EventType.CHECK:
        raise UnknownReport
    rows = session.execute(
        select(Journal, LedgerLeaf.commitment)
        # A receipt is of an event's first leaf.
        .join(LedgerLeaf, (LedgerLeaf.journal_id == Journal.id) & (LedgerLeaf.position == 0))
        .where(Journal.id.between(one.id - _NEAR, one.id + _NEAR))
        .order_by(Journal.id)
    )
    # They stand together in the journal; before those of the next truck stand its decisions.
    runs = [list(run) for _, run in groupby(rows, key=lambda row: _request(row.Journal))]
    beside = next(run for run in runs if any(row.Journal is one for row in run))
    return [_made(*row) for row in beside]


def _request(row: Journal) -> tuple[str, datetime, object]:
    """Return what the checks of one request have in common."""
    return row.type, row.recorded_at, json.loads(row.content or b"{}").get("reporter")


def _made(row: Journal, commitment: bytes) -> CheckMade:
    told = json.loads(row.content or b"{}")
    details = told.get("details", {})
    animals = [one for one in told.get("subjects", ()) if "scheme" in one]
    return CheckMade(
        receipt_code(commitment),
        details.get("outcome", ""),
        str(Key(animals[0]["scheme"], animals[0]["value"])) if animals else None,
        details.get("reasons", ()),
        details.get("permit"),
        told.get("at", {}).get("number"),
        row.recorded_at,
    )
