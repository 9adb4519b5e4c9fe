"""durable registrations a second by HTTP, and the statements and CPU of one text.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made. Clients are another
process on the same machine; each text is a signed webhook, and its reply is queued before it is
answered. BENCH_ARGS chooses parts: `cost`, `bare`, `rates`; by name alone `together`, which takes
many texts in one transaction, as the program does not.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from itertools import count, islice
from pathlib import Path

from sqlalchemy import func, select

from bench._data import fresh
from bench._figures import p50_p99
from bench._http_clients import TOKEN, Load, Sent, send
from bench._servers import Environ, Keeper, environ, found_keepers, opened, say_to, serving
from gateway.envelope import Envelope
from gateway.intake import take
from services.core.clock import utc_now
from services.runtime.container import Runtime
from services.storage.models import Animal, Arrival
from services.storage.unit_of_work import Unit
from tests.support.round_trips import counted

SERVER = "BILUM_BENCH_POSTGRES_URL"
SECONDS, CLIENTS, WEB_SERVERS = 4.0, (1, 8, 32), (1, 2)
KEEPERS, TEXTS, WARM_UP = 64, 100, 20
GROUPS, GROUPED, ROUNDS = (1, 20, 100), 400, 4
_BARE = ("-m", "bench._http_bare")
_SENDER, _BUYER = "+67571000000", "+67571000001"
_PLACES = ("PLACE Kudjip, Jiwaka", "PLACE Goroka, Eastern Highlands")


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    parts = sys.argv[1:] or ["cost", "bare", "rates"]
    with fresh(server) as url, tempfile.TemporaryDirectory() as folder:
        given = environ(url, Path(folder), BILUM_TWILIO_AUTH_TOKEN=TOKEN)
        with opened(given) as runtime:
            keepers = found_keepers(runtime, KEEPERS)
            if "cost" in parts:
                _cost(runtime)
            if "together" in parts:
                _together(runtime, keepers)
        if "bare" in parts:
            _rates("bare: one INSERT, one COMMIT", given, keepers, _BARE, 900_000_000)
        if "rates" in parts:
            _rates("Bilum: REG", given, keepers)
            with opened(given) as runtime:
                _check(runtime)


def _cost(runtime: Runtime) -> None:
    """Print statements and CPU of one text, for each kind; pigs go from one place to another."""
    say = say_to(runtime)
    say(_PLACES[0], _SENDER)
    place = re.search(r"\d{4,}", say(_PLACES[1], _BUYER).text)
    tags = [f"598{7_000_000 + one:012}" for one in range(TEXTS)]
    kinds = (
        ("REG", "REG {}", _SENDER),
        ("OK", "OK {}", _SENDER),
        ("WHERE", "WHERE {}", _SENDER),
        ("MOVE", f"MOVE {{}} {place and place[0]}", _SENDER),
        ("ARRIVE", "ARRIVE {}", _BUYER),
        ("HELP", "HELP", _SENDER),
    )
    for kind, text, sender in kinds:
        cpu, counts = [], []
        for tag in tags:
            began = time.process_time()
            with counted() as sent:
                say(text.format(tag), sender)
            cpu.append(time.process_time() - began)
            counts.append(len(sent))
        cpu = cpu[WARM_UP:]
        print(
            f"{kind:8} {statistics.median(counts):3.0f} statements, "
            f"{statistics.median(cpu) * 1000:5.1f} ms of CPU, least {min(cpu) * 1000:5.1f}"
        )


def _together(runtime: Runtime, keepers: Sequence[Keeper]) -> None:
    """Print what a REG takes where so many are in one transaction, each in a savepoint."""
    tags, answer = count(598_000_006_000_000), runtime.conversation.answer

    def register(many: int, unit: Unit) -> None:
        for place, tag in enumerate(islice(tags, many)):
            sender = keepers[place % len(keepers)][0]
            with unit.session.begin_nested():
                envelope = Envelope("twilio-sms", f"{tag}", sender, f"REG {tag}", utc_now())
                take(envelope, unit, answer)

    for many in GROUPS * ROUNDS:
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(GROUPED // many):
            runtime.units.run(partial(register, many))
        took = (time.perf_counter() - began) / GROUPED * 1000
        used = (time.process_time() - cpu) / GROUPED * 1000
        print(f"{many:3} REG in a transaction: {took:5.2f} ms each, {used:5.2f} ms of CPU")


def _rates(
    what: str,
    given: Environ,
    keepers: Sequence[Keeper],
    program: Sequence[str] = (),
    first: int = 1,
) -> None:
    for servers in WEB_SERVERS:
        with serving(given, servers, program) as web:
            addresses = [one.address for one in web]
            for place, clients in enumerate((CLIENTS[1], *CLIENTS)):
                # Of a range of its own: each measurement registers pigs that nobody knows.
                tags = first + (servers * 10 + place) * 100_000_000
                done = send(Load(addresses, keepers, tags, SECONDS), clients)
                if place:
                    _tell(what, servers, clients, done)


def _tell(what: str, servers: int, clients: int, done: Sent) -> None:
    p50, p99 = p50_p99(done.took)
    print(
        f"{what}: {servers} web server(s), {clients:2} clients: "
        f"{len(done.took) / done.lasted:6.1f} a second, median {p50 * 1000:.0f} ms, "
        f"p99 {p99 * 1000:.0f} ms, {len(done.refused)} not answered 200"
    )


def _check(runtime: Runtime) -> None:
    """Compare what was answered with what is there: each text once, each animal once."""
    with runtime.database.read() as session:
        texts = session.scalar(select(func.count()).where(Arrival.outcome == "register"))
        pigs = session.scalar(select(func.count()).select_from(Animal))
    print(f"texts that registered: {texts}, pigs: {pigs}")


if __name__ == "__main__":
    main()
