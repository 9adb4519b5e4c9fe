"""Counts of rows by hour or minute, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

HOUR, MINUTE = "HH24:00", "HH24:MI"
_OF_SQLITE = {HOUR: "%H:00", MINUTE: "%H:%M"}


def count_by_time(
    session: Session,
    times: InstrumentedAttribute[Any],
    step: str,
    *which: ColumnElement[bool],
) -> dict[datetime, int]:
    """Return the number of rows in each hour or minute (UTC) that has any, in order.

    `step` is HOUR or MINUTE.
    """
    if session.get_bind().dialect.name == "sqlite":
        slot = func.strftime(f"%Y-%m-%dT{_OF_SQLITE[step]}", times)
    else:
        slot = func.to_char(times, f'YYYY-MM-DD"T"{step}')
    rows = session.execute(select(slot, func.count()).where(*which).group_by(slot).order_by(slot))
    return {datetime.fromisoformat(at).replace(tzinfo=UTC): many for at, many in rows}
