"""A node that mines when it is told to, and to which everything may happen."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import urllib3

from chain.ledger import deploy, http_provider
from chain.transactions import Fees, sign
from tests.anvil import RICH_SIGNER
from tests.support import markers
from tests.support.paths import ROOT
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHAIN_ID = 31337
FUNDS = 10**22
_GWEI = 10**9
_SECONDS = 20
_WITHOUT_BODIES = (False,)
_OWNER = RICH_SIGNER.address


class Node:
    """An anvil whose chain is in a file between two runs; its pool is lost with the process.

    Args:
        state: file of the chain; anvil reads it at the start and writes it at an orderly end.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start it; its history before this moment is no more to be taken back."""
        end = time.monotonic() + _SECONDS
        while not self._listens():
            if time.monotonic() > end:
                raise RuntimeError("anvil does not listen")
            # It ends at once where somebody's connection has the port for a moment.
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn(options)
            time.sleep(0.005)
        self._loaded = self.head()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; by SIGTERM it keeps its chain."""
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(_SECONDS)
        self._process = None

    def ask(self, method: str, *parameters: object) -> Any:
        answer = self._post(method, parameters)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def try_to(self, method: str, *parameters: object) -> bool:
        return "error" not in self._post(method, parameters)

    def head(self) -> int:
        return int(self.ask("eth_blockNumber"), 16)

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.ask("evm_mine")

    def reorganize(self, depth: int, *, returns: bool) -> int:
        """Put as many empty blocks in place of the newest ones; return how many it were.

        Args:
            depth: of blocks, fewer where the process has not made as many.
            returns: whether what they held is in the pool again, as on most nodes.
        """
        depth = min(depth, self.head() - self._loaded)
        if depth < 1:
            return 0
        taken = self._raw_transactions(depth) if returns else []
        self.ask("anvil_reorg", depth, [])
        for raw in taken:
            self.try_to("eth_sendRawTransaction", raw)
        return depth

    def drop(self, which: int) -> bool:
        """Lose one transaction of the pool."""
        hashes = [each["hash"] for each in self._pool()]
        if hashes:
            self.ask("anvil_dropTransaction", hashes[which % len(hashes)])
        return bool(hashes)

    def forget_pool(self) -> None:
        self.ask("anvil_dropAllTransactions")

    def take_rather(self, preferred: dict[int, str]) -> int:
        """Have other transactions in the pool; return how many of them it took.

        Args:
            preferred: raw, by the nonce whose place each takes.
        """
        there = {int(one["nonce"], 16): self._raw(one["hash"]) for one in self._pool()}
        self.forget_pool()
        taken = {
            nonce: self.try_to("eth_sendRawTransaction", raw)
            for nonce, raw in sorted((there | preferred).items())
        }
        return sum(taken[nonce] for nonce in preferred)

    def spike(self, gwei: int) -> None:
        """Let the next block have a high base fee; each empty block takes an eighth off."""
        self.ask("anvil_setNextBlockBaseFeePerGas", hex(gwei * _GWEI))

    def use_nonce(self, *, beyond: bool) -> bool:
        """Send something else with the recorder's key; return whether the node took it.

        Args:
            beyond: with the nonce after all in the pool, else in place of the first there.
        """
        nonce = self.nonces_used()
        if beyond:
            nonce += len(self._pool())
        call = {"chainId": CHAIN_ID, "nonce": nonce, "gas": 30_000, "to": _OWNER, "data": b""}
        # High enough to take a recorder's transaction's place, whatever that offers.
        raw = sign(RICH_SIGNER, call, Fees(5_000 * _GWEI, 500 * _GWEI)).raw
        return self.try_to("eth_sendRawTransaction", f"0x{raw.hex()}")

    def nonces_used(self) -> int:
        """Return how many of the recorder's key are in blocks."""
        return int(self.ask("eth_getTransactionCount", _OWNER, "latest"), 16)

    def set_balance(self, wei: int) -> None:
        self.ask("anvil_setBalance", _OWNER, hex(wei))

    def _spawn(self, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
        place = ["--host", "127.0.0.1", "--port", str(self.port), "--state", str(self._state)]
        # Each process makes a block 0 of its own, of its time, and puts it beside the one that it
        # reads: only where they are the same is the chain's the one that is served.
        return subprocess.Popen(
            [_program(), *place, "--timestamp", "1790000000", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _raw_transactions(self, depth: int) -> list[str]:
        head = self.head()
        blocks = [
            self.ask("eth_getBlockByNumber", hex(number), *_WITHOUT_BODIES)
            for number in range(head - depth + 1, head + 1)
        ]
        hashes = [each for block in blocks for each in block["transactions"]]
        return [self._raw(each) for each in hashes]

    def _raw(self, transaction: str) -> str:
        return str(self.ask("eth_getRawTransactionByHash", transaction))

    def _pool(self) -> list[dict[str, Any]]:
        content = self.ask("txpool_content")
        mine = [
            transaction
            for part in ("pending", "queued")
            for sender, by_nonce in content[part].items()
            if sender.lower() == _OWNER.lower()
            for transaction in by_nonce.values()
        ]
        return sorted(mine, key=lambda transaction: int(transaction["nonce"], 16))

    def _post(self, method: str, parameters: tuple[object, ...]) -> dict[str, Any]:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        return urllib3.request("POST", self.url, json=question, timeout=_SECONDS).json()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False


def _program() -> Path:
    """Find the program itself: the script in front of it ends before the chain is written."""
    (program,) = (ROOT / "contracts" / "node_modules").glob("@foundry-rs/anvil-*/bin/anvil")
    return program


@contextmanager
def running_node(state: Path, *options: str) -> Iterator[Node]:
    markers.require("anvil")
    node = Node(state)
    try:
        node.start(*options)
        yield node
    finally:
        node.stop(signal.SIGKILL)


def deploy_into(state: Path) -> str:
    """Make a chain with the ledger contract in a file; return the contract's address."""
    with running_node(state) as node:
        address = deploy(http_provider(node.url), RICH_SIGNER)
        node.stop()
    return address
