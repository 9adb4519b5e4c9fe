"""Gas of a record, beside what EAS uses for the same 64 bytes, on one node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench._eas import Eas
from bench._leaves import random_leaves
from bench._node import Account
from chain.contract import encode_record
from chain.ledger import deploy, http_provider
from chain.merkle import Tree, leaf_hash
from chain.ports import Leaf
from tests.anvil import RICH_SIGNER, running_anvil

TARGET: Final = 2_750
TIMES_CHEAPER: Final = 60
SIZES: Final = (1, 10, 100, 500)
MANY: Final = 100


class Gas(NamedTuple):
    """The gas of one transaction, and its number of records, attestations or stamps."""

    what: str
    used: int
    many: int

    @property
    def each(self) -> float:
        """Gas for one of them."""
        return self.used / self.many


def main(_server: str, _folder: Path) -> None:
    """Print the table of gas."""
    with running_anvil() as url:
        ours, theirs = measure(url)
    for gas in (*ours, *theirs):
        print(f"gas: {gas.what}: {gas.each:,.0f} each")
    for line in verdict(ours, theirs):
        print(line)


def measure(url: str) -> tuple[list[Gas], list[Gas]]:
    """Return the gas of our calls and of theirs on a node."""
    account = Account(url, RICH_SIGNER)
    return list(_ours(account, url)), list(_theirs(account))


def dearest(ours: Sequence[Gas]) -> float:
    """Return the gas of a record in the dearest of the largest batches."""
    return max(gas.each for gas in ours if gas.many == max(SIZES))


def verdict(ours: Sequence[Gas], theirs: Sequence[Gas]) -> Iterator[str]:
    """Yield the ratios: our largest batches against the target and against each of theirs."""
    each = dearest(ours)
    yield f"gas: {each / TARGET:.3f} of the limit of {TARGET:,} a record at {max(SIZES)} a batch"
    for gas in theirs:
        yield f"gas: 1/{gas.each / each:.1f} of {gas.what}"


def _ours(account: Account, url: str) -> Iterator[Gas]:
    """Yield a first batch of each size, each on a contract of its own, and the one after it."""
    for size in SIZES:
        address, tree = deploy(http_provider(url), RICH_SIGNER), Tree()
        for when in ("first batch", "later batch"):
            receipt = account.call(address, _next_call(tree, random_leaves(size)))
            yield Gas(f"record, {size} a batch, {when}", int(receipt["gasUsed"], 16), size)


def _next_call(tree: Tree, leaves: Sequence[Leaf]) -> bytes:
    first, base = tree.size, tree.root
    for leaf in leaves:
        tree.append(leaf_hash(leaf.subject + leaf.commitment))
    return encode_record(first, base, tree.root, leaves)


def _theirs(account: Account) -> Iterator[Gas]:
    eas, leaves = Eas(account), random_leaves(MANY + 1)
    for what, data, many in (
        ("EAS attest", eas.attest(leaves[MANY]), 1),
        (f"EAS multiAttest of {MANY}", eas.multi_attest(leaves[:MANY]), MANY),
        (
            f"EAS multiTimestamp of {MANY}, which holds no subject",
            eas.multi_timestamp(leaves[:MANY]),
            MANY,
        ),
    ):
        yield Gas(what, int(account.call(eas.address, data)["gasUsed"], 16), many)
