"""An animal's whole trace through an abattoir of 200,000, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, text, update

from bench._data import fresh, open_database
from services.livestock.domain.model import Key
from services.livestock.tracing.animals import Page, companions_of, trace_animal
from services.livestock.tracing.export import animal_json
from services.livestock.tracing.lives import read_lives
from services.storage.database import Database
from services.storage.models import Animal, Identifier, Movement, Premises

ANIMALS, FARMS, DAYS, CHUNK, SEED = 200_000, 5_000, 730, 20_000, 2019
TRACE_SECONDS = 0.2
BEGAN = date(2024, 11, 1)
AGE = timedelta(days=200)
# The first has all others after it, the last all before; those of one day share it.
TRACED = (500, 50_000, 100_000, 150_000, 199_990)


def trace_abattoir(server: str | None) -> None:
    """Print the figures of both databases; without a server, of SQLite alone."""
    with tempfile.TemporaryDirectory() as folder:
        _measure("sqlite", f"sqlite:///{Path(folder) / 'bench.db'}")
    if server is not None:
        with fresh(server) as url:
            _measure("postgresql", url)


def _measure(name: str, url: str) -> None:
    database = open_database(url)
    database.upgrade()
    with database.write() as session:
        _fill(session.connection())
    _settle(database)
    _require_exact(database)
    _tell(f"abattoir    {name}", [_trace(database, number) for number in TRACED])
    with database.write() as session:
        session.execute(update(Animal).values(ended_on=None))
        session.execute(update(Movement).values(ended_on=None))
    _settle(database)
    _tell(f"unreported  {name}", [_trace(database, number) for number in TRACED])
    database.close()


def _settle(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))


def _trace(database: Database, number: int) -> tuple[float, float, int]:
    """Return seconds, seconds of this process alone, and how many animals were met."""
    began, worked = time.perf_counter(), time.process_time()
    with database.read() as session:
        page = Page(today=BEGAN + timedelta(days=DAYS))
        trace = trace_animal(session, Key("animal", str(number)), page=page)
        json.dumps(animal_json(trace))
    return time.perf_counter() - began, time.process_time() - worked, len(trace.companions)


def _require_exact(database: Database) -> None:
    """Compare one answer with the one that reads every candidate, in one piece."""
    number = TRACED[2]
    with database.read() as session:
        found = trace_animal(session, Key("animal", str(number)))
        (life,) = read_lives(session, [number])
        every = companions_of(session, life)
    if found.companions != every or found.met.more is not None:
        raise SystemExit("the trace through the abattoir is not exact")


def _tell(what: str, runs: list[tuple[float, float, int]]) -> None:
    seconds, own = [run[0] for run in runs], [run[1] for run in runs]
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what:22} {statistics.median(seconds) * 1000:7.1f} ms median, "
        f"{max(seconds) * 1000:.1f} ms worst of {len(runs)} whole traces "
        f"({max(own) * 1000:.0f} ms of this process), up to {max(run[2] for run in runs)} met, "
        f"ratio {max(seconds) / TRACE_SECONDS:.2f}, {most:.0f} MB"
    )


def _fill(connection: Connection) -> None:
    chance = random.Random(SEED)  # noqa: S311 — a sample
    places = range(1, FARMS + 1)
    connection.execute(insert(Premises), [_premises(one) for one in places])
    named = [{"scheme": "premises", "value": str(one), "premises_id": one} for one in places]
    connection.execute(insert(Identifier), named)
    for first in range(1, ANIMALS + 1, CHUNK):
        rows = list(_killed(chance, range(first, first + CHUNK)))
        for table, place in ((Animal, 0), (Identifier, 1), (Movement, 2)):
            connection.execute(insert(table), [row[place] for row in rows])


def _premises(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "public_id": UUID(int=number),
        "subject_key": number.to_bytes(32, "big"),
        "kind": "abattoir" if number == 1 else "household",
        "found": True,
    }


def _killed(chance: random.Random, numbers: range) -> Iterator[tuple[dict[str, Any], ...]]:
    """Yield animals that came from a farm to premises 1 and were killed there within a day."""
    for number in numbers:
        came = BEGAN + timedelta(days=number * DAYS // ANIMALS)
        ended = came + timedelta(days=chance.choice((0, 0, 1)))
        home, key = chance.randint(2, FARMS), {"scheme": "animal", "value": str(number)}
        born = {"registered_on": came - AGE, "registered_at_id": home, "first_on": came - AGE}
        seen = {"seen_at_id": 1, "seen_on": ended, "ended_on": ended, "last_on": ended}
        yield (
            {"id": number, "public_id": UUID(int=number), "found": False, **key, **born, **seen},
            {**key, "animal_id": number},
            {
                "animal_id": number,
                "origin_id": home,
                "destination_id": 1,
                "departed_on": came,
                "arrived_on": came,
                "ended_on": ended,
            },
        )
