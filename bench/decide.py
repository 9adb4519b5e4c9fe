"""may these move, asked of the API with 2 million animals on PostgreSQL.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made; it takes about 3 GB of
disk and is dropped afterwards. Requests go to the WSGI application in this process, each with its
token, its own idempotency key and a commit: what is left out is the network.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from http import HTTPStatus
from uuid import uuid4

from bench._country import NOW, SEED, SERVER, SIZES, filled
from services.api.tokens import create_token
from services.core.roles import Role
from services.runtime.app import create_app
from services.runtime.container import Runtime

QUESTIONS, BATCHES, TAGS, WARM_UP = 2_000, 200, 20, 100
TARGET = 0.05


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    with filled(server) as runtime:
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


if __name__ == "__main__":
    main()
