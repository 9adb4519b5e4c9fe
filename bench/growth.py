"""growth of the tables with each report, and what a country's year then takes.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made. People report by SMS, a
stub carrier takes the replies, the recorder writes to an embedded chain; then PostgreSQL tells how
much each table holds, with its indexes. The tables of docs/limits.md are worked out from that.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from bench._data import fresh
from bench._servers import environ, opened, say_to
from bench.sms import AtOnce
from services.core.clock import utc_now
from services.runtime.container import Runtime
from services.runtime.workers import record_everything
from services.storage.models import Identifier
from sms.dispatch import Dispatcher

SERVER = "BILUM_BENCH_POSTGRES_URL"
KEEPERS, PIGS = 2_000, 2_000
# A movement is told twice, by who sends the pig and by who gets it.
REPORTS = 3 * PIGS
LEAST_SHARE = 0.005


class Size(NamedTuple):
    """Size of a table: its rows, and the bytes of rows and of indexes."""

    table: str
    rows: int
    heap: int
    indexes: int


def main() -> None:
    """Print the figures of docs/limits.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    with (
        fresh(server) as url,
        tempfile.TemporaryDirectory() as folder,
        opened(environ(url, Path(folder))) as runtime,
    ):
        before = dict(_sizes(runtime))
        _report(runtime)
        _reply(runtime)
        record_everything(runtime, lambda: None, lambda _size: None)
        _print(before, dict(_sizes(runtime)))


def _report(runtime: Runtime) -> None:
    """Register pigs by SMS, then let each go to another keeper's place, who confirms it."""
    say = say_to(runtime)
    for pig in range(PIGS):
        say(f"REG {_tag(pig)}", _keeper(pig))
    places = _places(runtime)
    for pig in range(PIGS):
        say(f"MOVE {_tag(pig)} TO {places[(pig + 1) % len(places)]}", _keeper(pig))
        say(f"ARRIVE {_tag(pig)}", _keeper(pig + 1))


def _keeper(pig: int) -> str:
    return f"+67571{pig % KEEPERS:06}"


def _tag(pig: int) -> str:
    return f"598{pig:012}"


def _places(runtime: Runtime) -> list[str]:
    with runtime.database.read() as session:
        found = session.scalars(
            select(Identifier.value)
            .where(Identifier.scheme == "bilum", Identifier.premises_id.is_not(None))
            .order_by(Identifier.premises_id)
        )
        return list(found)


def _reply(runtime: Runtime) -> None:
    dispatcher = Dispatcher(
        store=runtime.dispatch_store, carriers={"console": AtOnce()}, clock=utc_now, worker="bench"
    )
    while dispatcher.step():
        pass
    dispatcher.close()


def _sizes(runtime: Runtime) -> Iterator[tuple[str, Size]]:
    engine = runtime.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
        for table, heap, indexes in connection.execute(text(_SIZES)):
            yield table, Size(table, _rows(connection, table), heap, indexes)


def _rows(connection: Connection, table: str) -> int:
    return connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()  # noqa: S608 — of the catalogue


def _print(before: dict[str, Size], after: dict[str, Size]) -> None:
    grown = [
        Size(table, now.rows - was.rows, now.heap - was.heap, now.indexes - was.indexes)
        for table, now in after.items()
        if (was := before.get(table, Size(table, 0, 0, 0)))
    ]
    whole = sum(one.heap + one.indexes for one in grown)
    print(f"{REPORTS} reports of {KEEPERS} keepers: {whole / REPORTS:.0f} bytes a report")
    for one in sorted(grown, key=lambda one: -(one.heap + one.indexes)):
        taken = one.heap + one.indexes
        if one.rows > 0 and taken >= LEAST_SHARE * whole:
            print(
                f"{one.table:24} {one.rows / REPORTS:5.2f} rows a report, "
                f"{one.heap / one.rows:5.0f} + {one.indexes / one.rows:4.0f} bytes a row "
                f"(rows + indexes), {taken / REPORTS:5.0f} bytes a report, {taken / whole:4.0%}"
            )


_SIZES = """SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"""


if __name__ == "__main__":
    main()
