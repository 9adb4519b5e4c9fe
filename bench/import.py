"""import, record, audit and reopen the real movements, beside a bare SQLite insert."""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TypeVar

from chain.connection import connect
from services.audit.comparison import Auditor, compare_projections
from services.audit.findings import AuditReport
from services.core import collecting
from services.core.settings import Settings
from services.livestock.domain.model import Origin, Report
from services.livestock.imports import CHANNEL, CHUNK_ROWS, import_movements
from services.livestock.recording.record import record_events
from services.runtime.container import Runtime
from services.runtime.workers import record_everything

T = TypeVar("T")


DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "movements.csv.gz"


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not source.exists():
        sys.exit(f"no data at {source}: give the path of a CSV of movements")
    with tempfile.TemporaryDirectory() as folder:
        runtime = Runtime.open(
            Settings.from_env(
                {"BILUM_DATA_DIR": folder}
                | {k: v for k, v in os.environ.items() if k == "BILUM_DATABASE_URL"}  # noqa: TID251 — a script
            )
        )
        runtime.database.upgrade()
        _bench(runtime, source)
        runtime.close()


def _bench(runtime: Runtime, source: Path) -> None:
    def write(reports: list[Report]) -> int:
        with runtime.database.write() as session:
            return len(record_events(session, reports, Origin(CHANNEL, None, runtime.clock())))

    with collecting.seldom():  # as the command does
        tally, imported = _timed(lambda: import_movements(source, write, date(2026, 1, 1)))
        leaves = runtime.recorder_store.pending()
        _, recorded = _timed(lambda: record_everything(runtime, lambda: None, lambda _size: None))
    with connect(runtime.settings.chain, write=False) as chain:
        auditor = Auditor(runtime.database, chain.ledger, chain.logs)
        report, audited = _timed(auditor.audit)
    state, replayed = _timed(lambda: _replay(runtime))
    _, reopened = _timed(lambda: record_everything(runtime, lambda: None, lambda _size: None))
    bare = _bare_insert(tally.new_events, leaves)
    print(
        f"rows {tally.rows}, events {tally.new_events}, leaves {leaves}, refused "
        f"{len(tally.refusals)}, audit {'clean' if report.clean else report.as_json()}"
    )
    print(
        f"import   {imported:7.1f} s  {tally.rows / imported:8.0f} movements a second, durable; "
        f"{imported / bare:.1f} times a bare insert of the same rows ({bare:.1f} s)"
    )
    print(f"record   {recorded:7.1f} s  {leaves / recorded:8.0f} records a second")
    print(f"audit    {audited:7.1f} s  {leaves / audited:8.0f} records a second")
    print(
        f"replay   {replayed:7.1f} s  {tally.new_events / replayed:8.0f} events a second, "
        f"{'clean' if state.clean else state.as_json()}"
    )
    print(f"reopen   {reopened:7.2f} s  chain and database, nothing left to record")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory   {most:7.0f} MB at most, of all of it in one process")


def _replay(runtime: Runtime) -> AuditReport:
    report = AuditReport()
    with runtime.database.read() as session:
        compare_projections(session, report)
    return report


def _bare_insert(events: int, leaves: int) -> float:
    """Time the limit: the same rows by the driver alone, as durable, in as many transactions."""
    content, digest = os.urandom(520), os.urandom(32)
    chunks = max(1, events // (2 * CHUNK_ROWS))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as connection,
    ):
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE journal (id INTEGER PRIMARY KEY, content BLOB);"
            "CREATE TABLE leaf (id INTEGER PRIMARY KEY, journal INTEGER, subject BLOB, salt BLOB,"
            " commitment BLOB);"
        )
        began = time.perf_counter()
        for _ in range(chunks):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO journal (content) VALUES (?)", [(content,)] * (events // chunks)
            )
            connection.executemany(
                "INSERT INTO leaf (journal, subject, salt, commitment) VALUES (1, ?, ?, ?)",
                [(digest, digest, digest)] * (leaves // chunks),
            )
            connection.execute("COMMIT")
        return time.perf_counter() - began


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


if __name__ == "__main__":
    main()
