"""Any order of faults: each leaf is on the contract once, in order, under the right roots."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chain.errors import LedgerError
from chain.recorder import Recorder
from tests.chain.scene import leaf, logged_leaves
from tests.chain.test_recorder import Scene

if TYPE_CHECKING:
    from chain.ports import Leaf

# A reorganization takes one block at most back here, so three confirmations are safe.
CONFIRMATIONS = 3
WRITES = ("make_batch", "save_signed", "move", "reopen", "adopt_lost", "remember_identity")


class Killed(BaseException):
    """The process ends here."""


class Lost(LedgerError):
    """Another process took the right to record over."""


class Fenced:
    """A store as one recorder has it: it writes only while the right to record is its own."""

    def __init__(self, store, token: int) -> None:
        self._store = store
        self._token = token

    def __getattr__(self, name):
        value = getattr(self._store, name)
        if name not in WRITES:
            return value

        def call(*arguments):
            if self._token != self._store.token:
                raise Lost("lost")
            return value(*arguments)

        return call


class FaultyWorld(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(batch_records=3, confirmations=CONFIRMATIONS)
        self.added = 0
        self.reported: set[Leaf] = set()
        self.frozen = None
        self.backup = None
        self.hidden = None
        self._begin()

    def _begin(self) -> None:
        scene = self.scene
        scene.store.token = getattr(scene.store, "token", 0) + 1
        store = Fenced(scene.store, scene.store.token)
        scene.recorder = Recorder(store, scene.node, scene.node, scene.settings, scene.clock)

    @rule(count=strategies.integers(1, 7))
    def add(self, count: int) -> None:
        leaves = [leaf(number) for number in range(self.added, self.added + count)]
        self.scene.store.add(*leaves)
        self.reported |= set(leaves)
        self.added += count

    @rule(
        flush=strategies.booleans(), fault=strategies.sampled_from([None, "silent", "late", "lost"])
    )
    def step(self, *, flush: bool, fault: str | None) -> None:
        self.scene.node.fault = fault
        self._step(flush=flush)

    @rule(calls=strategies.integers(0, 25), flush=strategies.booleans())
    def killed_within_a_step(self, *, calls: int, flush: bool) -> None:
        store = self.scene.store
        left = iter(range(calls))

        def dying(method):
            def call(*arguments):
                if next(left, None) is None:
                    raise Killed
                return method(*arguments)

            return call

        for name in WRITES:
            setattr(store, name, dying(getattr(store, name)))
        try:
            self._step(flush=flush)
        except Killed:
            self._begin()
        for name in WRITES:
            delattr(store, name)

    @rule()
    def mine(self) -> None:
        self.scene.node.mine()

    @rule()
    def another_uses_the_nonce(self) -> None:
        self.scene.node.use_nonce()

    @rule()
    def node_forgets_its_pool(self) -> None:
        self.scene.node.forget_pool()

    @rule()
    def only_another_node_has_the_first_of_the_pool(self) -> None:
        pool = self.scene.node._pool
        if pool:
            self.hidden = pool[min(pool)]
            pool.clear()

    @rule()
    def what_another_node_has_comes_back(self) -> None:
        node = self.scene.node
        if self.hidden is not None and self.hidden.nonce >= node._state.nonce:
            node._pool[self.hidden.nonce] = self.hidden

    @rule()
    def newest_block_is_taken_back(self) -> None:
        self.scene.node.reorganize()
        self.scene.node._before.clear()

    @rule(fee=strategies.integers(1, 40))
    def price_of_gas_changes(self, *, fee: int) -> None:
        # Thirty is the first that what was offered at ten does not pay; forty is above the limit.
        self.scene.node.base_fee = 1_200 if fee == 40 else fee

    @rule(poor=strategies.booleans())
    def wallet_is_emptied_or_filled(self, *, poor: bool) -> None:
        self.scene.node.poor = poor

    @rule()
    def frozen_and_taken_over(self) -> None:
        self.frozen = self.scene.recorder
        self._begin()

    @rule()
    def the_frozen_one_wakes(self) -> None:
        if self.frozen is not None:
            self._step(flush=True, recorder=self.frozen)

    @rule()
    def back_up(self) -> None:
        clock = self.scene.clock
        self.backup = copy.deepcopy(self.scene.store, {id(clock): clock})

    @rule()
    def restore(self) -> None:
        if self.backup is None:
            return
        self.scene.store, self.backup, self.frozen = self.backup, None, None
        known = {each for _, each in self.scene.store._waiting} | set(self.scene.store.records)
        self.reported &= known
        self._begin()

    @rule()
    def time_passes(self) -> None:
        self.scene.clock.forward(61)

    @rule()
    def restart(self) -> None:
        self._begin()

    @invariant()
    def no_leaf_is_on_the_chain_twice(self) -> None:
        assert max(Counter(logged_leaves(self.scene.node)).values(), default=1) == 1

    def teardown(self) -> None:
        node = self.scene.node
        node.fault, node.poor, node.base_fee = None, False, 10
        for _ in range(30 + self.added):
            self.scene.clock.forward(61)
            result = self._step(flush=True)
            if result and not (result.pending or result.unfinished or node._pool):
                break
            node.mine()
        leaves = logged_leaves(node)
        assert leaves == self.scene.store.records
        assert set(leaves) >= self.reported
        assert node.root_at(len(leaves)) == self.scene.store.root

    def _step(self, *, flush: bool, recorder: Recorder | None = None):
        try:
            return (recorder or self.scene.recorder).step(flush=flush)
        except LedgerError:
            return None


TestFaultyWorld = FaultyWorld.TestCase
TestFaultyWorld.settings = settings(max_examples=100, stateful_step_count=40)
