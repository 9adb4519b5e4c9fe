"""Any order of faults: each leaf is on the contract once, in order, under the right roots."""

from __future__ import annotations

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chain.errors import LedgerError
from tests.chain.scene import leaf, logged_leaves
from tests.chain.test_recorder import Scene

# A reorganization takes one block at most back here, so three confirmations are safe.
CONFIRMATIONS = 3


class Killed(BaseException):
    """The process ends here."""


class FaultyWorld(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(batch_records=3, confirmations=CONFIRMATIONS)
        self.added = 0

    @rule(count=strategies.integers(1, 7))
    def add(self, count: int) -> None:
        self.scene.add(*range(self.added, self.added + count))
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

        names = ("make_batch", "save_signed", "move", "adopt_lost", "remember_identity")
        for name in names:
            setattr(store, name, dying(getattr(store, name)))
        try:
            self._step(flush=flush)
        except Killed:
            self.scene.restart()
        for name in names:
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
    def newest_block_is_taken_back(self) -> None:
        self.scene.node.reorganize()
        self.scene.node._before.clear()

    @rule()
    def time_passes(self) -> None:
        self.scene.clock.forward(61)

    @rule()
    def restart(self) -> None:
        self.scene.restart()

    @invariant()
    def chain_is_a_prefix_of_what_was_reported(self) -> None:
        leaves = logged_leaves(self.scene.node)
        assert leaves == [leaf(number) for number in range(len(leaves))]
        assert leaves == self.scene.store.records[: len(leaves)]

    def teardown(self) -> None:
        self.scene.node.fault = None
        for _ in range(20 + self.added):
            self.scene.clock.forward(61)
            if (result := self._step(flush=True)) and not (result.pending or result.unfinished):
                break
            self.scene.node.mine()
        self.scene.assert_each_leaf_once(self.added)

    def _step(self, *, flush: bool):
        try:
            return self.scene.recorder.step(flush=flush)
        except LedgerError:
            return None


TestFaultyWorld = FaultyWorld.TestCase
TestFaultyWorld.settings = settings(max_examples=60, stateful_step_count=40)
