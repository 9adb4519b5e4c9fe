"""Work that tests need not do: flushing to disk, compiling patterns, slow hashes, estimates."""

from __future__ import annotations

import re
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from chain import disk

if TYPE_CHECKING:
    from pathlib import Path


def take_shortcuts() -> None:
    """Let databases skip the disk and patterns stay compiled."""
    event.listen(Pool, "checkout", _flush_nothing)
    _open_disks_unflushed()
    # Each test that publishes a programme makes a book of a thousand phrases; 512 is the limit.
    re._MAXCACHE = 100_000


def _flush_nothing(connection: object, record: Any, _proxy: object) -> None:
    """Leave an SQLite file to the system, which keeps it when a process is killed.

    A test kills processes and never cuts the power; it would wait for the disk at each commit.
    """
    if isinstance(connection, sqlite3.Connection) and not record.info.get("unflushed"):
        connection.execute("PRAGMA synchronous = OFF")
        record.info["unflushed"] = True


def _open_disks_unflushed() -> None:
    """Do the same for the files of embedded chains."""
    connect = disk._connect

    def unflushed(path: Path, *, write: bool) -> sqlite3.Connection:
        connection = connect(path, write=write)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    disk._connect = unflushed


# The parameter of RFC 9106 that `hash_pins_lightly` replaces.
PIN_MEMORY_KIB: list[int] = []


def hash_pins_lightly() -> None:
    """Let a hash of a PIN take a hundredth of its time: what it costs is a matter of one test."""
    pins = sys.modules.get("services.messaging.ussd.pins")
    if pins is not None and not PIN_MEMORY_KIB:
        PIN_MEMORY_KIB.append(pins._MEMORY_KIB)
        pins._MEMORY_KIB = 1024


def estimate_deployments_once() -> None:
    """Keep what the deployment of a contract costs: the same on each chain, by twenty trials.

    Where no test that was collected has loaded the library, nothing is done: it is slow to load.
    """
    library = sys.modules.get("eth_tester")
    if library is None:
        return
    backend = library.PyEVMBackend
    estimate = backend.estimate_gas
    kept: dict[str, int] = {}

    def estimate_gas(self: Any, transaction: dict[str, Any], block_number: str = "latest") -> int:
        if transaction.get("to"):
            return estimate(self, transaction, block_number)
        code = transaction["data"]
        if code not in kept:
            kept[code] = estimate(self, transaction, block_number)
        return kept[code]

    backend.estimate_gas = estimate_gas
