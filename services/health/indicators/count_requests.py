"""Counts of large programmes: asked for by pages, done one at a time by a worker, kept sealed."""

from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from services.core.clock import Clock
from services.core.heartbeat import beating
from services.health.indicators.disaggregation import Period
from services.health.indicators.facts import count_facts
from services.health.indicators.periods import PeriodName, named_period, period_before
from services.health.indicators.summed_facts import (
    SummedFacts,
    as_document,
    read_document,
    sum_facts,
)
from services.storage.bulk import upsert
from services.storage.database import Database
from services.storage.models import IndicatorCount, ProgrammeVersion, Subscription
from sms.local_time import local_day

FEW = 300
"""People of a programme whose figures a request counts itself."""
LEASE = timedelta(minutes=30)
"""How long a worker that stopped without a word still holds a count."""
BEAT_SECONDS = 60.0
"""How often the lease of a count that goes on is renewed."""
KEPT, A_DAY = timedelta(days=60), timedelta(hours=22)

ReportKey = tuple[str, Period]
"""A programme's code, and a period."""


class LastCount(NamedTuple):
    """The last count of a report, and whether one is waited for.

    Attributes:
        counted_at: None: there was none yet.
        sums: None: the caller has them.
    """

    counted_at: datetime | None
    sums: SummedFacts | None
    is_asked: bool


def is_large(session: Session, code: str) -> bool:
    """Tell whether counting a programme takes longer than a page may."""
    some = select(Subscription.id).where(Subscription.programme == code).limit(FEW + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) > FEW


def last_count(session: Session, key: ReportKey, known: datetime | None) -> LastCount | None:
    """Return the last count of a programme and period; None: it was never asked for.

    Args:
        known: when the count was made that the caller has.
    """
    row = session.execute(
        select(
            IndicatorCount.id,
            IndicatorCount.counted_at,
            IndicatorCount.asked_at.is_not(None).label("is_asked"),
        ).where(*_mine(key))
    ).first()
    if row is None or row.counted_at is None or row.counted_at == known:
        return row and LastCount(row.counted_at, None, row.is_asked)
    kept = session.get_one(IndicatorCount, row.id)
    return LastCount(kept.counted_at, read_document(kept.sums) if kept.sums else None, row.is_asked)


def ask_for_count(session: Session, key: ReportKey, now: datetime) -> None:
    """Ask a worker to count; asking again before it has changes nothing."""
    code, period = key
    wanted = upsert(session, IndicatorCount).values(
        programme=code, first_on=period.first, last_on=period.last, asked_at=now
    )
    session.execute(
        wanted.on_conflict_do_update(
            index_elements=["programme", "first_on", "last_on"],
            set_={"asked_at": func.coalesce(IndicatorCount.asked_at, wanted.excluded.asked_at)},
        )
    )


def count_asked(database: Database, clock: Clock) -> bool:
    """Count what was asked for first, if anything was; return whether something was counted.

    A worker that is killed in the middle leaves the rest to another, once its lease is over.
    """
    now = clock()
    with database.read() as session:
        if session.scalar(_free(now).limit(1)) is None:
            return False
    with database.write(exclusive=False) as session:
        key = _take(session, now)
    if key is None:
        return False
    with (
        beating("count lease", BEAT_SECONDS, partial(_renew, database, key, clock)),
        database.read() as session,
    ):
        sums = as_document(sum_facts(count_facts(session, *key, now)))
    with database.write(exclusive=False) as session:
        session.execute(
            update(IndicatorCount)
            .where(*_mine(key))
            .values(sums=sums, counted_at=now, asked_at=None, leased_until=None)
        )
    return True


def ask_for_usual(session: Session, now: datetime) -> None:
    """Ask for the reports of large programmes that people open first, once a night.

    Those nobody counted for a long time are thrown away.
    """
    session.execute(
        delete(IndicatorCount).where(
            IndicatorCount.asked_at.is_(None), IndicatorCount.counted_at < now - KEPT
        )
    )
    month = named_period(PeriodName.LAST_MONTH, local_day(now))
    for code in session.scalars(select(ProgrammeVersion.code).distinct()):
        for period in (month, period_before(month)) if is_large(session, code) else ():
            known = last_count(session, (code, period), None)
            at = known.counted_at if known else None
            if at is None or now - at > A_DAY:
                ask_for_count(session, (code, period), now)


def _free(now: datetime) -> Select[int]:
    nobodys = or_(IndicatorCount.leased_until.is_(None), IndicatorCount.leased_until <= now)
    asked = select(IndicatorCount.id).where(IndicatorCount.asked_at.is_not(None), nobodys)
    return asked.order_by(IndicatorCount.asked_at, IndicatorCount.id)


def _take(session: Session, now: datetime) -> ReportKey | None:
    wanted = _free(now).limit(1).with_for_update(skip_locked=True)
    found = session.scalar(wanted)
    if found is None:
        return None
    row = session.get_one(IndicatorCount, found)
    row.leased_until = now + LEASE
    return row.programme, Period(row.first_on, row.last_on)


def _renew(database: Database, key: ReportKey, clock: Clock) -> None:
    held = IndicatorCount.leased_until.is_not(None)
    with database.write(exclusive=False) as session:
        session.execute(
            update(IndicatorCount).where(*_mine(key), held).values(leased_until=clock() + LEASE)
        )


def _mine(key: ReportKey) -> tuple[ColumnElement[bool], ...]:
    code, period = key
    return (
        IndicatorCount.programme == code,
        IndicatorCount.first_on == period.first,
        IndicatorCount.last_on == period.last,
    )
