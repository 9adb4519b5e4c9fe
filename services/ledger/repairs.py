"""Counts of the recorder's repairs, each kept in the transaction of the repair itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.storage.bulk import upsert
from services.storage.models import LedgerRepair


def count_repair(session: Session, kind: str, now: datetime) -> None:
    """Count one repair of a kind."""
    new = upsert(session, LedgerRepair).values(kind=kind, count=1, last_at=now)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[LedgerRepair.kind],
            set_={"count": LedgerRepair.count + 1, "last_at": now},
        )
    )


def read_repairs(session: Session) -> Mapping[str, int]:
    """Return how often something of each kind was repaired."""
    rows = session.execute(select(LedgerRepair.kind, LedgerRepair.count.label("times")))
    return {row.kind: row.times for row in rows}
