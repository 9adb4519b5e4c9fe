"""backup, its trial and its restore, of a country of 2 million animals on PostgreSQL.

Needs BILUM_BENCH_POSTGRES_URL, as `bench-console`, whose country this is. Its records are on no
ledger, so the trial ends before their audit, which `bench-ledger` measures.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from bench._country import SERVER, filled
from services.core.clock import utc_now
from services.doctor.backup_check import BackupTrial, TriedBackup
from services.maintenance.backup import BackupOptions, BackupSource, back_up, restore
from services.maintenance.scratch import scratch_database
from services.maintenance.sealing import make_identity

_MEGABYTE = 1_000_000
_LAST = "data key"


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    began = time.perf_counter()
    yield
    print(f"{what:9}{time.perf_counter() - began:6.1f} s")


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    with filled(server) as runtime, tempfile.TemporaryDirectory() as name:
        folder, url = Path(name), runtime.settings.database_url
        with runtime.database.read() as session:
            size = session.scalar(text("SELECT pg_database_size(current_database())"))
        identity, file = folder / "backup.key", folder / "b.age"
        options = BackupOptions([make_identity(identity)], keys=True)
        with timed("backup"):
            back_up(BackupSource(runtime.settings, runtime.database, utc_now()), file, options)
        print(
            f"size     {size / _MEGABYTE:6.0f} MB, {file.stat().st_size / _MEGABYTE:.0f} MB as file"
        )
        with timed("trial"):
            trial = BackupTrial(identity, runtime.settings, utc_now())
            for found in TriedBackup(file, trial).findings():
                print(f"  {found.weight.value}: {found.part}: {found.sentence}")
                if found.part == _LAST:
                    break
        with scratch_database(url) as empty, timed("restore"):
            chain = replace(runtime.settings.chain, embedded=folder / "new" / "chain.db")
            settings = replace(
                runtime.settings, data_dir=folder / "new", database_url=empty, chain=chain
            )
            restore(settings, file, identity)


if __name__ == "__main__":
    main()
