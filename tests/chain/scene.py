"""What the tests of the recorder and of the chains share."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from chain.merkle import EMPTY_ROOT, Tree, leaf_hash
from chain.ports import Batch, BatchState, Leaf
from chain.settings import ChainSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chain.ports import LedgerClient, LogReader, SignedTransaction


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def leaf(number: int, subject: int | None = None) -> Leaf:
    about = number if subject is None else subject
    return Leaf(sha256(b"subject %d" % about).digest(), sha256(b"commitment %d" % number).digest())


def settings(batch_records: int = 2, confirmations: int = 1, **changes: object) -> ChainSettings:
    fixed = {"url": None, "embedded": Path("unused")}
    sizes = {"batch_records": batch_records, "confirmations": confirmations}
    return ChainSettings(**fixed | sizes | changes)


def batches(sizes: Iterable[int], subject: Callable[[int], int] | None = None) -> list[Batch]:
    """Make batches of these sizes, from index 0 on."""
    tree, numbers, made = Tree(), count(), []
    for size in sizes:
        first, base = tree.size, tree.root
        leaves = [
            leaf(n, subject and subject(n)) for _, n in zip(range(size), numbers, strict=False)
        ]
        for each in leaves:
            tree.append(leaf_hash(each.subject + each.commitment))
        made.append(Batch(len(made), first, tuple(leaves), base, tree.root, BatchState.BATCHED))
    return made


def record(ledger: LedgerClient, made: Sequence[Batch]) -> list[SignedTransaction]:
    """Sign and send without a recorder; wait until all is in a block."""
    sent = []
    for nonce, batch in enumerate(made, ledger.next_nonce(ledger.recorder)):
        sent.append(ledger.sign_record(batch, nonce))
        ledger.broadcast(sent[-1])
    while any(ledger.inclusion(transaction) is None for transaction in sent):
        time.sleep(0.01)
    return sent


def logged_leaves(logs: LogReader) -> list[Leaf]:
    """Read all leaves, checking each batch's root on the way."""
    tree = Tree()
    leaves: list[Leaf] = []
    for batch in logs.batches():
        assert batch.first == len(leaves)
        for each in batch.leaves:
            tree.append(leaf_hash(each.subject + each.commitment))
        leaves += batch.leaves
        assert batch.root == tree.root
    assert leaves or tree.root == EMPTY_ROOT
    return leaves
