"""One contract for the recorder's store: the database's, on both kinds, and the fake in memory."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from chain.errors import TreeDamaged
from chain.merkle import Tree, inclusion_path, leaf_hash, root_from_inclusion
from chain.ports import (
    BatchState,
    Confirmed,
    Inclusion,
    Leaf,
    LedgerIdentity,
    LoggedBatch,
    Repair,
    SignedTransaction,
)
from services.ledger.batches import read_nodes
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.models import LedgerLeaf, LedgerNode
from tests.fakes.carriers import Clock
from tests.fakes.recorder_store import MemoryRecorderStore
from tests.services.conftest import KINDS
from tests.support.tampering import unguarded

SIGNER = "0x00000000000000000000000000000000000000A1"
IDENTITY = LedgerIdentity(31337, bytes(32), "0x00000000000000000000000000000000000000C1")
INCLUSION = Inclusion(7, bytes(32), 21_000, succeeded=True)


class DatabaseStore(DatabaseRecorderStore):
    """With the two things of the fake that a test needs: leaves to add, and records in order."""

    def add(self, *leaves):
        rows = [{**leaf._asdict(), "waiting_since": self._clock()} for leaf in leaves]
        with self._database.write() as session:
            session.execute(insert(LedgerLeaf), rows)

    @property
    def records(self):
        with self._database.read() as session:
            found = session.execute(
                select(LedgerLeaf.subject, LedgerLeaf.commitment)
                .where(LedgerLeaf.index.is_not(None))
                .order_by(LedgerLeaf.index)
            )
            return [Leaf(*row) for row in found]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", *KINDS])
def store(request, clock, open_database):
    if request.param == "memory":
        return MemoryRecorderStore(clock)
    return DatabaseStore(open_database(request.param), clock)


def leaf(number):
    return Leaf(sha256(b"subject %d" % number).digest(), sha256(b"commitment %d" % number).digest())


def leaves(*numbers):
    return [leaf(number) for number in numbers]


def tamper(database, statement):
    with unguarded(database.engine.url.database) as connection:
        assert connection.execute(statement).rowcount == 1


def transaction(nonce, name=b""):
    return SignedTransaction(
        SIGNER, nonce, b"raw %d" % nonce + name, sha256(b"%d" % nonce + name).digest()
    )


def root_of(records):
    tree = Tree()
    for one in records:
        tree.append(leaf_hash(one.subject + one.commitment))
    return tree.root


def logged(store, first, records):
    root = root_of([*store.records[:first], *records])
    return LoggedBatch(first, tuple(records), root, block_number=9)


def test_pending__up_to_some__counts_no_more(store):
    assert (store.pending(), store.pending(2)) == (0, 0)
    store.add(*leaves(*range(3)))
    assert [store.pending(most) for most in (1, 3, 4, None)] == [1, 3, 3, 3]
    store.make_batch(2)
    assert [store.pending(most) for most in (1, 2, None)] == [1, 1, 1]


def test_make_batch__seven_waiting__gives_each_one_index_oldest_first(store):
    assert store.make_batch(3) is None
    store.add(*leaves(*range(7)))
    assert (store.size(), store.pending()) == (0, 7)
    batches = [store.make_batch(3) for _ in range(4)]
    assert batches.pop() is None
    assert [batch.first for batch in batches] == [0, 3, 6]
    assert [set(batch.leaves) for batch in batches] == [
        set(leaves(0, 1, 2)), set(leaves(3, 4, 5)), set(leaves(6))
    ]  # fmt: skip
    assert [one for batch in batches for one in batch.leaves] == store.records
    assert (store.size(), store.pending(), store.oldest_pending_at()) == (7, 0, None)


def test_make_batch__sizes_of_every_shape__roots_are_those_of_a_tree_made_anew(store):
    for count in (1, 2, 3, 5, 8, 13):
        size = store.size()
        store.add(*leaves(*range(size, size + count)))
        batch = store.make_batch(99)
        assert batch.size == size + count
        assert batch.root == root_of(store.records)
        assert batch.state is BatchState.BATCHED


def test_oldest_pending_at__some_batched__is_when_the_oldest_that_still_waits_came(store, clock):
    store.add(leaf(0))
    first = clock()
    clock.now += clock.now - clock.now.replace(hour=0)
    store.add(leaf(1))
    assert store.oldest_pending_at() == first
    store.make_batch(1)
    assert store.oldest_pending_at() == clock() != first


def test_open_batches__on_their_way__tell_all_that_a_new_recorder_needs(store):
    store.add(*leaves(0, 1, 2))
    first, second = store.make_batch(2), store.make_batch(2)
    assert store.open_batches() == [first, second]
    store.save_signed(first.id, transaction(5))
    signed = store.open_batches()[0]
    assert (signed.state, signed.transaction) == (BatchState.SIGNED, transaction(5))
    assert (signed.leaves, signed.root, signed.first) == (first.leaves, first.root, 0)
    store.move(first.id, BatchState.BROADCAST)
    assert store.open_batches()[0].state is BatchState.BROADCAST
    store.move(first.id, BatchState.INCLUDED, INCLUSION)
    included = store.open_batches()[0]
    assert (included.state, included.inclusion_block) == (BatchState.INCLUDED, 7)
    store.move(first.id, BatchState.FINAL)
    assert store.open_batches() == [second]


def test_move__back_to_signed__keeps_the_transaction_and_forgets_the_block(store):
    store.add(leaf(0))
    batch = store.make_batch(1)
    store.save_signed(batch.id, transaction(5))
    store.move(batch.id, BatchState.INCLUDED, INCLUSION)
    store.move(batch.id, BatchState.SIGNED)
    back = store.open_batches()[0]
    assert (back.transaction, back.inclusion_block) == (transaction(5), None)


def test_move__back_to_batched__forgets_the_transaction_so_that_another_takes_its_nonce(store):
    store.add(*leaves(0, 1))
    first, second = store.make_batch(1), store.make_batch(1)
    store.save_signed(first.id, transaction(5))
    store.move(first.id, BatchState.BATCHED)
    assert store.open_batches()[0].transaction is None
    store.save_signed(second.id, transaction(5, b"other"))
    store.save_signed(first.id, transaction(6))
    nonces = [batch.transaction.nonce for batch in store.open_batches()]
    assert nonces == [6, 5]


def test_save_signed__nonce_of_another_batch__is_refused(store):
    store.add(*leaves(0, 1))
    first, second = store.make_batch(1), store.make_batch(1)
    store.save_signed(first.id, transaction(5))
    with pytest.raises((IntegrityError, AssertionError)):
        store.save_signed(second.id, transaction(5, b"other"))
    assert store.open_batches()[1].state is BatchState.BATCHED


def test_save_signed__more_than_once_for_a_nonce__keeps_every_offer(store, clock):
    store.add(leaf(0))
    batch = store.make_batch(1)
    store.save_signed(batch.id, transaction(5))
    store.move(batch.id, BatchState.BROADCAST)
    store.save_signed(batch.id, transaction(5, b"dearer"), Repair.FEE_RAISED)
    (kept,) = store.open_batches()
    assert kept.offers == (transaction(5), transaction(5, b"dearer"))
    assert kept.transaction == transaction(5, b"dearer")
    assert (kept.state, kept.offered_at) == (BatchState.SIGNED, clock())


def test_confirmed__some_final__is_the_newest_and_the_nonces_are_used(store):
    store.add(*leaves(0, 1, 2))
    assert (store.confirmed(), store.nonces_used(SIGNER)) == (None, 0)
    for nonce in (5, 6, 7):
        batch = store.make_batch(1)
        store.save_signed(batch.id, transaction(nonce))
        store.move(batch.id, BatchState.INCLUDED, INCLUSION)
        if nonce < 7:
            store.move(batch.id, BatchState.FINAL)
    root = root_of(store.records[:2])
    assert store.confirmed() == Confirmed(1, 2, root, 7, bytes(32))
    assert store.nonces_used(SIGNER) == 7
    store.reopen(1)
    assert store.confirmed().size == 1
    assert [batch.state for batch in store.open_batches()] == [BatchState.INCLUDED] * 2


def test_unrecorded__waiting_and_on_the_way__are_counted_from_the_oldest(store, clock):
    assert (store.unrecorded(), store.oldest_unrecorded_at()) == (0, None)
    first = clock()
    store.add(leaf(0))
    batch = store.make_batch(1)
    clock.now += clock.now - clock.now.replace(hour=0)
    store.add(leaf(1))
    assert (store.unrecorded(), store.oldest_unrecorded_at()) == (2, first)
    store.move(batch.id, BatchState.INCLUDED, INCLUSION)
    assert (store.unrecorded(), store.oldest_unrecorded_at()) == (1, clock())


def test_adopt_lost__in_the_place_of_open_batches__takes_them_apart(store, clock):
    store.add(*leaves(*range(11)))
    first = store.make_batch(3)
    store.save_signed(first.id, transaction(5))
    store.move(first.id, BatchState.INCLUDED, INCLUSION)
    second, third = store.make_batch(5), store.make_batch(3)
    store.save_signed(second.id, transaction(6))
    other = [second.leaves[1], leaf(99), third.leaves[0], second.leaves[0]]
    store.adopt_lost(logged(store, 3, other), b"\1" * 32)
    assert store.records == [*first.leaves, *other]
    assert (store.size(), store.pending()) == (7, 5)
    assert store.open_batches() == [
        replace(
            first,
            state=BatchState.INCLUDED,
            offers=(transaction(5),),
            offered_at=clock(),
            inclusion_block=7,
            inclusion_hash=bytes(32),
        )
    ]
    again = store.make_batch(9)
    assert again.first == 7
    assert again.root == root_of(store.records)
    left = {*second.leaves, *third.leaves} - set(other)
    assert set(again.leaves) == left
    store.save_signed(again.id, transaction(6, b"free"))


@pytest.mark.parametrize("root", [b"\7" * 32, bytes(32)], ids=["some", "zeros"])
def test_adopt_lost__leaves_that_do_not_give_the_root__next_batch_continues_both(store, root):
    store.add(*leaves(0, 1))
    store.make_batch(2)
    assert store.adopt_lost(LoggedBatch(0, (leaf(5),), root, 9)) is Repair.FALSE_ROOT
    assert store.confirmed() == Confirmed(0, 1, root, 9, b"")
    after = store.make_batch(2)
    assert (after.first, after.base, after.root) == (1, root, root_of(store.records))
    assert store.open_batches() == [after]
    assert store.adopt_lost(logged(store, 1, [leaf(6)])) is Repair.ADOPTED
    assert store.make_batch(2).root == root_of(store.records)


def test_move__batch_of_another_back_to_batched__has_the_root_of_its_leaves(store):
    store.adopt_lost(LoggedBatch(0, (leaf(5),), b"\7" * 32, 9))
    store.reopen(0)
    (batch,) = store.open_batches()
    assert batch.root == b"\7" * 32
    store.move(batch.id, BatchState.BATCHED)
    store.add(leaf(6))
    after = store.make_batch(1)
    again = store.open_batches()
    assert [batch.root for batch in again] == [root_of([leaf(5)]), after.root]
    assert after.base == again[0].root


def test_adopt_lost__waiting_leaf_twice_in_a_batch__has_its_first_place(database, clock):
    store = DatabaseStore(database, clock)
    store.add(leaf(1))
    store.adopt_lost(logged(store, 0, leaves(1, 1)))
    with database.read() as session:
        rows = session.scalars(select(LedgerLeaf).order_by(LedgerLeaf.id)).all()
        assert [row.index for row in rows] == [0, 1]
    assert store.records == leaves(1, 1)


def test_batches__one_after_the_other__each_has_the_root_before_it(store):
    store.add(*leaves(*range(5)))
    made = [store.make_batch(2) for _ in range(3)]
    roots = [root_of(store.records[:size]) for size in (0, 2, 4, 5)]
    assert [(batch.base, batch.root) for batch in made] == list(pairwise(roots))
    store.move(made[0].id, BatchState.FINAL)
    assert store.open_batches() == made[1:]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_node SET hash = zeroblob(32) WHERE level = 2",
        "DELETE FROM ledger_node WHERE level = 2",
        "UPDATE ledger_batch SET root = zeroblob(32) WHERE size = 4",
    ],
)
def test_tree__altered_in_the_database__nothing_is_recorded_on_it(open_database, clock, statement):
    database = open_database("sqlite")
    store = DatabaseStore(database, clock)
    store.add(*leaves(*range(6)))
    store.make_batch(4)
    tamper(database, statement)
    with pytest.raises(TreeDamaged, match="first 4 records"):
        store.make_batch(2)
    with pytest.raises(TreeDamaged, match="first 4 records"):
        store.adopt_lost(LoggedBatch(4, (leaf(9),), bytes(32), 9))
    assert (store.size(), store.pending()) == (4, 2)


def test_batch__deleted_in_the_database__those_after_it_are_not_sent(open_database, clock):
    database = open_database("sqlite")
    store = DatabaseStore(database, clock)
    store.add(*leaves(*range(6)))
    store.make_batch(4)
    store.make_batch(2)
    tamper(database, "DELETE FROM ledger_batch WHERE size = 4")
    with pytest.raises(TreeDamaged, match="ended at record 4 is gone"):
        store.open_batches()


def test_identity__bound_once__is_bound_for_good(store):
    assert store.identity() is None
    store.remember_identity(IDENTITY)
    with pytest.raises((IntegrityError, AssertionError)):
        store.remember_identity(LedgerIdentity(1, bytes(32), IDENTITY.contract))
    assert store.identity() == IDENTITY


def test_adopt_lost__leaves_that_the_database_lost_and_one_that_waits__have_their_places(store):
    store.add(*leaves(0, 1))
    store.move(store.make_batch(2).id, BatchState.FINAL)
    store.add(*leaves(3, 9))
    lost = leaves(2, 3, 4)
    store.adopt_lost(logged(store, 2, lost))
    assert store.records[2:] == lost
    assert (store.size(), store.pending()) == (5, 1)
    assert store.open_batches() == []
    after = store.make_batch(9)
    assert (after.first, after.leaves) == (5, (leaf(9),))
    assert after.root == root_of(store.records)


def test_nodes__after_batches_and_adoption__are_those_of_a_tree_and_prove_every_leaf(
    database, clock
):
    store, tree, wanted = DatabaseStore(database, clock), Tree(), {}
    for count in (1, 6, 4):
        store.add(*leaves(*range(store.size(), store.size() + count)))
        store.make_batch(count)
    for batch in store.open_batches():
        store.move(batch.id, BatchState.FINAL)
    store.adopt_lost(logged(store, 11, leaves(11, 12)))
    for one in store.records:
        wanted |= dict(tree.append(leaf_hash(one.subject + one.commitment)))
    with database.read() as session:
        stored = session.scalars(select(LedgerNode)).all()
        assert {(node.level, node.index): node.hash for node in stored} == wanted
        for index, one in enumerate(store.records):
            path = inclusion_path(index, tree.size, lambda keys: read_nodes(session, keys))
            hashed = leaf_hash(one.subject + one.commitment)
            assert root_from_inclusion(hashed, index, tree.size, path) == tree.root


def test_adopt_lost__what_is_taken_back__is_without_content_but_for_what_waited(database, clock):
    store = DatabaseStore(database, clock)
    store.add(leaf(1))
    with database.read() as session:
        waited = session.scalars(select(LedgerLeaf.id)).one()
    store.adopt_lost(logged(store, 0, leaves(0, 1)))
    with database.read() as session:
        lost, back = session.scalars(select(LedgerLeaf).order_by(LedgerLeaf.index))
        assert (lost.index, lost.journal_id, lost.salt, lost.position) == (0, None, None, None)
        assert (back.index, back.id) == (1, waited)
