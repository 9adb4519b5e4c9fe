from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from chain.connection import connect
from chain.consistency import dump, load
from chain.errors import VerificationError
from chain.merkle import Tree, leaf_hash
from chain.ports import BatchState, Leaf, LoggedBatch
from chain.verification import Expected, verify_file
from services.audit.proofs import prove_consistency
from services.core.clock import utc_now
from services.core.errors import NoCheckpoint, NothingRecorded, NotLater
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.models import LedgerLeaf
from tests.chain.proofs import IDENTITY
from tests.services.audit.conftest import BATCH, RECORDED

SIZES = [*range(BATCH, RECORDED, BATCH), RECORDED]


def made(office, old, new=None):
    with office.database.read() as session:
        return prove_consistency(session, old, new)


def known(office, old, new):
    with connect(office.settings, write=False) as chain:
        identity = chain.identity()
        return Expected(
            root=chain.ledger.root_at(new),
            size=new,
            chain_id=identity.chain_id,
            genesis=identity.genesis,
            contract=identity.contract,
            older_root=chain.ledger.root_at(old),
            older_size=old,
        )


@pytest.mark.parametrize("new", SIZES)
@pytest.mark.parametrize("old", SIZES)
def test_prove_consistency__two_checkpoints__verifies_against_the_chain(office, old, new):
    if old > new:
        with pytest.raises(NotLater, match="smaller first"):
            made(office, old, new)
        return
    proof = made(office, old, new)
    assert verify_file(dump(proof), known(office, old, new)) == proof
    assert load(dump(proof)) == proof


def test_prove_consistency__one_size__goes_to_the_newest(office):
    assert made(office, BATCH).newer.size == RECORDED
    assert made(office, RECORDED).path == ()


@pytest.mark.parametrize(
    ("size", "beside"), [(1, "at 3"), (7, "at 6 and 9"), (RECORDED + 1, f"at {RECORDED}")]
)
def test_prove_consistency__no_batch_ended_there__names_the_checkpoints_beside(
    office, size, beside
):
    with pytest.raises(NoCheckpoint, match=f"at {size} records: the next are {beside}$"):
        made(office, size)
    with pytest.raises(NoCheckpoint):
        made(office, BATCH, size)


def test_prove_consistency__a_batch_on_its_way__is_no_checkpoint_yet(office):
    batch = DatabaseRecorderStore(office.database, utc_now).make_batch(9)
    with pytest.raises(NoCheckpoint):
        made(office, BATCH, batch.size)
    DatabaseRecorderStore(office.database, utc_now).move(batch.id, BatchState.INCLUDED)
    assert made(office, BATCH).newer.size == batch.size


def test_prove_consistency__history_rewritten_with_its_tree__is_refused_by_the_older_root(office):
    """The operator alters a leaf that was recorded, and every node and root above it."""
    before = known(office, BATCH, RECORDED)
    office.tamper("UPDATE ledger_leaf SET commitment = x'" + "ab" * 32 + "' WHERE leaf_index = 2")
    regrow(office)
    forged = made(office, BATCH)
    assert verify_file(dump(forged), Expected()) == forged, "it agrees with itself"
    for sight, step in (
        (Expected(older_root=before.older_root), "older_checkpoint"),
        (Expected(root=before.root), "newer_checkpoint"),
    ):
        with pytest.raises(VerificationError) as caught:
            verify_file(dump(forged), sight)
        assert caught.value.name == step
    honest = replace(forged, older=replace(forged.older, root=before.older_root))
    with pytest.raises(VerificationError) as caught:
        verify_file(dump(honest), Expected())
    assert caught.value.name == "older"


def test_prove_consistency__nothing_on_the_ledger__says_so(database):
    with database.read() as session, pytest.raises(NothingRecorded):
        prove_consistency(session, 1)


def test_prove_consistency__either_database__is_proven_from_what_is_stored(database):
    store = DatabaseRecorderStore(database, utc_now)
    store.remember_identity(IDENTITY)
    leaves = [Leaf(bytes([1]) * 32, bytes([place]) * 32) for place in range(9)]
    for first in (0, 3, 6):
        store.adopt_lost(
            LoggedBatch(first, tuple(leaves[first : first + 3]), root_of(leaves[: first + 3]), 9)
        )
    with database.read() as session:
        for old, new in ((3, 6), (3, 9), (6, 9), (9, 9)):
            sight = Expected(root=root_of(leaves[:new]), older_root=root_of(leaves[:old]))
            proof = prove_consistency(session, old, new)
            assert verify_file(dump(proof), sight) == proof


def root_of(leaves):
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf.subject + leaf.commitment))
    return tree.root


def regrow(office):
    """Compute every node and root anew from the leaves as they stand."""
    with office.database.read() as session:
        entries = session.execute(
            select(LedgerLeaf.subject, LedgerLeaf.commitment)
            .where(LedgerLeaf.index.is_not(None))
            .order_by(LedgerLeaf.index)
        ).all()
    tree = Tree()
    for entry in entries:
        for (level, index), digest in tree.append(leaf_hash(entry.subject + entry.commitment)):
            changed = office.tamper(
                "UPDATE ledger_node SET hash = ? WHERE level = ? AND node_index = ?",
                *(digest, level, index),
            )
            assert changed == (level > 0)
        office.tamper("UPDATE ledger_batch SET root = ? WHERE size = ?", tree.root, tree.size)
