from __future__ import annotations

from datetime import datetime, timedelta, timezone

from services.ledger.journal import instant


def test_instant__any_zone__is_utc_with_microseconds():
    at = datetime(2026, 11, 25, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=10)))
    assert instant(at) == "2026-11-25T02:00:00.000005Z"
    assert datetime.fromisoformat(instant(at)) == at
