"""The recorder against a real node that is told to misbehave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from chain.errors import FeeTooHigh, ForeignRecords, WalletEmpty
from chain.ledger import Ledger, deploy, http_provider
from chain.logs import RpcLogReader
from chain.ports import BatchState, Repair
from chain.recorder import Recorder
from chain.transactions import GWEI, fees_of
from tests.anvil import RICH_SIGNER, running_anvil
from tests.chain.scene import Clock, leaf, logged_leaves, settings
from tests.fakes.recorder_store import MemoryRecorderStore

if TYPE_CHECKING:
    from web3 import BaseProvider

pytestmark = [pytest.mark.anvil, pytest.mark.sockets]

CONFIRMATIONS = 3


@dataclass
class Node:
    """A node that makes blocks when it is told to, and a recorder on it."""

    provider: BaseProvider
    address: str

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryRecorderStore(self.clock)
        self.restart()

    def restart(self, limit: int = 200) -> None:
        self.ledger = Ledger(self.provider, self.address, RICH_SIGNER, limit * GWEI)
        self.logs = RpcLogReader(self.provider.make_request, self.address)
        chosen = settings(confirmations=CONFIRMATIONS)
        self.recorder = Recorder(self.store, self.ledger, self.logs, chosen, self.clock)

    def ask(self, method: str, *parameters: object) -> object:
        answer = self.provider.make_request(method, list(parameters))
        assert "error" not in answer, answer
        return answer["result"]

    def mine(self, blocks: int = 1) -> None:
        self.ask("anvil_mine", hex(blocks))

    def base_fee(self, gwei: int) -> None:
        self.ask("anvil_setNextBlockBaseFeePerGas", hex(gwei * GWEI))

    def add(self, *numbers: int) -> None:
        self.store.add(*map(leaf, numbers))

    def state(self) -> BatchState:
        return self.store.open_batches()[0].state

    def drain(self) -> None:
        self.recorder.drain(self.mine)

    def assert_each_leaf_once(self, count: int) -> None:
        assert logged_leaves(self.logs) == self.store.records
        assert sorted(self.store.records) == sorted(map(leaf, range(count)))


@pytest.fixture
def node():
    with running_anvil() as url:
        provider = http_provider(url)
        made = Node(provider, deploy(provider, RICH_SIGNER))
        made.ask("evm_setAutomine", *[False])
        yield made


def test_fee__base_fee_rises_above_what_waits__is_raised_a_tenth_or_more(node):
    node.add(0, 1)
    node.recorder.step()
    (stuck,) = node.store.open_batches()[0].offers
    node.base_fee(50)
    node.mine()
    node.recorder.step()
    assert node.state() is BatchState.BROADCAST
    node.clock.forward(61)
    node.base_fee(50)
    node.recorder.step()
    older, newer = node.store.open_batches()[0].offers
    assert older == stuck
    assert newer.nonce == stuck.nonce
    assert fees_of(newer).replaces(fees_of(older))
    node.base_fee(50)
    node.mine()
    node.drain()
    node.assert_each_leaf_once(2)
    assert node.store.repairs[Repair.FEE_RAISED] == 1


def test_fee__node_refuses_what_is_below_the_base_fee__is_raised_at_once(node):
    node.add(0, 1)
    node.recorder.step()
    node.ask("anvil_dropAllTransactions")
    node.base_fee(50)
    node.clock.forward(61)
    node.recorder.step()
    assert node.state() is BatchState.BROADCAST
    assert node.store.repairs[Repair.FEE_RAISED] == 1
    node.base_fee(50)
    node.mine()
    node.drain()
    node.assert_each_leaf_once(2)


def test_fee__above_the_limit__is_told_and_goes_on_when_it_falls(node):
    node.restart(limit=40)
    node.add(0, 1)
    node.base_fee(50)
    with pytest.raises(FeeTooHigh, match="51 gwei for gas, the limit is 40"):
        node.recorder.step()
    node.base_fee(20)
    node.drain()
    node.assert_each_leaf_once(2)
    assert node.store.repairs == {}


def test_wallet__emptied_and_filled__is_told_and_goes_on(node):
    node.ask("anvil_setBalance", RICH_SIGNER.address, hex(10**12))
    node.add(0, 1)
    with pytest.raises(WalletEmpty, match=f"{RICH_SIGNER.address} holds 1e-06"):
        node.recorder.step()
    node.ask("anvil_setBalance", RICH_SIGNER.address, hex(10**18))
    node.drain()
    node.assert_each_leaf_once(2)


def test_pool__dropped__is_noticed_and_the_same_bytes_are_sent_again(node):
    node.add(0, 1)
    node.recorder.step()
    node.ask("anvil_dropAllTransactions")
    node.clock.forward(61)
    node.drain()
    node.assert_each_leaf_once(2)
    assert node.store.repairs == {Repair.DROPPED: 1}


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_chain__reorganized_however_deep__holds_each_leaf_once(node, depth):
    node.mine(5)
    node.add(0, 1)
    node.recorder.step()
    node.mine(depth)
    node.recorder.step()
    node.recorder.step()
    final = depth >= CONFIRMATIONS
    assert bool(node.store.confirmed()) is final
    node.ask("anvil_reorg", depth, [])
    node.ask("anvil_dropAllTransactions")
    node.mine(2)
    assert node.ledger.size() == 0
    node.clock.forward(61)
    node.drain()
    node.assert_each_leaf_once(2)
    assert node.store.repairs[Repair.REOPENED] == final
    assert node.store.repairs[Repair.REORGANIZED] == 1


def test_restore__old_transaction_included_in_the_place_of_a_new_batch__is_taken_over(node):
    node.add(0, 1)
    node.recorder.step()
    sent = node.store.open_batches()[0].transaction
    node.ask("anvil_dropAllTransactions")
    node.store = MemoryRecorderStore(node.clock)
    node.add(1, 2, 3)
    node.restart()
    node.recorder.step(flush=True)
    node.ask("anvil_dropAllTransactions")
    node.ledger.broadcast(sent)
    node.mine()
    node.clock.forward(61)
    with pytest.raises(ForeignRecords):
        node.recorder.step()
    node.mine(CONFIRMATIONS)
    node.drain()
    node.assert_each_leaf_once(4)
    assert node.store.repairs[Repair.UNBATCHED] == node.store.repairs[Repair.ADOPTED] == 1


def test_key__used_by_another_program__takes_the_next_nonce(node):
    node.add(0, 1)
    node.recorder.step()
    node.ask("anvil_dropAllTransactions")
    other = replace(node.store.open_batches()[0], first=99)
    node.ledger.broadcast(node.ledger.sign_record(other, other.transaction.nonce))
    node.mine()
    node.drain()
    node.assert_each_leaf_once(2)
    assert node.store.repairs == {Repair.FOREIGN_NONCE: 1}
