"""messages a second beside Celery calling twilio-python, and claims among a million queued.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made; for the comparison also
BILUM_BENCH_BROKER_URL, an AMQP broker. The carrier is a stub that answers at once: over HTTP, as
Twilio does, and within the process. All messages are a programme's, so that consent, quiet hours,
cap and budget are looked at for each.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time as time_of_day
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from typing import NamedTuple
from uuid import UUID

import urllib3
from sqlalchemy import select

from bench._data import ACCOUNT, OUR_NUMBER, fill, fresh, in_state, open_database
from services.core.clock import utc_now
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.storage.database import Database
from services.storage.models import Message
from sms.carriers.twilio import TwilioCarrier
from sms.dispatch import Dispatcher
from sms.message import AttemptState, Outcome, Outgoing, UncertainAttempt
from sms.ports import Carrier
from sms.routing import Route
from sms.settings import SmsSettings, TwilioSettings

SERVER, BROKER = "BILUM_BENCH_POSTGRES_URL", "BILUM_BENCH_BROKER_URL"
WORKERS, OURS, THEIRS = 2, 20_000, 3_000
MANY, AT_THE_ENDS = 1_000_000, 10_000
WIDTHS = (SmsSettings().width, 64)
TARGET_RATIO, TARGET_MEMORY_MB = 5, 300

_SETTINGS = SmsSettings(
    routes=(Route("+", ("twilio",)),),
    twilio=TwilioSettings(account_sid=ACCOUNT, auth_token="token", sender=OUR_NUMBER),  # noqa: S106 — a stub's
    quiet_from=time_of_day(0),
    quiet_until=time_of_day(0),
)


class AtOnce:
    """A carrier within the process that has sent before it is asked."""

    name = "twilio"

    def send(self, _message: Outgoing, attempt_id: UUID) -> Outcome:
        """Send at once."""
        return Outcome(AttemptState.SENT, reference=attempt_id.hex)

    def look_up(self, _doubt: UncertainAttempt) -> Outcome:
        """Refuse: no attempt is ever uncertain here."""
        raise NotImplementedError


class Share(NamedTuple):
    """Results of one worker: messages sent, and its largest memory in MB."""

    sent: int
    memory: float


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server, broker = (os.environ.get(name) for name in (SERVER, BROKER))  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"{SERVER} is not set")
    only = sys.argv[1:]
    if not only or "compare" in only:
        compare(server, broker)
    if not only or "million" in only:
        million(server)


def compare(server: str, broker: str | None) -> None:
    """Measure the peer and ourselves in one run."""
    with running_stub() as stub:
        base = None
        if broker is None:
            print(f"celery + twilio-python: not measured, {BROKER} is not set")
        else:
            base = _celery(server, broker, stub)
            print(f"celery + twilio-python over HTTP {base:9.0f} messages/s")
        http = replace(_SETTINGS, twilio=replace(_SETTINGS.twilio, url=stub))
        for width in WIDTHS:
            rate = _bilum(server, lambda: TwilioCarrier(http, utc_now), width)
            print(
                f"bilum over HTTP, width {width}        {rate:9.0f} messages/s{_ratio(rate, base)}"
            )
    rate = _bilum(server, AtOnce, WIDTHS[0])
    print(f"bilum, carrier in the process    {rate:9.0f} messages/s{_ratio(rate, base)}")


def million(server: str) -> None:
    """Measure the first and the last of a million queued messages."""
    with fresh(server) as url:
        database = open_database(url)
        begun = time.perf_counter()
        fill(database, MANY)
        print(f"queued {MANY:,} in {time.perf_counter() - begun:.0f} s")
        rates = []
        with _working(url, AtOnce, WIDTHS[0]) as shares:
            left = MANY
            while left:
                rate = _next(database, left - AT_THE_ENDS, left)
                rates.append(rate)
                left -= AT_THE_ENDS
        memory = max(share.memory for share in shares)
        first, last = rates[1], rates[-2]
        whole = MANY / sum(AT_THE_ENDS / rate for rate in rates)
        print(
            f"the first {AT_THE_ENDS:,}: {first:.0f}/s, the last: {last:.0f}/s, ratio "
            f"{last / first:.2f}; slowest {min(rates):.0f}/s, all {whole:.0f}/s"
        )
        print(f"memory of a worker {memory:.0f} MB, ratio {memory / TARGET_MEMORY_MB:.2f}")
        database.close()


def _next(database: Database, until: int, since: int) -> float:
    begun = time.perf_counter()
    left = since
    while left > until:
        time.sleep(0.5)
        left = in_state(database, "queued")
    return (since - left) / (time.perf_counter() - begun)


def _bilum(server: str, carrier: Callable[[], Carrier], width: int) -> float:
    with fresh(server) as url:
        database = open_database(url)
        fill(database, OURS)
        begun = time.perf_counter()
        with _working(url, carrier, width):
            _until_sent(database, OURS)
            seconds = time.perf_counter() - begun
        database.close()
    return OURS / seconds


def _celery(server: str, broker: str, stub: str) -> float:
    from bench import _baseline  # noqa: PLC0415 — it reads the environment

    with fresh(server) as url:
        database = open_database(url)
        fill(database, THEIRS)
        with database.read() as session:
            ids = [str(one) for one in session.scalars(select(Message.public_id))]
        told = {_baseline.BROKER: broker, _baseline.DATABASE: url, _baseline.STUB: stub}
        _baseline.app.conf.broker_url = broker
        command = ["-m", "celery", "-A", "bench._baseline", "worker", "-c", str(WORKERS)]
        worker = subprocess.Popen(  # noqa: S603 — our own
            [sys.executable, *command, "--loglevel=ERROR", "--without-gossip", "--without-mingle"],
            env=os.environ | told,  # noqa: TID251 — a script
        )
        try:
            _baseline.send.delay(ids[0])
            _until_sent(database, 1)
            begun = time.perf_counter()
            for one in ids[1:]:
                _baseline.send.delay(one)
            _until_sent(database, THEIRS)
            return (THEIRS - 1) / (time.perf_counter() - begun)
        finally:
            worker.terminate()
            worker.wait()
            database.close()


@contextmanager
def _working(url: str, carrier: Callable[[], Carrier], width: int) -> Iterator[list[Share]]:
    """Run workers as processes while the caller waits; yield their results once they ended."""
    context = get_context("fork")
    stop, told = context.Event(), context.SimpleQueue()
    workers = [
        context.Process(target=_work, args=(url, (carrier, width), stop, told))
        for _ in range(WORKERS)
    ]
    shares: list[Share] = []
    for worker in workers:
        worker.start()
    try:
        yield shares
    finally:
        stop.set()
        shares += [told.get() for _ in workers]
        for worker in workers:
            worker.join()


def _work(
    url: str,
    how: tuple[Callable[[], Carrier], int],
    stop: Event,
    told: SimpleQueue[Share],
) -> None:
    carrier, width = how
    database = open_database(url)
    dispatcher = Dispatcher(
        store=DatabaseDispatchStore(database, _SETTINGS),
        carriers={"twilio": carrier()},
        clock=utc_now,
        worker=f"worker-{os.getpid()}",
        width=width,
    )
    sent = 0
    while not stop.is_set():
        moved = dispatcher.step()
        sent += moved
        if not moved:
            time.sleep(0.05)
    dispatcher.close()
    told.put(Share(sent // 2, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _until_sent(database: Database, many: int) -> None:
    while in_state(database, "sent") < many:
        time.sleep(0.1)


def _ratio(rate: float, base: float | None) -> str:
    if base is None:
        return ""
    return f"; {rate / base:.1f} times, target {TARGET_RATIO}"


@contextmanager
def running_stub() -> Iterator[str]:
    """Run the stub of Twilio; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench._stub", str(port)])  # noqa: S603 — our own
    url = f"http://127.0.0.1:{port}"
    try:
        _until_up(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _until_up(url: str) -> None:
    pool = urllib3.PoolManager(retries=urllib3.Retry(20, backoff_factor=0.1))
    pool.request("GET", url)


if __name__ == "__main__":
    main()
