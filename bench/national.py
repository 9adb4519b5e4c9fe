"""answers, screens, batches and the writers' lock with 2 million animals and a million people.

Needs BILUM_BENCH_POSTGRES_URL, as `bench-console`, whose country this is. Answers are those of one
process, without the network; each figure stands beside its limit, as a ratio to it. BENCH_ARGS
chooses parts: `answers`, `batches`, `screens`, `starts`. What needs more has a benchmark of its
own: `bench-http`, `bench-sms`, `bench-trace`.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, Engine, event
from werkzeug.test import Client

from bench._country import NOW, SERVER, filled
from bench._figures import p50_p99
from bench.console import fill_rest, measured
from gateway.envelope import Answer, Envelope
from gateway.intake import receive
from services.api.tokens import create_token
from services.core.roles import Role
from services.runtime.app import create_app
from services.runtime.container import Runtime

TEXTS, WARM_UP, SLOWEST = 200, 10, 5
REQUESTS, EVENTS = 20, 500
ANSWER = SCREEN = 0.3
HELD, A_SECOND, START = 0.002, 5_000, 0.4
PARTS = ("starts", "answers", "batches", "screens")
_SENDER, _BUYER = "+67571000000", "+67571000001"
_LOCK = "pg_advisory_xact_lock(7244021)"
Say = Callable[[str, str], Answer]


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    parts = sys.argv[1:] or list(PARTS)
    if "starts" in parts:
        _starts()
    with filled(server) as runtime:
        fill_rest(runtime)
        gc.freeze()  # as the command does: see bench.console
        if "answers" in parts:
            _answers(runtime)
        if "batches" in parts:
            _batches(runtime)
        if "screens" in parts:
            _screens(runtime)


def _starts() -> None:
    """Print how long the command takes to tell what it can do, the soonest of ten."""
    program, took = str(Path(sys.executable).with_name("bilum")), []
    for _ in range(10):
        began = time.perf_counter()
        subprocess.run([program, "--help"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 — ours
        took.append(time.perf_counter() - began)
    print(f"bilum --help: {min(took):.2f} s; {min(took) / START:.2f} of the limit")


def _answers(runtime: Runtime) -> None:
    """Print how long texts of each kind wait for their answer, and hold the writers' lock."""
    say = _sayer(runtime)
    say("PLACE Kudjip, Jiwaka", _SENDER)
    found = re.search(r"\d{4,}", say("PLACE Goroka, Eastern Highlands", _BUYER).text)
    place = found[0] if found else ""
    kinds = (
        ("REG", "REG {}", _SENDER),
        ("OK", "OK {}", _SENDER),
        ("WHERE", "WHERE {}", _SENDER),
        ("MOVE", f"MOVE {{}} {place}", _SENDER),
        ("ARRIVE", "ARRIVE {}", _BUYER),
        ("WHERE of another's", "WHERE 598000001{}", _SENDER),
        ("HELP", "HELP", _SENDER),
        ("not understood", "hello how is the weather with you my friend", _SENDER),
    )
    for kind, text, sender in kinds:
        took, held = [], []
        for number in range(WARM_UP + TEXTS):
            tag = f"{700_000 + number:06}" if "598" in text else f"598{7_000_000 + number:012}"
            began = time.perf_counter()
            with _holding() as locks:
                say(text.format(tag), sender)
            took.append(time.perf_counter() - began)
            held.extend(locks if number >= WARM_UP else ())
        _tell(f"text {kind}", took[WARM_UP:], ANSWER)
        if held:
            _tell(f"lock of {kind}", held, HELD)


def _sayer(runtime: Runtime) -> Say:
    def say(text: str, sender: str) -> Answer:
        envelope = Envelope("twilio-sms", uuid4().hex, sender, text, NOW)
        return receive(envelope, runtime.units, runtime.conversation.answer)

    return say


@contextmanager
def _holding() -> Iterator[list[float]]:
    """Yield the list of the seconds that each transaction holds the writers' lock meanwhile."""
    since, took = dict[int, float](), list[float]()

    def begin(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if _LOCK in statement:
            since[id(connection)] = time.perf_counter()

    def end(connection: Connection) -> None:
        if id(connection) in since:
            took.append(time.perf_counter() - since.pop(id(connection)))

    heard = (("after_cursor_execute", begin), ("commit", end), ("rollback", end))
    for name, listener in heard:
        event.listen(Engine, name, listener)
    try:
        yield took
    finally:
        for name, listener in heard:
            event.remove(Engine, name, listener)


def _batches(runtime: Runtime) -> None:
    """Print how many events a second the API takes, in requests of as many as it allows."""
    client = create_app(runtime).test_client()
    with runtime.database.write() as session:
        token = create_token(session, Role.VETERINARY_OFFICER, NOW)
    took = [_request(client, token, number) for number in range(1 + REQUESTS)][1:]
    rate = REQUESTS * EVENTS / sum(took)
    print(
        f"batches of {EVENTS} events: {rate:.0f} events a second; "
        f"{rate / A_SECOND:.2f} of the least that is wanted"
    )


def _request(client: Client, token: str, number: int) -> float:
    """Register pigs that nobody knows, each at one of many places; return the seconds."""
    first = 8_000_000 + number * EVENTS
    events = [
        {
            "type": "register",
            "animals": [f"598{first + one:012}"],
            "premises": f"premises:{1 + (first + one) % 100_000}",
            "occurred": {"at": "2026-11-24"},
        }
        for one in range(EVENTS)
    ]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    began = time.perf_counter()
    answer = client.post("/api/v1/events", json={"events": events}, headers=headers)
    took = time.perf_counter() - began
    if answer.status_code >= 300:  # noqa: PLR2004 — of HTTP
        sys.exit(f"{answer.status_code} {answer.text[:500]}")
    return took


def _screens(runtime: Runtime) -> None:
    """Print the pages whose worst answer is slowest, and how many are over the limit."""
    found, refused = measured(runtime)
    found.sort(key=lambda one: -max(one.took))
    for one in found[:SLOWEST]:
        print(
            f"screen {one.page} of {one.role}: worst of {len(one.took)} "
            f"{max(one.took) * 1000:.1f} ms; {max(one.took) / SCREEN:.2f} of the limit"
        )
    slow = sum(max(one.took) > SCREEN for one in found)
    print(f"screens: {len(found)}, {slow} over the limit; not measured: {len(refused)}")


def _tell(what: str, took: Sequence[float], limit: float) -> None:
    p50, p99 = p50_p99(took)
    print(
        f"{what}: median {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, worst "
        f"{max(took) * 1000:.1f} ms; {p99 / limit:.2f} of the limit"
    )


if __name__ == "__main__":
    main()
