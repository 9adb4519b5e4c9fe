"""Sickness that was reported of animals by name."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from services.livestock.domain.declarations import LATELY
from services.livestock.domain.model import EventType
from services.storage.models import Correction, Journal, LedgerLeaf


def sick_lately(session: Session, animals: Mapping[bytes, int], today: date) -> dict[int, date]:
    """Return the day of the last report of sickness of each animal that has one, by database key.

    What was declared wrong, and evidence that nobody agreed with, does not count.

    Args:
        animals: database keys by the animals' subjects on the ledger.
    """
    last = (
        select(LedgerLeaf.subject, func.max(Journal.occurred_on))
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(
            LedgerLeaf.subject.in_(animals),
            Journal.type == EventType.SICKNESS.value,
            Journal.occurred_on.between(today - LATELY, today),
            ~exists().where(Correction.journal_id == Journal.id),
        )
        .group_by(LedgerLeaf.subject)
    )
    return {animals[subject]: day for subject, day in session.execute(last)}
