"""may these move, asked of the API with 2 million animals on PostgreSQL.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made; it takes about 3 GB of
disk and is dropped afterwards. Requests go to the WSGI application in this process, each with its
token, its own idempotency key and a commit: what is left out is the network.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, create_engine, make_url, text

from services.api.tokens import create_token
from services.core.geography import PROVINCES
from services.core.roles import Role
from services.core.settings import Settings
from services.runtime.app import create_app
from services.runtime.container import Runtime

SERVER = "BILUM_BENCH_POSTGRES_URL"
SIZES = {"animals": 2_000_000, "premises": 200_000, "movements": 1_500_000, "permits": 300_000}
QUESTIONS, BATCHES, TAGS, WARM_UP, SEED = 2_000, 200, 20, 100, 2019
TARGET = 0.05
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
DISTRICTS = 8


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    with _filled(server) as runtime:
        _measure(runtime)


def _measure(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        secret = create_token(session, Role.INSPECTOR, NOW)
    client, headers = create_app(runtime).test_client(), {"Authorization": f"Bearer {secret}"}
    chance = random.Random(SEED)  # noqa: S311 — a sample

    def ask(count: int) -> tuple[float, float]:
        body = _question(chance, count)
        began, worked = time.perf_counter(), time.process_time()
        answer = client.post(
            "/api/v1/decisions", json=body, headers=headers | {"Idempotency-Key": str(uuid4())}
        )
        took = time.perf_counter() - began, time.process_time() - worked
        if answer.status_code != HTTPStatus.OK:
            sys.exit(answer.text)
        allowed.extend(one["allowed"] for one in answer.json["decisions"])
        return took

    allowed: list[bool] = []
    for _ in range(WARM_UP):
        ask(1)
    _tell("one tag", [ask(1) for _ in range(QUESTIONS)])
    _tell(f"{TAGS} tags", [ask(TAGS) for _ in range(BATCHES)])
    print(f"{sum(allowed)} of {len(allowed)} may move")


def _question(chance: random.Random, count: int) -> dict[str, object]:
    """Ask about pigs from all over the country, every other time without a destination."""
    animals = [chance.randint(1, SIZES["animals"]) for _ in range(count)]
    to = chance.choice([None, f"premises:{chance.randint(1, SIZES['premises'])}"])
    return {"numbers": [f"598{animal:012}" for animal in animals], "to": to}


def _tell(what: str, took: list[tuple[float, float]]) -> None:
    """Print how long requests took, and how much of it was CPU: the rest is waiting."""
    for name, times in zip(("", "cpu"), zip(*took, strict=True), strict=True):
        median, worst = statistics.median(times), max(times)
        p99 = statistics.quantiles(times, n=100)[98]
        print(
            f"{what} {name:4} {median * 1000:6.1f} ms p50, {p99 * 1000:6.1f} ms p99, "
            f"{worst * 1000:6.1f} ms worst of {len(times)}"
            + ("" if name else f"; target p99 {TARGET * 1000:.0f} ms, ratio {p99 / TARGET:.2f}")
        )


@contextmanager
def _filled(server: str) -> Iterator[Runtime]:
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


def _fill(connection: Connection) -> None:
    # Foreign keys hold by how the rows are made; to check each would take most of the time.
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in _ROWS:
        connection.execute(text(statement), {**SIZES, "today": NOW.date(), "at": NOW})
    for number, area in enumerate(_areas(), start=1):
        connection.execute(text(_ORDER), _order(number, area))
    for table in _SERIALS:
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


_SERIALS = ("journal", "animal", "premises", "movement", "permit", "control_order")
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
    """INSERT INTO journal (id, event_id, type, occurred_on, recorded_at, content)
    SELECT one, gen_random_uuid(), 'register', :today, :at, sha256(one::text::bytea)
    FROM generate_series(1, :animals) AS one""",
    """INSERT INTO ledger_leaf (journal_id, position, subject, salt, commitment, waiting_since)
    SELECT id, 0, sha256(id::text::bytea), content, sha256(content), :at FROM journal""",
    """INSERT INTO animal (id, public_id, scheme, value, found, registered_on, registered_at_id,
        registered_by_id)
    SELECT one, gen_random_uuid(), 'iso11784', '598' || lpad(one::text, 12, '0'), false,
        CAST(:today AS date) - 400, 1 + one % :premises, one
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
    SELECT one, gen_random_uuid(), sha256(one::text::bytea),
        (ARRAY['issued', 'closed', 'asked', 'issued'])[1 + one % 4], 1 + one * 31 % :premises,
        1 + one * 104729 % :premises, CAST(:today AS date) - (one % 90)::int,
        CAST(:today AS date) - (one % 90)::int + 6, CASE WHEN one % 2 = 0 THEN 10 END
    FROM generate_series(1, CAST(:permits AS bigint)) AS one""",
    """INSERT INTO permit_animal (permit_id, animal_id)
    SELECT id, origin_id - 1 + :premises FROM permit WHERE head_count IS NULL""",
    """INSERT INTO identifier (scheme, value, permit_id)
    SELECT 'bilum', (1000000 + id)::text, id FROM permit""",
)
_ORDER = """INSERT INTO control_order (public_id, subject_key, number, kind, status, disease, area,
        area_name, area_salt, since, declared_at, declared_by_id)
    VALUES (:id, :key, :number, :kind, :status, 'african_swine_fever', :area, 'somewhere', :key,
        :since, :at, 1)"""


if __name__ == "__main__":
    main()
