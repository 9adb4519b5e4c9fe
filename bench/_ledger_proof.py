"""One inclusion proof from logs of a thousand to a million records, and their size on disk.

The records are random and written in bulk, leaves and tree nodes as the recorder's store would;
the tree that the database then holds is compared with one that was made in memory. Each proof that
is timed is of one record, from the question to the finished path, and is followed to the root.
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from bench._data import fresh, open_database
from bench._leaves import random_leaves
from chain.merkle import EMPTY_ROOT, Tree, leaf_hash, root_from_inclusion
from chain.ports import BatchState, Leaf, LedgerIdentity
from services.audit.proofs import prove
from services.core.clock import utc_now
from services.ledger.batches import stored_tree
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.bulk import draw_keys, insert_rows
from services.storage.database import Database
from services.storage.models import Journal, LedgerBatch, LedgerLeaf, LedgerNode

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
TARGET_SECONDS: Final = 0.005
PROOFS: Final = 500
_CHUNK: Final = 50_000
_BATCH: Final = 500
_LEAVES_PER_EVENT: Final = 2
_CONTENT_BYTES: Final = 400


def main(server: str, folder: Path) -> None:
    """Print time and size of a proof as the log grows, on both databases."""
    with fresh(server) as postgres:
        for name, url in (("SQLite", f"sqlite:///{folder}/bilum.db"), ("PostgreSQL", postgres)):
            database = open_database(url)
            database.upgrade()
            _measure(name, database)
            database.close()


def _measure(name: str, database: Database) -> None:
    store = DatabaseRecorderStore(database, utc_now)
    store.remember_identity(LedgerIdentity(31_337, EMPTY_ROOT, "0x" + "00" * 20))
    tree, medians = Tree(), []
    for size in SIZES:
        filled = _fill(database, tree, size)
        with database.read() as session:
            records = session.execute(_sample(size)).all()
        took = [_prove(database, tree, *record) for record in records]
        medians.append(statistics.median(wall for wall, _cpu in took))
        p99 = statistics.quantiles((wall for wall, _cpu in took), n=100)[98]
        print(
            f"proof: {name}: {size:,} records: median {medians[-1] * 1000:.2f} ms, "
            f"p99 {p99 * 1000:.2f} ms, "
            f"{statistics.median(cpu for _wall, cpu in took) * 1000:.2f} ms of CPU; "
            f"{medians[-1] / TARGET_SECONDS:.2f} of the limit; "
            f"{_bytes(database) / size:,.0f} bytes a record on disk, written in {filled:.0f} s"
        )
    print(f"proof: {name}: the largest log takes {medians[-1] / medians[0]:.2f} times the smallest")


def _fill(database: Database, tree: Tree, size: int) -> float:
    began = time.perf_counter()
    while tree.size < size:
        with database.write() as session:
            add_records(session, tree, min(_CHUNK, size - tree.size))
    if not database.is_sqlite:
        _vacuum(database)
    return time.perf_counter() - began


def _sample(size: int) -> Select[tuple[int | None, bytes, bytes]]:
    sampled = random.Random(size).sample(range(size), PROOFS)  # noqa: S311 — a sample
    return select(LedgerLeaf.index, LedgerLeaf.subject, LedgerLeaf.commitment).where(
        LedgerLeaf.index.in_(sampled)
    )


def _prove(
    database: Database, tree: Tree, index: int, subject: bytes, commitment: bytes
) -> tuple[float, float]:
    """Return the seconds of the wall and of the CPU that the proof of a record took."""
    wall, cpu = time.perf_counter(), time.process_time()
    with database.read() as session:
        proof = prove(session, subject)
    took = time.perf_counter() - wall, time.process_time() - cpu
    (record,) = proof.records
    root = root_from_inclusion(leaf_hash(subject + commitment), index, tree.size, record.path)
    if record.index != index or proof.checkpoint.root != root or root != tree.root:
        raise AssertionError(f"the proof of record {index} does not lead to the root")
    return took


def add_records(session: Session, tree: Tree, many: int) -> None:
    """Append random records to `tree` and to the database, as if they were on the chain."""
    leaves, first, now = random_leaves(many), tree.size, utc_now()
    events = draw_keys(session, Journal, -(-many // _LEAVES_PER_EVENT))
    insert_rows(
        session,
        Journal,
        ("id", "event_id"),
        [(key, uuid4()) for key in events],
        type="depart",
        occurred_on=now.date(),
        recorded_at=now,
        content=os.urandom(_CONTENT_BYTES),
    )
    rows = [
        (
            events[place // _LEAVES_PER_EVENT],
            place % _LEAVES_PER_EVENT,
            leaf.subject,
            leaf.subject,
            leaf.commitment,
            first + place,
        )
        for place, leaf in enumerate(leaves)
    ]
    names = ("journal_id", "position", "subject", "salt", "commitment", "leaf_index")
    insert_rows(session, LedgerLeaf, names, rows, waiting_since=now)
    _add_tree(session, tree, leaves)


def _add_tree(session: Session, tree: Tree, leaves: Sequence[Leaf]) -> None:
    nodes, batches = [], []
    for place, leaf in enumerate(leaves, 1):
        nodes += [
            (level, index, digest)
            for (level, index), digest in tree.append(leaf_hash(leaf.subject + leaf.commitment))
        ]
        if place % _BATCH == 0 or place == len(leaves):
            begin = batches[-1][1] if batches else tree.size - place
            batches.append((begin, tree.size, tree.root))
    insert_rows(session, LedgerNode, ("level", "node_index", "hash"), nodes)
    insert_rows(
        session, LedgerBatch, ("first_index", "size", "root"), batches, state=BatchState.FINAL.value
    )
    if stored_tree(session, tree.size).root != tree.root:
        raise AssertionError("the database holds another tree")


def _vacuum(database: Database) -> None:
    """Run the upkeep that the server would do by itself later."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE journal, ledger_leaf, ledger_node, ledger_batch"))


def _bytes(database: Database) -> int:
    if database.is_sqlite:
        path = Path(str(database.engine.url.database))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.stat().st_size
    tables = (Journal, LedgerLeaf, LedgerNode, LedgerBatch)
    with database.read() as session:
        sizes = [func.pg_total_relation_size(table.__tablename__) for table in tables]
        return sum(session.execute(select(*sizes)).one())
