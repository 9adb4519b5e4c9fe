"""The right to record: a lease of the database, with a token that every write of its holder checks.

There is one row. A process that takes it while it is free gets a new token and some seconds, and
renews it. After a crash, the lease ends when these seconds are over, or when another process of the
same machine sees that the holder is dead. A holder that was only frozen finds its token gone, and
its next write fails as a whole.

What the recorder repairs, such as a lease that is taken over, is counted in the same transaction.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import ColumnElement, Interval, func, literal, select, text, update
from sqlalchemy.orm import Session

from services.core.clock import utc_now
from services.core.errors import RecorderBusy, Unavailable
from services.storage.bulk import upsert
from services.storage.database import Database
from services.storage.models import LedgerLease, LedgerRepair
from services.storage.models.base import UtcTime
from services.storage.sending_right import require_right

_LOG = logging.getLogger("bilum.recorder")

LEASE = timedelta(seconds=30)
"""How long the right to record outlives its holder, where nobody can see that it is dead."""

LONGEST = timedelta(hours=1)
"""The longest that anybody takes; one with more to go is of a clock that was set back since."""

TAKEOVER = "takeover"
_BUSY = "Another process records on the ledger: there is one recorder for a database"
_LOST = "The right to record was lost: another process took it over meanwhile"
_RENEW_AFTER = 1 / 3
# End a transaction that a frozen holder left open, so that no other process waits for it.
_END_IDLE = text("SELECT set_config('idle_in_transaction_session_timeout', :milliseconds, true)")
# End its connection where that limit does not count: see `services.storage.engine`.
_END_FROZEN = text(
    "SELECT pg_terminate_backend(held.pid) FROM ledger_lease JOIN pg_locks AS held "
    "ON held.transactionid = ledger_lease.xmax "
    "WHERE held.mode = 'ExclusiveLock' AND held.granted AND held.pid <> pg_backend_pid() "
    "AND ledger_lease.expires_at < clock_timestamp()"
)

_PROC = Path("/proc")
_ENDED = frozenset("ZX")
_UNKNOWN = "?"
_STARTED = 19
"""Place of a process's start among the fields of its `stat` that follow its name (proc(5))."""


class RecorderLease:
    """The right to record, for as long as it is renewed and nobody took it over."""

    def __init__(self, database: Database, token: int, lasts: timedelta, *, sends: bool) -> None:
        self._database = database
        self._token = token
        self._sends = sends
        self._holder = this_process()
        self._lasts = lasts
        self._renewed_at = monotonic()

    def guard(self, session: Session) -> None:
        """Renew the lease in a transaction that writes; nobody takes it over until that ends.

        Raises:
            RecorderBusy: it was lost; nothing of the transaction may stay.
            RestoredCopy: the database is one.
        """
        if self._sends:
            require_right(session)
        if session.get_bind().dialect.name == "postgresql":
            milliseconds = int(self._lasts.total_seconds() * 1000)
            session.execute(_END_IDLE, {"milliseconds": str(milliseconds)})
        renewed = session.execute(
            update(LedgerLease)
            .where(LedgerLease.token == self._token, LedgerLease.holder == self._holder)
            .values(expires_at=_after(session, self._lasts))
            .returning(LedgerLease.id),
            execution_options={"synchronize_session": False},
        ).first()
        if renewed is None:
            raise RecorderBusy(_LOST)

    def renew(self) -> None:
        """Renew the lease where a part of it has passed.

        Raises:
            RecorderBusy: it was lost.
        """
        if monotonic() - self._renewed_at < self._lasts.total_seconds() * _RENEW_AFTER:
            return
        with self._database.write(exclusive=False) as session:
            self.guard(session)
        self._renewed_at = monotonic()

    def release(self) -> None:
        """Give the right back at once, if it is still held."""
        with self._database.write(exclusive=False) as session:
            session.execute(
                update(LedgerLease)
                .where(LedgerLease.token == self._token, LedgerLease.holder == self._holder)
                .values(holder=None, expires_at=None),
                execution_options={"synchronize_session": False},
            )


@contextmanager
def only_recorder(
    database: Database, lasts: timedelta | None = None, *, sends: bool = True
) -> Iterator[RecorderLease]:
    """Hold the right to record; it outlives this process by `lasts`, or by `LEASE`.

    `sends`: whether its holder records. One that only keeps others from it needs no right to send.

    Raises:
        RecorderBusy: another process holds it.
        RestoredCopy: `sends`, and the database is one, which must not record beside the other.
    """
    lease = _take(database, lasts or LEASE, sends=sends)
    try:
        yield lease
    finally:
        # If the database does not answer, the lease ends by itself.
        with suppress(Unavailable):
            lease.release()


def _lasts(session: Session, until: datetime | None) -> bool:
    """Tell whether a lease goes on; one of a clock that was set back since is nobody's.

    If its holder lives, its next write finds the token gone, as after a freeze.
    """
    now = _read_clock(session)
    return until is not None and now < until <= now + LONGEST


def require_free(session: Session) -> None:
    """Let a process without a lease write while no other has one.

    Raises:
        RecorderBusy: another process has one.
    """
    row = session.scalars(select(LedgerLease).with_for_update(read=True)).first()
    if row is not None and _lasts(session, row.expires_at):
        raise RecorderBusy(_BUSY)


def is_held(session: Session) -> bool:
    """Return whether somebody holds the right to record."""
    until = session.scalar(select(LedgerLease.expires_at))
    return _lasts(session, until)


def _take(database: Database, lasts: timedelta, *, sends: bool) -> RecorderLease:
    with database.write(exclusive=False) as session:
        if sends:
            require_right(session)
        if session.scalar(select(LedgerLease.id)) is None:
            session.add(LedgerLease(id=1, token=0, holder=None, expires_at=None))
            session.flush()
        if not database.is_sqlite:
            session.execute(_END_FROZEN)
        # A locked row is being renewed by its holder.
        row = session.scalars(select(LedgerLease).with_for_update(skip_locked=True)).first()
        if row is None or not _is_free(session, row):
            raise RecorderBusy(_BUSY)
        if row.holder is not None:
            count_repair(session, TAKEOVER, utc_now())
            _LOG.warning("ledger: the right to record is taken over, its holder is gone")
        row.token += 1
        row.holder = this_process()
        row.expires_at = _read_clock(session) + lasts
        return RecorderLease(database, row.token, lasts, sends=sends)


def _is_free(session: Session, row: LedgerLease) -> bool:
    return row.holder is None or not _lasts(session, row.expires_at) or is_dead(row.holder)


def _read_clock(session: Session) -> datetime:
    """Return the time on the clock that all processes on this database share."""
    if session.get_bind().dialect.name == "sqlite":
        return utc_now()
    return session.scalars(select(func.clock_timestamp(type_=UtcTime()))).one()


def _after(session: Session, lasts: timedelta) -> datetime | ColumnElement[datetime]:
    """Return when a time is up that begins now, on the same clock, without asking for it."""
    if session.get_bind().dialect.name == "sqlite":
        return utc_now() + lasts
    return func.clock_timestamp(type_=UtcTime()) + literal(lasts, Interval())


def this_process() -> str:
    """Name this process, as no other is named on any machine at any time."""
    return f"{_machine()} {os.getpid()} {_start(os.getpid())}"


def is_dead(name: str) -> bool:
    """Return whether the process of that name is known to have ended.

    Of a process on another machine, or in another container, nothing is known.
    """
    machine, pid, start = name.rsplit(" ", 2)
    if not machine or machine != _machine():
        return False
    return _is_gone(int(pid)) or _start(int(pid)) not in {start, _UNKNOWN}


def _machine() -> str:
    """Name this boot of this machine, and the container in which processes have their numbers.

    Empty where the system does not tell.
    """
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _start(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; empty: it ended; ?: not known."""
    try:
        fields = (_PROC / f"{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return _UNKNOWN
    return "" if fields[0] in _ENDED else fields[_STARTED]


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
