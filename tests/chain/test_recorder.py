from __future__ import annotations

import pytest

from chain.errors import LedgerBehind, LedgerError, NodeUnreachable, RecordRefused, WrongChain
from chain.ports import BatchState, LoggedBatch
from chain.recorder import MOST_IN_FLIGHT, Recorder
from tests.chain.scene import Clock, batches, leaf, logged_leaves, settings
from tests.fakes.ledger_node import LedgerNode
from tests.fakes.recorder_store import MemoryRecorderStore

BATCHED, SIGNED, BROADCAST = BatchState.BATCHED, BatchState.SIGNED, BatchState.BROADCAST
INCLUDED, FINAL = BatchState.INCLUDED, BatchState.FINAL


class Scene:
    """A recorder with a store and a node that live on when it is made anew."""

    def __init__(self, **changes: object) -> None:
        self.clock = Clock()
        self.store = MemoryRecorderStore(self.clock)
        self.node = LedgerNode()
        self.settings = settings(**changes)
        self.restart()

    def restart(self) -> None:
        self.recorder = Recorder(self.store, self.node, self.node, self.settings, self.clock)

    def add(self, *numbers: int) -> None:
        self.store.add(*map(leaf, numbers))

    def states(self) -> list[BatchState]:
        return [states[-1] for states in self.store.states.values()]

    def drain(self) -> None:
        self.recorder.drain(self.node.mine)

    def assert_each_leaf_once(self, count: int) -> None:
        assert logged_leaves(self.node) == self.store.records == [leaf(n) for n in range(count)]
        assert self.node.root_at(count) == self.store.root


@pytest.fixture
def scene():
    return Scene()


def test_step__fewer_than_a_batch_and_fresh__waits(scene):
    scene.add(0)
    result = scene.recorder.step()
    assert (result.pending, result.unfinished, dict(result.moves)) == (True, 0, {})


def test_step__enough_for_a_batch__sends_it(scene):
    scene.add(0, 1, 2)
    result = scene.recorder.step()
    assert (result.pending, result.on_the_way) == (True, 1)
    assert scene.states() == [BROADCAST]


def test_step__oldest_leaf_is_old__sends_what_there_is(scene):
    scene.add(0)
    scene.recorder.step()
    scene.clock.forward(4.9)
    assert scene.recorder.step().pending
    scene.clock.forward(0.1)
    assert scene.recorder.step().on_the_way == 1


def test_step__clock_was_set_back_by_an_hour__records_and_reconciles_and_waits_for_no_old_time(
    scene,
):
    scene.add(0)
    scene.recorder.step()
    scene.clock.forward(-3600)
    assert scene.recorder.step().on_the_way == 1
    scene.node.mine()
    scene.recorder.step()
    scene.add(1)
    assert scene.recorder.step().pending
    scene.clock.forward(4.9)
    assert scene.recorder.step().pending
    scene.clock.forward(0.1)
    assert scene.recorder.step().on_the_way == 1


def test_step__many_leaves__keeps_a_limited_number_in_flight(scene):
    scene.add(*range(2 * MOST_IN_FLIGHT + 2))
    assert scene.recorder.step().on_the_way == MOST_IN_FLIGHT
    assert scene.recorder.step().pending
    assert scene.store.pending() == 2
    scene.node.mine()
    scene.recorder.step()
    assert not scene.recorder.step().pending


def test_step__many_leaves__counts_no_further_than_a_batch(scene, monkeypatch):
    counted = []
    monkeypatch.setattr(scene.store, "pending", lambda most=None: counted.append(most) or 9)
    scene.add(*range(9))
    scene.recorder.step()
    assert set(counted) == {scene.settings.batch_records, 1}


def test_step__each_transaction_is_saved_before_it_is_sent(scene):
    scene.node.fault = "silent"
    scene.add(0, 1)
    with pytest.raises(NodeUnreachable):
        scene.recorder.step()
    assert scene.store.open_batches()[0].state is SIGNED
    assert scene.node.broadcasts == []


def test_step__not_deep_enough__is_included_not_final():
    scene = Scene(confirmations=3)
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    for expected in (INCLUDED, INCLUDED, FINAL):
        scene.recorder.step()
        assert scene.states() == [expected]
        scene.node.mine()


def test_drain__until_included__does_not_wait_for_depth():
    scene = Scene(confirmations=3)
    scene.add(0, 1, 2)
    scene.recorder.drain(scene.node.mine, until=INCLUDED)
    assert scene.states() == [INCLUDED, INCLUDED]


def test_drain__answer_lost_after_taking__sends_the_same_bytes_again(scene):
    scene.node.fault = "late"
    scene.add(0, 1)
    with pytest.raises(NodeUnreachable):
        scene.recorder.step()
    scene.node.mine()
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert len(scene.node.broadcasts) == 1


def test_drain__transaction_lost__sends_the_same_bytes_again(scene):
    scene.node.fault = "lost"
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    assert scene.recorder.step().on_the_way == 1
    scene.clock.forward(60)
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert len(set(scene.node.broadcasts)) == 1
    assert len(scene.node.broadcasts) == 2


def test_drain__nonce_used_by_another__signs_anew(scene):
    scene.add(0, 1, 2, 3)
    scene.recorder.step()
    scene.node.use_nonce()
    scene.drain()
    scene.assert_each_leaf_once(4)
    assert scene.store.states[1] == [
        *(BATCHED, SIGNED, BROADCAST),
        *(BATCHED, SIGNED, BROADCAST, INCLUDED, FINAL),
    ]


def test_drain__block_taken_back__sends_the_same_bytes_again():
    scene = Scene(confirmations=3)
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    assert scene.recorder.step().on_the_way == 0
    scene.node.reorganize()
    scene.clock.forward(60)
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert len(set(scene.node.broadcasts)) == 1


def test_step__block_taken_back_before_it_is_final__is_noticed_without_the_clock():
    scene = Scene(confirmations=2)
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    scene.recorder.step()
    scene.node.reorganize()
    scene.node.use_nonce()
    scene.node.mine()
    scene.drain()
    scene.assert_each_leaf_once(2)


def test_step__contract_paused__refuses_and_spends_no_more(scene):
    scene.node.paused = True
    scene.add(0, 1)
    with pytest.raises(RecordRefused):
        scene.recorder.step()
    assert scene.states() == [BATCHED]
    assert scene.node.broadcasts == []
    scene.node.paused = False
    scene.drain()
    scene.assert_each_leaf_once(2)


def test_step__paused_after_sending__reverts_once_then_refuses(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.paused = True
    scene.node.mine()
    scene.recorder.step()
    for _ in range(2):
        with pytest.raises(RecordRefused):
            scene.recorder.step()
    assert len(scene.node.broadcasts) == 1


def test_step__reverted_though_nothing_forbids_it__refuses_the_second_time(scene):
    scene.node.require_recordable = lambda _: None
    scene.node.paused = True
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    scene.recorder.step()
    scene.recorder.step()
    scene.node.mine()
    with pytest.raises(RecordRefused, match="twice"):
        scene.recorder.step()


def test_restart__everything_sent__sends_it_again_and_loses_nothing(scene):
    scene.add(*range(5))
    scene.recorder.step(flush=True)
    scene.node.forget_pool()
    scene.restart()
    scene.drain()
    scene.assert_each_leaf_once(5)


def test_restart__included_meanwhile__is_included_without_sending(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    scene.restart()
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert len(scene.node.broadcasts) == 1


def test_reconcile__first_time__remembers_the_ledger(scene):
    scene.recorder.reconcile()
    assert scene.store.identity() == scene.node.identity()


def test_reconcile__another_genesis__refuses(scene):
    scene.recorder.reconcile()
    scene.node.genesis = b"\1" * 32
    with pytest.raises(WrongChain, match="genesis 0x0101"):
        scene.recorder.reconcile()


def test_reconcile__chain_lost_final_records__refuses(scene):
    scene.add(0, 1)
    scene.drain()
    scene.node.reorganize()
    scene.restart()
    with pytest.raises(LedgerBehind, match="0 records; 2"):
        scene.recorder.step()


def test_reconcile__chain_ahead_of_a_restored_store__adopts_before_recording(scene):
    scene.add(0, 1, 2)
    scene.drain()
    scene.store = MemoryRecorderStore(scene.clock)
    scene.add(2, 3)
    scene.restart()
    scene.drain()
    scene.assert_each_leaf_once(4)
    assert [(lost.first, len(lost.leaves)) for lost in scene.store.adopted] == [(0, 2), (2, 1)]


def test_reconcile__restored_store_knows_part__adopts_the_rest(scene):
    scene.add(0, 1)
    scene.drain()
    later = LoggedBatch(2, (leaf(2),), batches([2, 1])[1].root, 1)
    scene.node._state.log.append(later)
    scene.restart()
    scene.drain()
    scene.assert_each_leaf_once(3)
    assert scene.store.adopted == [later]


def test_reconcile__recorded_by_a_transaction_no_longer_known__is_found_by_its_root(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    scene.node._state.receipts.clear()
    scene.node._state.nonce += 1
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert scene.store.states[1][-2:] == [INCLUDED, FINAL]


def test_reconcile__other_records_in_the_batch_s_place__refuses(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node._state.log.append(LoggedBatch(0, (leaf(7), leaf(8)), bytes(32), 1))
    scene.restart()
    with pytest.raises(LedgerError, match="other records than the database from index 0"):
        scene.recorder.step()


def test_reconcile__lost_batch_overlaps_the_store__refuses(scene):
    scene.add(0, 1)
    scene.drain()
    scene.node._state.log[:] = [LoggedBatch(0, (leaf(0), leaf(1), leaf(2)), bytes(32), 1)]
    scene.restart()
    with pytest.raises(LedgerBehind):
        scene.recorder.step()
