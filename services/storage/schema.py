"""The schema's revision: on which ones this program runs, and the steps from one to the next.

While a machine still runs the program of before, a step may only add. One that takes away names the
oldest program that runs after it, and waits until somebody finishes the upgrade: docs/adr/0082.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple, cast

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import OperationalError

from services.core.errors import OlderProgramRuns, SchemaBehind, SchemaInUse
from services.storage.models import SchemaFloor

PROGRAM = "bilum"
"""Each connection to PostgreSQL has this name, and the head revision of its program."""
RUN_UPGRADE = (
    "run `bilum db upgrade`, or let BILUM_DATA_DIR or BILUM_DATABASE_URL name the one you mean"
)
RUN_FINISH = (
    "the upgrade before this one is not finished: once no older Bilum runs, run "
    "`bilum db upgrade --finish`"
)

_LOCK = text("SELECT pg_try_advisory_lock(7244026)")
_CONNECTED = text(
    "SELECT DISTINCT coalesce(host(client_addr), 'this machine') FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE :ours "
    "AND application_name < :oldest ORDER BY 1"
)
# PostgreSQL's code of a lock that did not come in time.
_LOCK_LATE = "55P03"
# The steps so far are one transaction: no program runs beside them.
_TOGETHER_UNTIL = "0065"
_TRIES, _PAUSE_SECONDS = 120, 1.0


class Step(NamedTuple):
    """A migration.

    Attributes:
        revision: of the schema after it.
        oldest: head of the oldest program that runs after it; None: as before it.
    """

    revision: str
    oldest: str | None


@cache
def steps() -> tuple[Step, ...]:
    """Return the steps that this program knows, the oldest first.

    Raises:
        SchemaBehind: there are none.
    """
    scripts = tuple(ScriptDirectory.from_config(alembic_config()).walk_revisions())[::-1]
    if not scripts:
        raise SchemaBehind("This installation holds no migrations: install it again")
    return tuple(Step(script.revision, oldest_program(script)) for script in scripts)


def oldest_program(script: Script) -> str | None:
    """Return what a migration says of the programs that run after it: `Step.oldest`."""
    return getattr(script.module, "oldest_program", None)


def head_revision() -> str:
    """Return the newest revision that this program knows."""
    return steps()[-1].revision


def knows(here: str | None) -> bool:
    """Tell whether steps of this program lead on from a revision, or it is the newest."""
    return here is None or any(step.revision == here for step in steps())


def steps_from(here: str | None) -> tuple[Step, ...]:
    """Return the steps that lead on from a revision that this program knows."""
    known = [step.revision for step in steps()]
    return steps() if here is None else steps()[known.index(here) + 1 :]


def runs_on(here: str | None, floor: str | None) -> bool:
    """Tell whether this program runs on a schema.

    Args:
        here: its revision; None: it is empty.
        floor: head of the oldest program that runs on it; None: it does not say.
    """
    if here is None:
        return False
    if knows(here):
        return all(step.oldest is not None for step in steps_from(here))
    return floor is not None and floor <= head_revision() < here


def target_from(here: str | None, *, finish: bool) -> str:
    """Return the revision to which an upgrade leads: before the first step that takes away.

    Args:
        here: a revision that this program knows; None: nothing is there.
        finish: whether to take every step.
    """
    if here is None or finish:
        return head_revision()
    adding = takewhile(lambda step: step.oldest is None, steps_from(here))
    *_, reached = (here, *(step.revision for step in adding))
    return reached


def read_floor(connection: Connection) -> str | None:
    """Return the head of the oldest program that runs on a schema; None: it does not say."""
    if not inspect(connection).has_table(SchemaFloor.__tablename__):
        return None
    return connection.scalar(select(func.max(SchemaFloor.revision)))


def way_on(here: str | None) -> str:
    """Tell what to do about a schema on which this program does not run."""
    if knows(here):
        finished = target_from(here, finish=False) == here
        return f": {RUN_FINISH if finished else RUN_UPGRADE}"
    oldest = steps()[0].revision
    if str(here) < oldest:
        return (
            f". Bilum upgrades from revision {oldest} on, the steps before it became one: make a "
            "backup, run `bilum db upgrade` of Bilum's commit a36632e, and then this one's"
        )
    return ". A newer Bilum made it: install that version"


def migrate(connection: Connection, *, finish: bool) -> None:
    """Take the steps that lead on from where the schema is; broken off, go on when called again.

    Of two at once the second waits. On PostgreSQL each newer step is a transaction, and one that
    waits for a lock lets go of it and tries again, so that nobody waits for long behind it.

    Raises:
        OlderProgramRuns: a step takes away what a connected program needs.
        SchemaInUse: a lock did not come within minutes.
    """
    try:
        for _ in range(_TRIES):
            if _is_mine(connection) and _take_steps(connection, finish=finish):
                return
            time.sleep(_PAUSE_SECONDS)
        raise SchemaInUse
    finally:
        # Its lock and its settings go with it.
        connection.invalidate()


def _is_mine(connection: Connection) -> bool:
    """Tell whether this is the one upgrade; whoever waited in a statement would be in its way."""
    if connection.dialect.name == "sqlite":
        return True
    mine = bool(connection.scalar(_LOCK))
    connection.commit()
    return mine


def _take_steps(connection: Connection, *, finish: bool) -> bool:
    """Take the steps from where the schema is; False: a lock did not come in time."""
    from alembic import command  # noqa: PLC0415 — slow to load, needed once

    here = MigrationContext.configure(connection).get_current_revision()
    target = target_from(here, finish=finish)
    if here is not None:
        _require_new_programs(connection, here, target)
    connection.rollback()
    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        with _building_anew(connection):
            if any(step.revision == _TOGETHER_UNTIL for step in steps_from(here)):
                config.attributes["together"] = True
                command.upgrade(config, _TOGETHER_UNTIL)
            config.attributes["together"] = connection.dialect.name == "sqlite"
            command.upgrade(config, target)
    except OperationalError as error:
        connection.rollback()
        if getattr(error.orig, "sqlstate", None) != _LOCK_LATE:
            raise
        return False
    return True


def _require_new_programs(connection: Connection, here: str, target: str) -> None:
    """Refuse to take away what a connected program needs."""
    left = [step.revision for step in steps_from(target)]
    taking = [step.oldest for step in steps_from(here) if step.oldest and step.revision not in left]
    if not taking or connection.dialect.name == "sqlite":
        return
    names = {"ours": f"{PROGRAM} %", "oldest": f"{PROGRAM} {max(taking)}"}
    if found := connection.scalars(_CONNECTED, names).all():
        raise OlderProgramRuns(
            f"An older Bilum still uses this database, from {', '.join(found)}: put the new one "
            "there, or stop it; then run `bilum db upgrade --finish` again"
        )


@contextmanager
def _building_anew(connection: Connection) -> Iterator[None]:
    """Let SQLite build tables anew that others refer to, and leave nothing of the old ones."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = cast("Any", connection.connection.driver_connection)
    # Outside of a transaction alone; the migrations check the references at their end.
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute("PRAGMA secure_delete=ON")
    yield
    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def alembic_config() -> Config:
    """Return where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
