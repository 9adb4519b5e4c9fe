"""the next day of a million people in programmes, planned; and the dry run of a campaign.

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
from collections import Counter
from typing import NamedTuple

from sqlalchemy import text

from bench._data import fresh, open_database
from bench._programmes import COURSE_DAYS, MIX, NOW, fill, item_id, many_on
from services.health.courses.planner import plan as plan_chunk
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
    """Costs of one worker: seconds, processor seconds, and its largest memory in MB."""

    seconds: float
    busy: float
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
    subprocess.run([sys.executable, "-m", "bench._programmes_campaign"], check=True)


def plan(server: str) -> None:
    """Measure the planner, whole and killed in the middle."""
    many = int(sys.argv[2]) if len(sys.argv) > 2 else PEOPLE  # noqa: PLR2004 — the part, how many
    print(f"{many:,} people in a course: {MIX}")
    whole = _planned(server, many, None)
    _planned(server, many, whole / 2)


def work(url: str) -> None:
    """Plan until nothing is left, as a worker does."""
    database = open_database(url)
    left = 1
    while left:
        with database.write() as session:
            left = plan_chunk(session, database.vault, NOW)
    database.close()


def _planned(server: str, many: int, kill_after: float | None) -> float:
    """Plan in a database of its own; return the seconds that it took."""
    with fresh(server) as url:
        database = open_database(url)
        begun = time.perf_counter()
        fill(database, many)
        print(f"filled in {time.perf_counter() - begun:.0f} s")
        runs = [] if kill_after is None else [_run(url, kill_after)]
        if runs:
            print(f"killed after   {runs[0].seconds:6.1f} s  {_count(database):,} messages")
        runs.append(_run(url))
        seconds, messages = sum(run.seconds for run in runs), _count(database)
        memory = max(run.memory for run in runs)
        print(
            f"{'one worker' if kill_after is None else 'killed once'}    {seconds:6.1f} s  "
            f"{messages:,} messages, {messages / seconds:,.0f}/s; target {TARGET_SECONDS} s, ratio "
            f"{seconds / TARGET_SECONDS:.2f}; busy {sum(run.busy for run in runs):.0f} s; memory "
            f"{memory:.0f} MB, ratio {memory / TARGET_MEMORY_MB:.2f}"
        )
        _prove(database, many)
        database.close()
    return seconds


def _run(url: str, kill_after: float | None = None) -> Run:
    """Run a worker; kill it after so many seconds."""
    begun = time.perf_counter()
    worker = subprocess.Popen([sys.executable, "-m", __spec__.name, "--work", url])  # noqa: S603 — our own
    if kill_after is not None:
        time.sleep(kill_after)
        worker.send_signal(signal.SIGKILL)
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode != (0 if kill_after is None else -signal.SIGKILL):
        sys.exit("the worker failed")
    busy = used.ru_utime + used.ru_stime
    return Run(time.perf_counter() - begun, busy, used.ru_maxrss / 1024)


def _count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(text("SELECT count(*) FROM message")) or 0


def _prove(database: Database, many: int) -> None:
    """Count by SQL that each message is there, once."""
    people = Counter(1 + number % COURSE_DAYS for number in range(many))
    wanted = {
        item_id(day, place): number
        for day, number in people.items()
        for place in range(many_on(day))
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
