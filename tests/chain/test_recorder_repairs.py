"""What the recorder repairs by itself, and what it waits for."""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import replace
from itertools import chain, combinations

import pytest

from chain.errors import (
    FeeTooHigh,
    ForeignRecords,
    LedgerBehind,
    LedgerError,
    NodeContradicts,
    Underpriced,
    WalletEmpty,
)
from chain.ports import BatchState, LoggedBatch, Repair
from tests.chain.scene import leaf, logged_leaves
from tests.chain.test_recorder import Scene

BROADCAST, INCLUDED, FINAL = BatchState.BROADCAST, BatchState.INCLUDED, BatchState.FINAL


def powerset(places):
    return list(chain.from_iterable(combinations(places, many) for many in range(len(places) + 1)))


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def deep():
    """Three blocks make an inclusion final."""
    return Scene(confirmations=3)


def step_and_mine(scene, times=8):
    for _ in range(times):
        with suppress(LedgerError):
            scene.recorder.step(flush=True)
        scene.clock.forward(61)
        scene.node.mine()


# Fees


def test_fee__base_fee_above_the_offer__is_raised_at_the_same_nonce(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.base_fee = 100
    scene.node.mine()
    scene.recorder.step()
    assert len(scene.node.broadcasts) == 1
    scene.clock.forward(61)
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert scene.store.repairs == {Repair.FEE_RAISED: 1}
    assert scene.node.next_nonce(scene.node.recorder) == 1


def test_fee__several_on_the_way__are_all_raised_in_one_step(scene):
    scene.add(0, 1)
    scene.drain()
    scene.add(*range(2, 8))
    scene.recorder.step()
    scene.node.base_fee = 100
    scene.clock.forward(61)
    scene.recorder.step()
    assert scene.store.repairs == {Repair.FEE_RAISED: 3}
    scene.drain()
    scene.assert_each_leaf_once(8)


def test_fee__node_refuses_what_is_below_the_base_fee__is_raised_at_once(scene):
    scene.node.fault = "silent"
    scene.add(0, 1)
    with pytest.raises(LedgerError):
        scene.recorder.step()
    scene.node.base_fee = 100
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert scene.store.repairs == {Repair.FEE_RAISED: 1}


def test_fee__older_offer_is_the_one_included__counts(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.base_fee = 30
    scene.clock.forward(61)
    older = scene.store.open_batches()[0].offers[0]
    scene.recorder.step()
    assert len(scene.store.open_batches()[0].offers) == 2
    scene.node.base_fee = 10
    scene.node._pool[older.nonce] = older
    scene.drain()
    scene.assert_each_leaf_once(2)
    assert scene.node.inclusion(older).succeeded


def test_fee__above_the_limit__is_told_and_goes_on_when_it_falls(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.base_fee = scene.node.limit + 1
    scene.clock.forward(61)
    for _ in range(2):
        with pytest.raises(FeeTooHigh):
            scene.recorder.step()
    assert FeeTooHigh.retryable
    scene.node.base_fee = 15
    scene.drain()
    scene.assert_each_leaf_once(2)


def test_fee__killed_between_keeping_and_sending_a_higher_offer__sends_it(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.base_fee = 100
    scene.clock.forward(61)
    scene.node.fault = "silent"
    with pytest.raises(LedgerError):
        scene.recorder.step()
    scene.restart()
    scene.drain()
    scene.assert_each_leaf_once(2)


def test_wallet__empty__is_told_and_goes_on_when_it_is_filled(scene):
    scene.node.poor = True
    scene.add(0, 1)
    for _ in range(2):
        with pytest.raises(WalletEmpty):
            scene.recorder.step()
    scene.node.poor = False
    scene.drain()
    scene.assert_each_leaf_once(2)


def test_wallet__emptied_while_something_waits__is_told_when_it_has_waited_long(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.poor = True
    scene.node.mine()
    scene.recorder.step()
    scene.clock.forward(61)
    with pytest.raises(WalletEmpty):
        scene.recorder.step()


# Reorganizations and nodes that are behind


def test_reorganization__deeper_than_the_confirmations__sends_what_was_final_again():
    scene = Scene(confirmations=1)
    scene.add(0, 1)
    scene.drain()
    scene.node.reorganize()
    scene.node._new_block()
    scene.node._new_block()
    step_and_mine(scene)
    scene.assert_each_leaf_once(2)
    assert scene.store.repairs[Repair.REOPENED] == 1
    assert scene.states() == [FINAL]


def test_reorganization__included_again_in_a_later_block__waits_for_its_depth(deep):
    deep.add(0, 1)
    deep.recorder.step()
    deep.node.mine()
    deep.recorder.step()
    sent = deep.store.open_batches()[0].transaction
    deep.node.reorganize()
    deep.node._new_block()
    deep.node.broadcast(sent)
    deep.node.mine()
    deep.node.mine()
    deep.recorder.step()
    assert deep.states() == [INCLUDED]
    assert deep.store.open_batches()[0].inclusion_block == 2
    assert deep.store.repairs == {Repair.REORGANIZED: 1}
    deep.drain()
    deep.assert_each_leaf_once(2)


def test_node__behind_what_was_included__is_waited_for_and_nothing_is_repaired(deep):
    deep.add(0, 1)
    deep.recorder.step()
    deep.node.mine()
    deep.recorder.step()
    newest = deep.node._state
    deep.node._state = deep.node._before[-1]
    deep.clock.forward(61)
    deep.recorder.step()
    assert deep.states() == [INCLUDED]
    assert deep.store.repairs == {}
    deep.node._state = newest
    deep.drain()
    deep.assert_each_leaf_once(2)


def test_node__behind_what_was_final__is_waited_for_however_long(scene):
    scene.add(0, 1)
    scene.drain()
    newest, scene.node._state = scene.node._state, scene.node._before[-1]
    for _ in range(3):
        scene.clock.forward(10_000)
        with pytest.raises(LedgerBehind):
            scene.recorder.step()
    scene.node._state = newest
    scene.add(2)
    scene.drain()
    scene.assert_each_leaf_once(3)
    assert scene.store.repairs == {}


def test_node__says_fewer_nonces_than_were_used__is_waited_for(scene, monkeypatch):
    scene.add(0, 1)
    scene.drain()
    scene.restart()
    with monkeypatch.context() as patched:
        patched.setattr(scene.node, "next_nonce", lambda _: 0)
        with pytest.raises(LedgerBehind, match="nonces"):
            scene.recorder.step()


def test_node__receipt_of_what_the_contract_lacks__is_never_final(scene, monkeypatch):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    log, scene.node._state.log = scene.node._state.log, []
    for _ in range(3):
        scene.recorder.step()
        scene.clock.forward(61)
        assert FINAL not in scene.states()
    scene.node._state.log = log
    scene.drain()
    scene.assert_each_leaf_once(2)


def test_node__another_root_over_the_same_leaves__is_not_believed(scene):
    scene.add(0, 1)
    scene.recorder.step()
    scene.node.mine()
    (logged,) = scene.node._state.log
    scene.node._state.log = [LoggedBatch(0, logged.leaves, b"\1" * 32, logged.block_number)]
    scene.restart()
    with pytest.raises(NodeContradicts):
        scene.recorder.step()
    assert scene.states() == [BROADCAST]
    scene.node._state.log = [logged]
    scene.drain()
    scene.assert_each_leaf_once(2)


# A database restored from a backup


def restored(scene):
    """Return what restores the store, the clock apart."""
    return copy.deepcopy(scene.store, {id(scene.clock): scene.clock})


def test_restore__old_transaction_included_after_others_were_batched__is_taken_over(deep):
    deep.add(0, 1)
    backup = restored(deep)
    deep.add(8)
    deep.store._waiting[1], deep.store._waiting[2] = deep.store._waiting[2], deep.store._waiting[1]
    deep.recorder.step()
    pool = dict(deep.node._pool)
    deep.node.forget_pool()
    deep.store = backup
    deep.add(2, 3, 4)
    deep.restart()
    deep.recorder.step(flush=True)
    # In the pool of the node that makes the next block is the old one.
    deep.node._pool.update(pool)
    deep.node.mine()
    deep.clock.forward(61)
    with pytest.raises(ForeignRecords):
        deep.recorder.step()
    assert deep.store.adopted == []
    step_and_mine(deep)
    deep.recorder.drain(deep.node.mine)
    assert logged_leaves(deep.node) == deep.store.records
    assert sorted(deep.store.records) == sorted(map(leaf, (0, 8, 1, 2, 3, 4)))
    assert deep.store.repairs[Repair.UNBATCHED] == 1
    assert deep.store.repairs[Repair.ADOPTED] == 1
    assert deep.node.root_at(6) == deep.store.root


@pytest.mark.parametrize("old", powerset(range(3)))
def test_restore__any_old_transactions_instead_of_ours__ledger_has_one_history(scene, old):
    scene.add(0, 1)
    scene.drain()
    backup = restored(scene)
    scene.add(*range(10, 16))
    scene.recorder.step()
    before = dict(scene.node._pool)
    scene.node.forget_pool()
    scene.store = backup
    scene.add(*range(2, 8))
    scene.restart()
    scene.recorder.step()
    assert len(scene.node._pool) == len(before) == 3
    # All are as long as ours, and wait in the node that makes the next block.
    nonces = sorted(before)
    scene.node._pool.update({nonces[place]: before[nonces[place]] for place in old})
    scene.node.mine()
    step_and_mine(scene)
    scene.drain()
    assert logged_leaves(scene.node) == scene.store.records
    assert scene.node.root_at(scene.node.size()) == scene.store.root
    taken_over = {leaf for logged in scene.store.adopted for leaf in logged.leaves}
    assert taken_over <= {leaf(number) for number in range(10, 16)}
    assert sorted(scene.store.records) == sorted({*map(leaf, range(8)), *taken_over})


def test_restore__old_transactions_wait_in_the_node__are_outbid(scene):
    scene.add(0, 1)
    scene.drain()
    scene.add(2, 3)
    backup = restored(scene)
    scene.add(8, 9, 10, 11)
    scene.recorder.step()
    scene.store = backup
    scene.add(4)
    scene.restart()
    with pytest.raises(Underpriced):
        scene.recorder.step(flush=True)
    scene.clock.forward(61)
    scene.drain()
    # The first of ours is, byte for byte, the first of the old ones.
    assert scene.store.repairs == {Repair.FEE_RAISED: 1}
    assert logged_leaves(scene.node) == scene.store.records
    assert sorted(scene.store.records) == sorted(map(leaf, range(5)))


def test_start__many_leaves__are_sent_at_once(scene):
    scene.add(*range(8))
    scene.recorder.step()
    assert len(scene.node.broadcasts) == 4
    scene.drain()
    scene.assert_each_leaf_once(8)


def test_restore__what_was_adopted_too_early__cannot_happen(deep):
    deep.add(0, 1)
    backup = restored(deep)
    deep.recorder.step()
    deep.node.mine()
    deep.store = backup
    deep.restart()
    with pytest.raises(ForeignRecords, match="3 blocks deep"):
        deep.recorder.step(flush=True)
    deep.node.reorganize()
    deep.node.forget_pool()
    deep.drain()
    deep.assert_each_leaf_once(2)
    assert deep.store.adopted == []


# Another holder of a recorder's key


def on_chain(node):
    return [leaf for logged in node.batches() for leaf in logged.leaves]


@pytest.mark.parametrize("root", [b"\7" * 32, bytes(32)])
def test_thief__false_root__recording_goes_on_with_the_true_tree(deep, root):
    deep.add(0, 1)
    deep.drain()
    deep.node.record_by_another([leaf(8)], root)
    deep.add(2, 3)
    deep.restart()
    with pytest.raises(ForeignRecords, match="3 blocks deep"):
        deep.recorder.step()
    step_and_mine(deep)
    deep.drain()
    assert on_chain(deep.node) == deep.store.records == list(map(leaf, (0, 1, 8, 2, 3)))
    assert [deep.node.root_at(size) for size in (3, 5)] == [root, deep.store.root]
    assert deep.store.repairs == {Repair.FALSE_ROOT: 1}


def test_thief__false_root_taken_back_by_the_chain__is_never_ours(scene):
    scene.node.record_by_another([leaf(0)], b"\7" * 32)
    scene.recorder.step()
    scene.node.reorganize()
    scene.node.mine()
    scene.clock.forward(61)
    scene.drain()
    scene.assert_each_leaf_once(1)
    assert scene.store.repairs == {Repair.FALSE_ROOT: 1, Repair.REOPENED: 1, Repair.REORGANIZED: 1}


@pytest.mark.parametrize("leaves", [[8, 9], [8], [0, 1]])
def test_thief__root_of_ours_over_other_leaves__ours_wait_again(deep, leaves):
    deep.add(0, 1)
    deep.recorder.step()
    (ours,) = deep.store.open_batches()
    deep.node.record_by_another(map(leaf, leaves[:1]), ours.root)
    if leaves[1:]:
        deep.node.record_by_another(map(leaf, leaves[1:]), ours.root)
    step_and_mine(deep)
    deep.drain()
    assert on_chain(deep.node) == deep.store.records
    assert set(map(leaf, (0, 1))) <= set(deep.store.records)
    assert deep.node.root_at(deep.node.size()) == deep.store.root


def test_thief__puts_other_leaves_under_what_another_sent_for_us__is_seen_before_it_is_final(deep):
    deep.add(0, 1)
    deep.recorder.step()
    (ours,) = deep.store.open_batches()
    deep.node.forget_pool()
    deep.node.record_by_another(ours.leaves, ours.root)
    deep.restart()
    deep.recorder.step()
    assert deep.states() == [INCLUDED]
    (logged,) = deep.node._state.log
    deep.node._state.log = [replace(logged, leaves=(leaf(8), leaf(9)))]
    step_and_mine(deep)
    deep.drain()
    assert on_chain(deep.node) == deep.store.records == list(map(leaf, (8, 9, 0, 1)))


@pytest.mark.parametrize(
    "lie",
    [{"root": b"\7" * 32}, {"leaves": (leaf(8),)}, {"first": 1}],
    ids=["root", "few", "first"],
)
def test_node__log_that_is_not_the_contracts__is_not_adopted(scene, monkeypatch, lie):
    scene.node.record_by_another([leaf(8), leaf(9)], b"\5" * 32)
    (logged,) = scene.node._state.log
    monkeypatch.setattr(scene.node, "batches", lambda _first: iter([replace(logged, **lie)]))
    with pytest.raises(NodeContradicts):
        scene.recorder.step()
    assert scene.store.records == []
