"""Message costs, summed by month, channel and kind while they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.storage.bulk import upsert
from services.storage.models import Spending
from sms.message import DEFAULT_ZONE, Kind


def month_of(now: datetime) -> str:
    """Return the month of an instant in Port Moresby: `2026-11`."""
    return f"{now.astimezone(ZoneInfo(DEFAULT_ZONE)):%Y-%m}"


def add_spending(
    session: Session, totals: Mapping[tuple[str, Kind], Mapping[str, int]], now: datetime
) -> None:
    """Add segments and cost (toea) to this month's, by channel and kind."""
    rows = [
        {"month": month_of(now), "channel": channel, "kind": kind.value, **totals[channel, kind]}
        # In one order, so that two workers never wait for each other.
        for channel, kind in sorted(totals)
    ]
    statement = upsert(session, Spending).values(rows)
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["month", "channel", "kind"],
            set_={
                "segments": Spending.segments + statement.excluded.segments,
                "cost": Spending.cost + statement.excluded.cost,
            },
        )
    )


def spent_on_programmes(session: Session, now: datetime) -> int:
    """Return the toea that programme messages cost so far this month."""
    return (
        session.scalar(
            select(func.sum(Spending.cost)).where(
                Spending.month == month_of(now), Spending.kind == Kind.PROGRAMME.value
            )
        )
        or 0
    )
