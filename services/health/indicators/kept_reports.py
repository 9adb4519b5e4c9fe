"""Reports counted a while ago: a page, its table and its map need the same one.

Of a programme with few people a report is counted at once, and kept in memory for a while. Of one
with many it takes minutes, which no request waits for: it is asked for, a worker counts it and
keeps it in the database, and until then the one of before is shown. A report tells when it was
counted.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from services.health.errors import StillCounting
from services.health.indicators.count_requests import (
    LastCount,
    ReportKey,
    ask_for_count,
    is_large,
    last_count,
)
from services.health.indicators.disaggregation import EVERYBODY, Cut
from services.health.indicators.measure import Measure
from services.health.indicators.measures import measures
from services.health.indicators.tables import Report, Table, make_report, make_table
from services.health.versions.store import find_version, programme_of
from services.storage.database import Database

LIFE, NEW = timedelta(minutes=15), timedelta(minutes=1)
LARGE_LIFE, LARGE_NEW = timedelta(hours=1), timedelta(minutes=10)
"""The same of many people: counting them for each page would keep a worker busy."""
_MOST = 40


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report, and the tables that were made of it."""

    report: Report
    tables: dict[tuple[tuple[Cut, ...], bool], Table] = field(default_factory=dict)

    def table(self, cuts: Sequence[Cut], *, public: bool = False) -> Table:
        """Return a table of the report: see `make_table`."""
        key = tuple(cuts), public
        if key not in self.tables:
            self.tables[key] = make_table(self.report, cuts, public=public)
        return self.tables[key]


_SHELVES: "WeakKeyDictionary[Database, OrderedDict[ReportKey, KeptReport]]" = WeakKeyDictionary()
_LOCK = Lock()


def kept_report(
    database: Database, key: ReportKey, now: datetime, *, life: timedelta = LIFE
) -> KeptReport:
    """Return the report of a programme and period, counted at most `life` ago.

    Of a programme with many people it may be an hour old, or older while it is counted anew; where
    a life of a minute or less is asked for, at most ten minutes.

    Raises:
        UnknownProgramme: there is none.
        StillCounting: it goes on; ask again.
    """
    found = _on_shelf(database, key)
    if found is not None and found.report.sums is None and _is_young(found.report.now, now, life):
        return found
    with database.read() as session:
        if not is_large(session, key[0]):
            return _put(database, key, KeptReport(make_report(session, *key, now)))
        known = last_count(session, key, found.report.now if found else None)
    young = known and known.counted_at and _is_young(known.counted_at, now, _large_life(life))
    if not young and not (known and known.is_asked):
        with database.write(exclusive=False) as session:
            ask_for_count(session, key, now)
    if known is None or known.counted_at is None or (life <= NEW and not young):
        raise StillCounting
    if known.sums is None and found is not None:
        return found
    return _put(database, key, _of_sums(database, key, known))


def measures_in(session: Session, key: ReportKey, now: datetime) -> list[Measure]:
    """Return the indicators of a report, within a session that may be writing.

    Raises:
        UnknownProgramme: there is none.
        StillCounting: no worker has counted it yet.
    """
    if not is_large(session, key[0]):
        return make_report(session, *key, now).measures
    known = last_count(session, key, None)
    if known is None or known.sums is None:
        raise StillCounting
    return measures(known.sums.groups(())[EVERYBODY])


def _of_sums(database: Database, key: ReportKey, known: LastCount) -> KeptReport:
    """Make a report of what a worker counted."""
    if known.sums is None or known.counted_at is None:
        raise StillCounting
    with database.read() as session:
        programme = programme_of(find_version(session, key[0]))
    named = measures(known.sums.groups(())[EVERYBODY])
    return KeptReport(Report(programme, key[1], known.counted_at, {}, named, known.sums))


def _large_life(life: timedelta) -> timedelta:
    return LARGE_LIFE if life > NEW else LARGE_NEW


def _is_young(counted_at: datetime, now: datetime, life: timedelta) -> bool:
    return timedelta() <= now - counted_at < life


def _on_shelf(database: Database, key: ReportKey) -> KeptReport | None:
    with _LOCK:
        return _SHELVES.setdefault(database, OrderedDict()).get(key)


def _put(database: Database, key: ReportKey, made: KeptReport) -> KeptReport:
    with _LOCK:
        kept = _SHELVES.setdefault(database, OrderedDict())
        kept[key] = made
        kept.move_to_end(key)
        while len(kept) > _MOST:
            kept.popitem(last=False)
    return made
