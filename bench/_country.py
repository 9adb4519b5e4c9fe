"""A country on PostgreSQL: 2 million animals, their places, movements, permits and orders."""

from __future__ import annotations

import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, create_engine, make_url, text

from services.core.geography import PROVINCES
from services.core.settings import Settings
from services.runtime.container import Runtime

SERVER = "BILUM_BENCH_POSTGRES_URL"
PART = int(os.environ.get("BILUM_BENCH_PART", "1"))  # noqa: TID251 — a script
"""How small a country is made: 10 makes a tenth of it, to try a benchmark in a minute."""
_WHOLE = {"animals": 2_000_000, "premises": 200_000, "movements": 1_500_000, "permits": 300_000}
SIZES = {name: size // PART for name, size in _WHOLE.items()}
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
SEED = 2019
_WAITING = {"waiting": 20_000 // PART}
DISTRICTS = 8


@contextmanager
def filled(server: str) -> Iterator[Runtime]:
    """Make a database of its own and fill it; drop it afterwards."""
    name = f"bilum_bench_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            environ = {"BILUM_DATA_DIR": folder, "BILUM_DATABASE_URL": url}
            # One token asks as fast as it can.
            settings = Settings.from_env(environ | {"BILUM_API_RATE": "1000000"})
            runtime = Runtime.open(settings, lambda: NOW)
            runtime.database.upgrade()
            began = time.perf_counter()
            with runtime.database.engine.begin() as connection:
                _fill(connection)
            engine = runtime.database.engine.execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text("VACUUM ANALYZE"))
            print(f"made     {time.perf_counter() - began:6.1f} s  {SIZES}")
            yield runtime
            runtime.close()
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


@contextmanager
def filling(connection: Connection, *tables: str) -> Iterator[None]:
    """Let rows of tables be filled in fast: their indexes are made at the end, in one go each.

    Foreign keys hold by how the rows are made; to check each would take most of the time.
    """
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SET LOCAL work_mem = '256MB'"))
    connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    indexes = connection.execute(text(_INDEXES), {"tables": list(tables)}).all()
    for name, _ in indexes:
        connection.execute(text(f'DROP INDEX "{name}"'))
    yield
    for _, made in indexes:
        connection.execute(text(made))


def _fill(connection: Connection) -> None:
    with filling(connection, *_SERIALS, "ledger_leaf", "identifier"):
        _fill_tables(connection)


def _fill_tables(connection: Connection) -> None:
    for statement in _ROWS:
        connection.execute(text(statement), {**SIZES, "today": NOW.date(), "at": NOW} | _WAITING)
    for number, area in enumerate(_areas(), start=1):
        connection.execute(text(_ORDER), _order(number, area))
    set_serials(connection, _SERIALS)


def set_serials(connection: Connection, tables: Iterable[str]) -> None:
    """Let new rows of tables be numbered after those that are there."""
    for table in tables:
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608 — names of our own
        )


def _areas() -> Iterator[dict[str, Any]]:
    """Fifty areas: premises, districts, circles, and polygons of a hundred corners."""
    chance = random.Random(SEED)  # noqa: S311 — a sample
    for _ in range(20):
        keys = [chance.randint(1, SIZES["premises"]) for _ in range(5)]
        yield {"premises": [f"00000000-0000-0000-0000-{key:012}" for key in keys]}
    for number in range(15):
        province = PROVINCES[number]
        yield {"districts": [{"province": province, "district": f"district {number % DISTRICTS}"}]}
    for kilometres in [3.0, 10.0] * 5:
        longitude, latitude = _point(chance)
        yield {
            "circles": [{"latitude": latitude, "longitude": longitude, "kilometres": kilometres}]
        }
    for _ in range(5):
        longitude, latitude = _point(chance)
        ring = [
            [longitude + 0.3 * chance.uniform(0.7, 1) * x, latitude + 0.3 * y]
            for x, y in _circle(100)
        ]
        yield {"polygons": [{"type": "Polygon", "coordinates": [[*ring, ring[0]]]}]}


def _point(chance: random.Random) -> tuple[float, float]:
    return chance.uniform(142, 150), chance.uniform(-9, -3)


def _circle(corners: int) -> Iterator[tuple[float, float]]:
    for corner in range(corners):
        turn = complex(0, 1) ** (4 * corner / corners)
        yield turn.real, turn.imag


def _order(number: int, area: dict[str, Any]) -> dict[str, Any]:
    kind = "quarantine" if "premises" in area else "zone"
    return {
        "id": uuid4(),
        "key": secrets.token_bytes(32),
        "number": f"{kind[0].upper()}-2026-{number}",
        "kind": kind,
        "status": None if kind == "quarantine" else "infected",
        "area": json.dumps(area),
        "since": NOW.date() - timedelta(days=number),
        "at": NOW - timedelta(days=number),
    }


# Those of constraints stay.
_INDEXES = """SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename = ANY (:tables)
        AND indexname NOT IN (SELECT conname FROM pg_constraint)"""
_SERIALS = ("journal", "animal", "premises", "movement", "permit", "control_order")
# Columns of the query round it: `event`, `one` and `place`.
REGISTRATION = """concat('{"at":{"number":"premises:', place, '","premises":"',
    lpad(place::text, 32, '0')::uuid, '"},"channel":"sms","event":"', event,
    '","occurred":{"at":"', CAST(:today AS date),
    '","precision":"day","zone":"Pacific/Port_Moresby"},"recorded":"2026-11-25T02:00:00.000000Z",'
    '"subjects":[{"kind":"animal","scheme":"iso11784","value":"598', lpad(one::text, 12, '0'),
    '"}],"type":"register"}')"""
_PROVINCES = "ARRAY[" + ", ".join(f"'{name}'" for name in PROVINCES) + "]"
_ROWS = (
    f"""INSERT INTO premises (id, public_id, subject_key, kind, found, province, district, latitude,
        longitude)
    SELECT one, lpad(one::text, 32, '0')::uuid, sha256(one::text::bytea), 'household', false,
        ({_PROVINCES})[1 + one % {len(PROVINCES)}], 'district ' || one % {DISTRICTS},
        -9 + 6 * random(), 142 + 8 * random()
    FROM generate_series(1, :premises) AS one""",  # noqa: S608 — names of our own
    """INSERT INTO identifier (scheme, value, premises_id)
    SELECT scheme, id::text, id FROM premises, (VALUES ('premises'), ('bilum')) AS of (scheme)""",
    # Content as the product writes it; what is on the ledger has a place, the newest waits.
    f"""INSERT INTO journal (id, event_id, type, occurred_on, recorded_at, content)
    SELECT one, event, 'register', :today, :at, convert_to({REGISTRATION}, 'UTF8')
    FROM (SELECT one, 1 + one % :premises AS place, lpad(one::text, 32, '0')::uuid AS event
        FROM generate_series(1, CAST(:animals AS bigint)) AS one) AS made""",  # noqa: S608 — ours
    """INSERT INTO ledger_leaf (journal_id, position, subject, salt, commitment, waiting_since,
        leaf_index)
    SELECT id, 0, sha256((1 + id % :premises)::text::bytea), salt,
        sha256('\\x01'::bytea || salt || content), :at,
        CASE WHEN id <= :animals - :waiting THEN id - 1 END
    FROM (SELECT id, content, sha256(('salt ' || id)::bytea) AS salt FROM journal) AS made""",
    """INSERT INTO animal (id, public_id, scheme, value, found, registered_on, registered_at_id,
        registered_by_id, seen_at_id, seen_on)
    SELECT one, lpad(one::text, 32, '0')::uuid, 'iso11784',
        '598' || lpad(one::text, 12, '0'), false,
        CAST(:today AS date) - 400, 1 + one % :premises, one, 1 + one % :premises,
        CAST(:today AS date) - 400
    FROM generate_series(1, :animals) AS one""",
    "INSERT INTO identifier (scheme, value, animal_id) SELECT scheme, value, id FROM animal",
    # One in ten is still on its way.
    """INSERT INTO movement (id, animal_id, origin_id, destination_id, departed_on, arrived_on)
    SELECT one, 1 + one * 7919 % :animals, 1 + (1 + one * 7919 % :animals) % :premises,
        1 + one * 104729 % :premises, day, CASE WHEN one % 10 > 0 THEN day END
    FROM (SELECT one, CAST(:today AS date) - (one % 360)::int AS day
        FROM generate_series(1, CAST(:movements AS bigint)) AS one) AS made""",
    # Every other one names a pig, the rest count some.
    """INSERT INTO permit (id, public_id, subject_key, state, origin_id, destination_id, first_day,
        last_day, head_count)
    SELECT one, lpad(one::text, 32, '0')::uuid, sha256(one::text::bytea),
        (ARRAY['issued', 'closed', 'asked', 'issued'])[1 + one % 4], 1 + one * 31 % :premises,
        1 + one * 104729 % :premises, CAST(:today AS date) - (one % 90)::int,
        CAST(:today AS date) - (one % 90)::int + 6, CASE WHEN one % 2 = 0 THEN 10 END
    FROM generate_series(1, CAST(:permits AS bigint)) AS one""",
    """INSERT INTO permit_animal (permit_id, animal_id)
    SELECT id, origin_id - 1 + :premises FROM permit WHERE head_count IS NULL""",
    """INSERT INTO identifier (scheme, value, permit_id)
    SELECT 'bilum', (1000000 + id)::text, id FROM permit""",
    # Beyond every number that is given here: a number of the product's own is none of them.
    "INSERT INTO counter (name, value) VALUES ('short_number', 1000000)",
)
_ORDER = """INSERT INTO control_order (public_id, subject_key, number, kind, status, disease, area,
        area_name, area_salt, since, declared_at, declared_by_id)
    VALUES (:id, :key, :number, :kind, :status, 'african_swine_fever', :area, 'somewhere', :key,
        :since, :at, 1)"""
