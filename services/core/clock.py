"""The clock: the one place that reads it. Everything else is handed a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present instant, UTC, with microseconds."""
    return datetime.now(UTC)  # noqa: TID251 — this is the clock
