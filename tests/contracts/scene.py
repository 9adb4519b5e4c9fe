"""The contract on an in-process chain, with its people: admin, recorder, heir and stranger."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from eth_abi import decode
from eth_hash.auto import keccak
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from web3 import EthereumTesterProvider, Web3

from chain.contract import artifact
from chain.ledger import Ledger, deploy
from chain.merkle import EMPTY_ROOT
from chain.ports import Batch, BatchState, Leaf
from chain.signer import LocalSigner

DELAY = 3_600
GAS = 15_000_000


@dataclass
class Scene:
    """A fresh chain with the contract on it.

    Attributes:
        signers: of the chain's four first funded accounts.
        provider: onto the chain.
        ledger: a client of the contract that signs as the recorder.
        contract: web3's object for it.
    """

    tester: EthereumTester = field(default_factory=lambda: EthereumTester(PyEVMBackend()))

    def __post_init__(self):
        self.provider = EthereumTesterProvider(self.tester)
        keys = self.tester.backend.account_keys[:4]
        self.signers = [LocalSigner(key.to_bytes()) for key in keys]
        self.admin, self.recorder, self.heir, self.stranger = (
            signer.address for signer in self.signers
        )
        address = deploy(self.provider, self.signers[3], self.admin, self.recorder, DELAY)
        self.ledger = Ledger(self.provider, address, self.signers[1])
        self.web3 = Web3(self.provider)
        self.contract = self.web3.eth.contract(address, abi=artifact()["abi"])

    def send(self, sender, name, *arguments):
        """Send a call of the contract, which must succeed; return its receipt."""
        function = self.contract.functions[name](*arguments)
        sent = function.transact({"from": sender, "gas": GAS})
        receipt = self.web3.eth.get_transaction_receipt(sent)
        assert receipt["status"] == 1, f"{name} reverted"
        return receipt

    def revert(self, sender, name, *arguments):
        """Call the contract, which must revert; return the custom error's name and arguments."""
        function = self.contract.functions[name](*arguments)
        with pytest.raises(TransactionFailed) as caught:
            function.call({"from": sender, "gas": GAS})
        return decode_error(
            ast.literal_eval(str(caught.value).removeprefix("execution reverted: "))
        )

    def record(self, leaves, root=None):
        """Record leaves as the recorder."""
        size = self.ledger.size()
        base = self.ledger.root_at(size)
        return self.send(self.recorder, "record", size, base, root or some_root(size), leaves)

    def pass_time(self, seconds):
        """Mine a block that comes `seconds` after the newest."""
        self.tester.time_travel(self.web3.eth.get_block("latest")["timestamp"] + seconds)
        self.tester.mine_block()


def decode_error(data):
    for entry in artifact()["abi"]:
        types = [field["type"] for field in entry.get("inputs", [])]
        signature = f"{entry.get('name')}({','.join(types)})"
        if entry["type"] == "error" and keccak(signature.encode())[:4] == data[:4]:
            return entry["name"], *decode(types, data[4:])
    raise AssertionError(f"no custom error: {data!r}")


def some_leaves(count, first=0):
    return [Leaf(_digest(b"s", i), _digest(b"c", i)) for i in range(first, first + count)]


def some_root(size):
    return _digest(b"root", size)


def batch_of(count, first=0):
    base = some_root(first) if first else EMPTY_ROOT
    root = some_root(first + count)
    return Batch(1, first, tuple(some_leaves(count, first)), base, root, BatchState.BATCHED)


def _digest(kind, number):
    return sha256(kind + number.to_bytes(8)).digest()
