"""planning the next day of a million people in programmes, and the dry run of a campaign.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made; it takes about 3 GB of
disk and is dropped afterwards. One worker plans; then another database of the same people is
planned by a worker that is killed in the middle, and by the next one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from bench._data import fresh, open_database
from bench._programmes import COURSE_DAYS, MIX, NOW, fill, item_id, many_on
from services.programmes.planner import plan as plan_chunk

if TYPE_CHECKING:
    from services.storage.database import Database

SERVER = "BILUM_BENCH_POSTGRES_URL"
PEOPLE = 1_000_000
TARGET_SECONDS, TARGET_MEMORY_MB = 120, 400

_TWICE = """
    SELECT count(*) FROM (
        SELECT 1 FROM message GROUP BY subscription_id, item, planned_at HAVING count(*) > 1
    ) AS twice
"""
_EACH = "SELECT item, count(*), count(DISTINCT subscription_id) FROM message GROUP BY item"
_QUESTIONS = "SELECT count(*), count(DISTINCT subscription_id) FROM asking WHERE state = 'open'"


class Run(NamedTuple):
    """What one worker took: seconds, and its largest memory in MB."""

    seconds: float
    memory: float


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"{SERVER} is not set")
    parts = {"plan": plan, "campaign": campaign}
    for name in sys.argv[1:2] or parts:
        parts[name](server)


def campaign(_server: str) -> None:
    """Measure the dry run of a campaign, in a process of its own."""
    subprocess.run([sys.executable, "-m", "bench.programmes_campaign"], check=True)


def plan(server: str) -> None:
    """Measure the planner, whole and killed in the middle."""
    many = int(sys.argv[2]) if len(sys.argv) > 2 else PEOPLE  # noqa: PLR2004 — the part, how many
    print(f"{many:,} people in a course: {MIX}")
    for killed in (False, True):
        with fresh(server) as url:
            database = open_database(url)
            begun = time.perf_counter()
            fill(database, many)
            print(f"filled in {time.perf_counter() - begun:.0f} s")
            _measure(database, url, many, killed=killed)
            database.close()


def work(url: str) -> None:
    """Plan until nothing is left, as a worker does."""
    database = open_database(url)
    left = 1
    while left:
        with database.write() as session:
            left = plan_chunk(session, database.vault, NOW)
    database.close()


def _measure(database: Database, url: str, many: int, *, killed: bool) -> None:
    if killed:
        first = _run(database, url, kill_at=many // 2)
        print(f"killed after   {first.seconds:6.1f} s  {_planned(database):,} people planned")
    run = _run(database, url)
    with database.read() as session:
        messages = session.scalar(text("SELECT count(*) FROM message"))
    seconds = run.seconds + (first.seconds if killed else 0)
    print(
        f"{'killed once' if killed else 'one worker'}    {seconds:6.1f} s  {messages:,} messages, "
        f"{messages / seconds:,.0f}/s; target {TARGET_SECONDS} s, ratio "
        f"{seconds / TARGET_SECONDS:.2f}; memory {run.memory:.0f} MB, ratio "
        f"{run.memory / TARGET_MEMORY_MB:.2f}"
    )
    _prove(database, many)


def _run(database: Database, url: str, kill_at: int | None = None) -> Run:
    """Run a worker; kill it once about so many people are planned."""
    begun = time.perf_counter()
    worker = subprocess.Popen([sys.executable, "-m", __spec__.name, "--work", url])  # noqa: S603 — our own
    if kill_at is not None:
        while _planned(database) < kill_at:
            time.sleep(0.2)
        worker.send_signal(signal.SIGKILL)
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode != (0 if kill_at is None else -signal.SIGKILL):
        sys.exit("the worker failed")
    return Run(time.perf_counter() - begun, used.ru_maxrss / 1024)


def _planned(database: Database) -> int:
    with database.read() as session:
        found = session.scalar(
            text("SELECT count(*) FROM subscription WHERE next_on > :day"),
            {"day": NOW.date().replace(day=26)},
        )
    return found or 0


def _prove(database: Database, many: int) -> None:
    """Count by SQL that each message is there, once."""
    day_of = [1 + number % COURSE_DAYS for number in range(many)]
    people = {day: day_of.count(day) for day in range(1, COURSE_DAYS + 1)}
    wanted = {
        item_id(day, place): number
        for day, number in people.items()
        for place in range(many_on(day))
        if number
    }
    with database.read() as session:
        twice = session.scalar(text(_TWICE))
        each = session.execute(text(_EACH)).all()
        asked = session.execute(text(_QUESTIONS)).one()
    found = {item: number for item, number, _ in each}
    same = found == wanted and all(number == receivers for _, number, receivers in each)
    print(
        f"planned twice: {twice}; each text once to each of its people: {same}; {asked[0]:,} asked"
    )
    if twice or not same or asked[0] != asked[1]:
        sys.exit("a message is missing or there twice")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2])
    else:
        main()
