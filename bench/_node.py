"""A local node, and an account on it that sends transactions without a database."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import urllib3

from chain.ports import SignedTransaction
from chain.signer import Signer
from chain.transactions import Fees, sign

_FEES = Fees(most=10**11, priority=10**9)
_POLL_SECONDS = 0.005


class Call(NamedTuple):
    """A transaction to be signed: the contract, None to deploy one; calldata; gas limit."""

    to: str | None
    data: bytes
    gas: int = 20_000_000


class Account:
    """Signs and sends in the order of its nonces, over one connection that is kept open.

    Where the node refuses something, the benchmark ends.
    """

    def __init__(self, url: str, signer: Signer) -> None:
        self._url = url
        self._signer = signer
        self._pool = urllib3.PoolManager(1, timeout=60, retries=False)
        self._chain_id = int(self.ask("eth_chainId"), 16)

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 — JSON
        """Return the result of a JSON-RPC method."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        response = self._pool.request("POST", self._url, json=body).json()
        if "error" in response:
            sys.exit(f"{method}: {response['error']['message']}")
        return response["result"]

    def sign(self, calls: Iterable[Call]) -> list[SignedTransaction]:
        """Sign calls with this account's next nonces; nothing is sent."""
        nonce = int(self.ask("eth_getTransactionCount", self._signer.address, "latest"), 16)
        return [
            sign(self._signer, self._fields(call, at), _FEES)
            for at, call in enumerate(calls, nonce)
        ]

    def send(self, signed: Sequence[SignedTransaction]) -> None:
        """Send all as fast as the node takes them; return when the last one is in a block."""
        for transaction in signed:
            self.ask("eth_sendRawTransaction", f"0x{transaction.raw.hex()}")
        while self._receipt(signed[-1]) is None:
            time.sleep(_POLL_SECONDS)

    def receipts(self, signed: Iterable[SignedTransaction]) -> list[dict[str, Any]]:
        """Return the receipts of mined transactions; each must have succeeded."""
        found = [self._receipt(transaction) for transaction in signed]
        if any(receipt is None or int(receipt["status"], 16) != 1 for receipt in found):
            sys.exit("a transaction reverted")
        return found

    def call(self, to: str | None, data: bytes) -> dict[str, Any]:
        """Sign and send one call; return its receipt."""
        signed = self.sign([Call(to, data)])
        self.send(signed)
        return self.receipts(signed)[0]

    def _receipt(self, transaction: SignedTransaction) -> Any:  # noqa: ANN401 — JSON
        return self.ask("eth_getTransactionReceipt", f"0x{transaction.hash.hex()}")

    def _fields(self, call: Call, nonce: int) -> dict[str, object]:
        where = {} if call.to is None else {"to": call.to}
        return {
            "chainId": self._chain_id,
            "nonce": nonce,
            "gas": call.gas,
            "data": call.data,
            **where,
        }
