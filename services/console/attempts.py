"""Attempts to guess a password or a code, which all web processes count together.

The memory of one process refuses what it has seen too often itself. What it lets pass is counted in
the database: not by name, but in one of a fixed number of buckets, so that whoever tries a million
names fills no table. Beyond the limit, nothing is written.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, literal
from sqlalchemy.orm import Session

from services.api.context import Context
from services.core.errors import RateExceeded
from services.storage.bulk import upsert
from services.storage.models import SignInAttempts

MOST, WINDOW = 10, timedelta(minutes=15)
_BUCKETS = 65_536
_KEY = b"console/attempts/1\0"


def admit_attempt(here: Context, name: str) -> None:
    """Count an attempt under a name, whether anybody has it or not.

    Raises:
        RateExceeded: there were too many, here or in another process.
    """
    here.limits.admit_guess(name)
    bucket, now = _bucket(here, name), here.clock()
    with here.database.read() as session:
        _require_room(session.get(SignInAttempts, bucket), now)
    with here.database.write(exclusive=False) as session:
        _require_room(_count(session, bucket, now), now, most=MOST + 1)


def _count(session: Session, bucket: int, now: datetime) -> SignInAttempts:
    """Count one more, from 1 where the window is over; return the row after it."""
    goes_on = SignInAttempts.since > now - WINDOW
    row = upsert(session, SignInAttempts).values(bucket=bucket, since=now, count=1)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "count": case((goes_on, SignInAttempts.count + 1), else_=1),
                "since": case((goes_on, SignInAttempts.since), else_=literal(now, _SINCE)),
            },
        )
    )
    return session.get_one(SignInAttempts, bucket, populate_existing=True)


def _require_room(row: SignInAttempts | None, now: datetime, most: int = MOST) -> None:
    if row is not None and row.since > now - WINDOW and row.count >= most:
        left = row.since + WINDOW - now
        raise RateExceeded(max(1, int(left.total_seconds())))


def _bucket(here: Context, name: str) -> int:
    return int.from_bytes(here.database.vault.digest(_KEY + name.encode())[:4]) % _BUCKETS


_SINCE = SignInAttempts.__table__.c.since.type
