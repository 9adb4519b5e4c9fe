"""Records a second from a durable outbox into blocks, beside EAS and beside the bare calldata.

Four ways take turns: the recorder on PostgreSQL and on SQLite; the very calldata of the first once
more, on a contract of its own; and EAS, an attestation a record, 100 a transaction. What the last
two send is made and signed beforehand, and goes out as fast as the node takes it.

Twice: all on one node; and each on a node of its own, EAS on a new one each time, all with as many
records. anvil copies its whole state for each block, so that what EAS stores weighs on every block
after it: on the one node on those of all four.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import select

from bench._data import fresh
from bench._eas import Eas
from bench._leaves import LEAVES_PER_MOVEMENT, fill_outbox, random_leaves, write_movements
from bench._node import Account, Call
from chain.contract import encode_record, record_gas
from chain.ledger import deploy, http_provider
from chain.merkle import EMPTY_ROOT
from chain.ports import Leaf
from services.core.settings import Settings
from services.runtime.container import Runtime
from services.runtime.workers import record_everything
from services.storage.models import LedgerBatch, LedgerLeaf
from tests.anvil import RICH_SIGNER, running_anvil
from tests.flow.deployments import make_keystore, on_node

ROUNDS: Final = 3
RECORDS: Final = 8_000
# Limit what EAS stores on the shared node, or its growth would dominate every measurement.
FEW_ATTESTATIONS: Final = 1_000
EAS_BATCH: Final = 100
TARGETS: Final = {"EAS": 3.0, "blasted": 0.6}
OURS: Final = ("PostgreSQL", "SQLite")
# So that no transaction waits, for want of room, for a block that nothing else asks for.
NODE: Final = ("--gas-limit", "1000000000")
_WAIT_SECONDS: Final = 0.002


class _Setting(NamedTuple):
    """The place of a comparison: the road to a node, and the attestations of EAS in a round."""

    name: str
    node: Callable[[], AbstractContextManager[str]]
    attestations: int


class Ratio(NamedTuple):
    """One of ours against a peer, over the rounds."""

    ours: str
    peer: str
    median: float
    least: float
    most: float


def main(server: str, folder: Path) -> None:
    """Print the rates and their ratios."""
    with running_anvil(*NODE) as url:
        shared = _Setting("one node", lambda: nullcontext(url), FEW_ATTESTATIONS)
        _compete(shared, server, folder / "one")
    own = _Setting("own nodes", lambda: running_anvil(*NODE), RECORDS)
    _compete(own, server, folder / "own")


def ratios(rates: Mapping[str, Sequence[float]]) -> Iterator[Ratio]:
    """Yield each of ours against each peer, round by round: a machine's speed drifts."""
    for ours in OURS:
        for peer in TARGETS:
            found = [a / b for a, b in zip(rates[ours], rates[peer], strict=True)]
            yield Ratio(ours, peer, statistics.median(found), min(found), max(found))


@contextmanager
def on_anvil(folder: Path, url: str, database: str | None) -> Iterator[Runtime]:
    """Open a database that belongs to a new ledger on a node; None: a new one, of SQLite."""
    folder.mkdir(parents=True)
    address = deploy(http_provider(url), RICH_SIGNER)
    environ = {
        "BILUM_DATA_DIR": str(folder),
        "BILUM_DATA_KEY": bytes(range(32)).hex(),
        **on_node(url, address, make_keystore(folder)),
        **({"BILUM_DATABASE_URL": database} if database else {}),
    }
    runtime = Runtime.open(Settings.from_env(environ))
    try:
        runtime.database.upgrade()
        yield runtime
    finally:
        runtime.close()


def record_all(runtime: Runtime) -> None:
    """Record all waiting leaves, and return when the last one is in a block."""
    record_everything(runtime, partial(time.sleep, _WAIT_SECONDS), lambda _size: None)


def _compete(setting: _Setting, server: str, folder: Path) -> None:
    with ExitStack() as stack:
        databases = stack.enter_context(fresh(server)), None
        runtimes = {
            name: stack.enter_context(
                on_anvil(folder / name, stack.enter_context(setting.node()), database)
            )
            for name, database in zip(OURS, databases, strict=True)
        }
        contest = _Contest(setting, stack.enter_context(setting.node()), runtimes)
        for number in range(1 + ROUNDS):
            write_movements(folder / "movements.csv", RECORDS // LEAVES_PER_MOVEMENT, number)
            contest.play(number, folder / "movements.csv")
            if number == 0:
                # The first does not count: nothing is warm, and a node that all share is empty.
                contest.rates.clear()
    _report(setting.name, contest.rates)


class _Contest:
    """Each way's records a second, a figure for each round."""

    def __init__(self, setting: _Setting, blasted: str, runtimes: Mapping[str, Runtime]) -> None:
        self._setting = setting
        self._runtimes = runtimes
        self._blaster = Account(blasted, RICH_SIGNER)
        self._blasted = deploy(http_provider(blasted), RICH_SIGNER)
        self.rates: dict[str, list[float]] = {}

    def play(self, number: int, movements: Path) -> None:
        """Let each way record once; its records are made before the clock starts."""
        for runtime in self._runtimes.values():
            fill_outbox(runtime, movements)
        turns = [self._record_and_blast, partial(self._record, "SQLite"), self._attest]
        first = number % len(turns)
        for turn in (*turns[first:], *turns[:first]):
            turn()

    def _record_and_blast(self) -> None:
        self._record("PostgreSQL")
        calls = _newest_calls(self._runtimes["PostgreSQL"], RECORDS, self._blasted)
        self._send("blasted", RECORDS, self._blaster, calls)

    def _record(self, name: str) -> None:
        self._time(name, RECORDS, partial(record_all, self._runtimes[name]))

    def _attest(self) -> None:
        # On a new node where it may be: each attestation slows the next blocks down.
        many = self._setting.attestations
        with self._setting.node() as url:
            account = Account(url, RICH_SIGNER)
            eas, leaves = Eas(account), random_leaves(many)
            batches = [leaves[at : at + EAS_BATCH] for at in range(0, many, EAS_BATCH)]
            calls = [Call(eas.address, eas.multi_attest(batch)) for batch in batches]
            self._send("EAS", many, account, calls)

    def _send(self, name: str, records: int, account: Account, calls: Sequence[Call]) -> None:
        signed = account.sign(calls)
        self._time(name, records, partial(account.send, signed))
        account.receipts(signed)

    def _time(self, name: str, records: int, work: Callable[[], None]) -> None:
        began = time.perf_counter()
        work()
        self.rates.setdefault(name, []).append(records / (time.perf_counter() - began))


def _newest_calls(runtime: Runtime, records: int, to: str) -> list[Call]:
    """Return the calls that recorded the newest records, for another contract."""
    first = runtime.recorder_store.size() - records
    with runtime.database.read() as session:
        batches = session.execute(
            select(LedgerBatch.first, LedgerBatch.size, LedgerBatch.root)
            .where(LedgerBatch.size >= first)
            .order_by(LedgerBatch.first)
        ).all()
        leaves = session.execute(
            select(LedgerLeaf.subject, LedgerLeaf.commitment)
            .where(LedgerLeaf.index >= first)
            .order_by(LedgerLeaf.index)
        ).all()
    entries = [Leaf(*leaf) for leaf in leaves]
    roots = {0: EMPTY_ROOT} | {end: root for _, end, root in batches}
    return [
        Call(
            to,
            encode_record(start, roots[start], root, entries[start - first : end - first]),
            record_gas(end - start),
        )
        for start, end, root in batches
        if start >= first
    ]


def _report(where: str, rates: Mapping[str, Sequence[float]]) -> None:
    for name, found in rates.items():
        print(
            f"rate, {where}: {name}: median {statistics.median(found):,.0f} a second "
            f"({min(found):,.0f} to {max(found):,.0f} in {len(found)} rounds)"
        )
    for ratio in ratios(rates):
        print(
            f"rate, {where}: {ratio.ours}: {ratio.median:.2f} times {ratio.peer} "
            f"({ratio.least:.2f} to {ratio.most:.2f}); the target is {TARGETS[ratio.peer]}"
        )
