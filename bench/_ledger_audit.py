"""The full audit, one process: every record, content, node and root against the chain."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Final

from bench._data import fresh
from bench._leaves import LEAVES_PER_MOVEMENT, fill_outbox, write_movements
from bench._ledger_rate import on_anvil, record_all
from chain.connection import connect
from services.audit.comparison import Auditor
from services.core.settings import Settings
from services.runtime.container import Runtime
from tests.anvil import running_anvil

RECORDS: Final = 40_000
TIMES: Final = 3
TARGET: Final = 20_000


def main(server: str, folder: Path) -> None:
    """Print how fast an audit goes, on a node and on the embedded chain."""
    movements = folder / "movements.csv"
    write_movements(movements, RECORDS // LEAVES_PER_MOVEMENT, seed=0)
    with running_anvil() as url, fresh(server) as postgres:
        for name, database in (("PostgreSQL", postgres), ("SQLite", None)):
            with on_anvil(folder / name, url, database) as runtime:
                _measure(f"anvil, {name}", runtime, movements)
    embedded = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(folder / "embedded")}))
    embedded.database.upgrade()
    _measure("embedded, SQLite", embedded, movements)
    embedded.close()


def _measure(name: str, runtime: Runtime, movements: Path) -> None:
    records = fill_outbox(runtime, movements)
    record_all(runtime)
    walls, cpus = [], []
    for _ in range(TIMES):
        with connect(runtime.settings.chain, write=False) as chain:
            wall, cpu = time.perf_counter(), time.process_time()
            report = Auditor(runtime.database, chain.ledger, chain.logs).audit()
            walls.append(records / (time.perf_counter() - wall))
            cpus.append(records / (time.process_time() - cpu))
        if not report.clean or report.records != records:
            raise AssertionError(report.as_json())
    rate = statistics.median(walls)
    print(
        f"audit: {name}: {records:,} records, median {rate:,.0f} a second "
        f"({min(walls):,.0f} to {max(walls):,.0f}), {statistics.median(cpus):,.0f} a second of "
        f"CPU; {rate / TARGET:.2f} of the target"
    )
