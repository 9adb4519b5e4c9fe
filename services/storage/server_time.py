"""The time of an installation: that of its PostgreSQL, which every process asks again and again.

What one host writes another judges: leases, what is due, what ends. So they need one time, and
there is one server. SQLite has one host, whose clock is the only one.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Engine, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError

from services.core.clock import Clock, SharedClock, utc_now
from services.storage.database import Database
from services.storage.models.base import UtcTime

_LOG = logging.getLogger("bilum.clock")

DIFFERS = timedelta(seconds=5)
"""How far a host's clock may be from the server's before somebody must look at it."""

CONTRADICTS = timedelta(days=1)
"""From which difference on neither clock is believed: no time zone explains it."""

_ASK = "SELECT clock_timestamp()"


def follow(clock: SharedClock, engine: Engine) -> None:
    """Let a clock tell the time of an engine's server: by each new connection, and now and then.

    After a fail-over the connections are new, and so is the clock that they tell of.
    """
    dialect, differed = engine.dialect, False

    def ask(connection: DBAPIConnection, *_: object) -> None:
        nonlocal differed
        begun = clock.begin()
        cursor = connection.cursor()
        cursor.execute(_ASK)
        (at,) = cast("tuple[datetime]", cast("Any", cursor).fetchone())
        cursor.close()
        clock.told(at, begun)
        connection.rollback()
        if differed != (abs(clock.ahead) > DIFFERS):
            differed = not differed
            _report(clock)

    def ask_if_due(connection: DBAPIConnection, *_: object) -> None:
        if not clock.is_due:
            return
        try:
            ask(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def connect() -> None:
        # Whoever needs the database next is told what is wrong with it.
        with suppress(dialect.loaded_dbapi.Error):
            engine.raw_connection().close()

    event.listen(engine, "connect", ask)
    event.listen(engine, "checkout", ask_if_due)
    clock.ask = connect


def read_ahead(database: Database, own: Clock = utc_now) -> timedelta:
    """Ask the server now; return how far a host's clock is ahead of it. SQLite has no other."""
    if database.is_sqlite:
        return timedelta()
    with database.read() as session:
        before = own()
        at = session.scalars(select(func.clock_timestamp(type_=UtcTime()))).one()
        return before + (own() - before) / 2 - at


def _report(clock: SharedClock) -> None:
    if abs(clock.ahead) > DIFFERS:
        _LOG.warning(
            "this machine's clock is %s the database's: times are the database's; see to the time "
            "service of both",
            say_ahead(clock.ahead),
        )
    else:
        _LOG.info("this machine's clock agrees with the database's")


def say_ahead(ahead: timedelta) -> str:
    """Write a difference: `1:00:00 ahead of`."""
    whole = timedelta(seconds=round(abs(ahead).total_seconds()))
    return f"{whole} {'ahead of' if ahead > timedelta() else 'behind'}"
