"""contact chains of all premises, an animal in an abattoir, a trace in 10 million movements.

The abattoir is measured on SQLite, and on PostgreSQL if a server is named. The last part needs
BILUM_BENCH_POSTGRES_URL, a server on which a database may be made; it takes about 2 GB of disk and
is dropped afterwards. How fast movements are imported: `make bench-import`.
"""

from __future__ import annotations

import csv
import gc
import gzip
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, select, text
from sqlalchemy.orm import Session
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from bench._abattoir import trace_abattoir
from services.core.settings import Settings
from services.livestock.domain.model import Key
from services.livestock.tracing.chains import Contact, summaries
from services.livestock.tracing.model import Direction, TraceWindow
from services.livestock.tracing.premises import reach, trace_premises
from services.storage.database import Database
from services.storage.models import Identifier, Movement

Row = tuple[int, int, int, date]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "movements.csv.gz"
SERVER = "BILUM_BENCH_POSTGRES_URL"
DAYS, MOVEMENTS, ROOTS, SEED = timedelta(days=90), 10_000_000, 200, 2019
ALL_ROOTS_SECONDS, ONE_TRACE_SECONDS = 1.0, 0.2
MOST_CONNECTED = 20


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not source.exists():
        sys.exit(f"no data at {source}: give the path of a CSV of movements")
    rows = _read(source)
    roots = _all_roots(rows)
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    gc.freeze()  # as the command does, and a server has not read the movements besides
    trace_abattoir(server)
    if server is None:
        print(f"one trace among {MOVEMENTS:,} movements: not measured, {SERVER} is not set")
        return
    with _filled(server, rows) as (database, shifts):
        _one_trace(database, rows, roots, shifts)


def _read(source: Path) -> list[Row]:
    with gzip.open(source, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    animals = {name: number for number, name in enumerate({row["id"]: 0 for row in rows}, start=1)}
    return [
        (
            int(row["source"]),
            int(row["destination"]),
            animals[row["id"]],
            date.fromisoformat(row["t"]),
        )
        for row in rows
    ]


def _all_roots(rows: list[Row]) -> list[int]:
    """Time all roots; return those to trace: the most connected, and others by chance."""
    last = max(row[3] for row in rows)
    contacts = [
        Contact(origin, destination, day.toordinal(), day.toordinal())
        for origin, destination, _, day in rows
        if last - DAYS <= day
    ]
    runs = [_timed(lambda: summaries(contacts)) for _ in range(5)]
    seconds = statistics.median(runs)
    found = summaries(contacts)
    print(
        f"all roots   {seconds:7.3f} s  {len(found)} premises, {len(contacts)} movements of "
        f"{DAYS.days} days; target {ALL_ROOTS_SECONDS} s, ratio {seconds / ALL_ROOTS_SECONDS:.2f}"
    )
    ranked = sorted(found, key=lambda one: -found[one].ingoing - found[one].outgoing)
    rest = random.Random(SEED).sample(ranked[MOST_CONNECTED:], ROOTS - MOST_CONNECTED)  # noqa: S311 — a sample
    return ranked[:MOST_CONNECTED] + rest


def _one_trace(database: Database, rows: list[Row], roots: list[int], shifts: list[int]) -> None:
    last = max(row[3] for row in rows)
    chance = random.Random(SEED)  # noqa: S311 — a sample
    with database.read() as session:
        premises = dict(
            session.execute(
                select(Identifier.value, Identifier.premises_id).where(
                    Identifier.scheme == "premises"
                )
            ).all()
        )
    chains, whole = [], []
    for root in roots:
        window = _window(last, chance.choice(shifts))
        with database.read() as session:
            chains.append(_timed(partial(_both, session, premises[str(root)], window)))
            key, newest = Key("premises", str(root)), _window(last, shifts[-1])
            whole.append(_timed(partial(trace_premises, session, key, newest)))
    _tell("both chains", chains)
    _tell("whole trace", whole)


def _window(last: date, shift: int) -> TraceWindow:
    end = last + timedelta(days=shift)
    return TraceWindow(end - DAYS, end)


def _both(session: Session, root: int, window: TraceWindow) -> None:
    for direction in Direction:
        reach(session, root, window, direction)


def _tell(what: str, seconds: list[float]) -> None:
    median, worst = statistics.median(seconds), max(seconds)
    print(
        f"{what} {median * 1000:7.1f} ms median, {worst * 1000:.1f} ms worst of {len(seconds)} "
        f"roots, ratios {median / ONE_TRACE_SECONDS:.3f} and {worst / ONE_TRACE_SECONDS:.3f}"
    )


@contextmanager
def _filled(server: str, rows: list[Row]) -> Iterator[tuple[Database, list[int]]]:
    """Make a database of its own with the movements repeated; drop it afterwards."""
    name = f"bilum_bench_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings.from_env({"BILUM_DATA_DIR": folder, "BILUM_DATABASE_URL": url})
            database = Database.from_settings(settings)
            database.upgrade()
            began = time.perf_counter()
            shifts = _fill(database, rows)
            print(
                f"made        {time.perf_counter() - began:7.1f} s  "
                f"{len(shifts) * len(rows):,} movements"
            )
            yield database, shifts
            database.close()
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


def _fill(database: Database, rows: list[Row]) -> list[int]:
    days = [row[3] for row in rows]
    span = (max(days) - min(days)).days + 1
    shifts = [span * turn for turn in range(-(-MOVEMENTS // len(rows)))]
    table = Movement.__table__
    with database.engine.begin() as connection:
        # Indexes and foreign keys are built once, over all rows: that takes a tenth of the time.
        for constraint in table.foreign_key_constraints:
            connection.execute(DropConstraint(constraint))
        for index in table.indexes:
            connection.execute(DropIndex(index))
        _seed(connection, rows)
        for shift in shifts[:-1]:
            connection.execute(text(_REPEAT), {"shift": shift})
        for statement in _WITH_EVENTS:
            connection.execute(text(statement), {"shift": shifts[-1]})
        for index in table.indexes:
            connection.execute(CreateIndex(index))
        for constraint in table.foreign_key_constraints:
            connection.execute(AddConstraint(constraint))
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return shifts


def _seed(connection: Connection, rows: list[Row]) -> None:
    for statement in _SEED:
        connection.execute(text(statement))
    cursor = connection.connection.cursor()
    with cursor.copy("COPY seed (source, target, animal, day) FROM STDIN") as copy:
        for row in sorted(rows, key=lambda row: row[3]):
            copy.write_row(row)
    for statement in _NAMED:
        connection.execute(text(statement))


_SEED = (
    "CREATE TEMPORARY TABLE seed (place serial, source int, target int, animal int, day date)",
)
_NAMED = (
    """INSERT INTO premises (public_id, subject_key, kind, found)
    SELECT gen_random_uuid(), sha256(one::text::bytea), 'household', true
    FROM generate_series(1, (SELECT max(greatest(source, target)) FROM seed)) AS one""",
    """INSERT INTO identifier (scheme, value, premises_id)
    SELECT 'premises', id::text, id FROM premises""",
    """INSERT INTO animal (public_id, scheme, value, found)
    SELECT gen_random_uuid(), 'animal', one::text, true
    FROM generate_series(1, (SELECT max(animal) FROM seed)) AS one""",
)
_REPEAT = """INSERT INTO movement (animal_id, origin_id, destination_id, departed_on, arrived_on)
    SELECT animal, source, target, day + :shift, day + :shift FROM seed ORDER BY place"""
# The newest repetition has events and records, so that a whole trace has something to read.
_WITH_EVENTS = (
    """INSERT INTO journal (id, event_id, type, occurred_on, recorded_at, content)
    SELECT 2 * place - side, gen_random_uuid(), 'arrive', day + :shift, now(), sha256('x')
    FROM seed, generate_series(0, 1) AS side""",
    """INSERT INTO ledger_leaf
        (journal_id, position, subject, commitment, leaf_index, waiting_since)
    SELECT id, one, sha256((id + one)::text::bytea), sha256('x'), 2 * id + one, now()
    FROM journal, generate_series(0, 1) AS one""",
    """INSERT INTO movement
        (animal_id, origin_id, destination_id, departed_on, arrived_on, departure_id, arrival_id)
    SELECT animal, source, target, day + :shift, day + :shift, 2 * place - 1, 2 * place
    FROM seed ORDER BY place""",
)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
