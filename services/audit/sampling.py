"""Some records instead of all, chosen by a number that the operator cannot choose.

The k-th draw, k from 0, is SHA-256("bilum-sample/1" || seed || k as 8 bytes, big-endian), read as a
big-endian number, modulo the number of records to choose among; an index that was drawn before is
passed over. Anyone with the seed draws the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.errors import LedgerError, TreeError
from chain.merkle import inclusion_path, leaf_hash, root_from_inclusion
from chain.ports import Checkpoint, Leaf, LoggedBatch, LogReader
from services.audit.contents import by_index, compare_journal, compare_leaf
from services.audit.findings import AuditReport, Difference, tolerating
from services.ledger.batches import read_nodes
from services.storage.models import LedgerLeaf

_DOMAIN = b"bilum-sample/1"


class SampleRequest(NamedTuple):
    """Request for a sample.

    Attributes:
        records: how many.
        seed: 32 bytes that nobody could choose, such as the hash of a later block.
        among: how many records there were when it was said where the seed would come from; None:
            as many as there are.
    """

    records: int
    seed: bytes
    among: int | None = None


def draw(count: int, seed: bytes, size: int) -> list[int]:
    """Draw `count` indexes below `size`, each once, in ascending order; all if there are fewer."""
    drawn: set[int] = set()
    turn = 0
    while len(drawn) < min(count, size):
        digest = sha256(_DOMAIN + seed + turn.to_bytes(8)).digest()
        drawn.add(int.from_bytes(digest) % size)
        turn += 1
    return sorted(drawn)


def compare_sample(
    session: Session,
    logs: LogReader,
    indexes: Sequence[int],
    compared: tuple[Checkpoint, AuditReport],
) -> None:
    """Compare some records fully: row, content, event, and the path to the newest root.

    `compared` is the newest checkpoint on the chain, and the report.
    """
    newest, report = compared
    for index, leaf in _read(logs, indexes):
        with tolerating(report, index):
            row = by_index(session, LedgerLeaf.index == index).get(index)
            compare_leaf(session, index, leaf, (row, report))
            _compare_path(session, (index, leaf), newest, report)
        report.records += 1
    events = select(LedgerLeaf.journal_id).where(LedgerLeaf.index.in_(indexes))
    with tolerating(report):
        compare_journal(session, report, lambda key: key.in_(events))


def _read(logs: LogReader, indexes: Iterable[int]) -> Iterator[tuple[int, Leaf]]:
    """Yield the chain's records at some indexes."""
    batch: LoggedBatch | None = None
    for index in indexes:
        if batch is None or index >= batch.first + len(batch.leaves):
            batch = next(iter(logs.batches(index)), None)
        if batch is None:
            raise LedgerError(f"The node's log holds no record {index}: ask another node.")
        yield index, batch.leaves[index - batch.first]


def _compare_path(
    session: Session, record: tuple[int, Leaf], newest: Checkpoint, report: AuditReport
) -> None:
    index, leaf = record
    try:
        path = inclusion_path(index, newest.size, partial(read_nodes, session))
        hashed = leaf_hash(leaf.subject + leaf.commitment)
        leads = root_from_inclusion(hashed, index, newest.size, path) == newest.root
    except TreeError:
        leads = False
    if not leads:
        report.add(
            Difference.WRONG_NODE, index, "the stored nodes do not lead to the chain's newest root"
        )
