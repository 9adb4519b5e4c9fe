"""Another holder of a recorder's key records what it likes: recording goes on, an audit tells."""

from __future__ import annotations

import os
from operator import attrgetter

import pytest
from sqlalchemy import select

from chain.canonical import public_subject
from chain.merkle import leaf_hash
from chain.ports import Batch, BatchState, Checkpoint, Leaf
from chain.proof import dump
from chain.verification import verify_proof
from services.audit.checkpoints import Verdict, checkpoints_wanted, judge, read_kept
from services.audit.findings import Difference
from services.audit.proofs import checkpoint, prove, prove_events
from services.core.clock import utc_now
from services.ledger.batches import stored_tree, waiting
from services.ledger.receipts import ReceiptState, look_up_receipt, read_digest
from services.ledger.recorder_lease import read_repairs
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.models import LedgerLeaf
from services.storage.sending_right import give_right
from tests.factories import Phones, official
from tests.services.audit.conftest import RECORDED, WAITING
from tests.services.audit.test_proofs import known, look

ZERO = bytes(32)
FALSE = b"\7" * 32


def steal(chain, leaves, root):
    """Record by the recorder's key, without its database."""
    size = chain.ledger.size()
    batch = Batch(0, size, tuple(leaves), chain.ledger.root_at(size), root, BatchState.BATCHED)
    nonce = chain.ledger.next_nonce(chain.ledger.recorder)
    signed = chain.ledger.sign_record(batch, nonce)
    chain.ledger.broadcast(signed)
    assert chain.ledger.inclusion(signed).succeeded


def random_leaf(subject=None):
    return Leaf(subject or os.urandom(32), os.urandom(32))


def steal_and_record(office, *roots):
    """Record one leaf with each of the roots, and then all that waits."""
    with office.recorder() as (recorder, chain):
        for root in roots:
            steal(chain, [random_leaf()], root)
        recorder.drain(lambda: None)
        return chain.ledger.size()


def found(report):
    return [(one.difference, one.index) for one in report.findings]


def repairs(office):
    with office.database.read() as session:
        return dict(read_repairs(session))


@pytest.mark.slow
@pytest.mark.parametrize("roots", [[FALSE], [ZERO], [ZERO, FALSE, ZERO]], ids=len)
def test_false_root__recorder__goes_on_with_the_true_tree(office, roots):
    size = steal_and_record(office, *roots)
    assert size == RECORDED + len(roots) + WAITING
    assert repairs(office) == {"false_root": len(roots)}
    stolen = [RECORDED + place for place in range(len(roots))]
    lost = [(Difference.CONTENT_LOST, index) for index in stolen]
    wrong = [(Difference.WRONG_ROOT, index) for index in stolen]
    assert sorted(found(office.audit())) == sorted(lost + wrong)
    proof = dump_of(office, official(4))
    assert verify_proof(proof, known(office)).checkpoint.size == size


def dump_of(office, tag):
    with office.database.read() as session:
        return dump(prove(session, public_subject("iso11784", tag)))


@pytest.mark.slow
def test_false_root__newest_on_the_chain__is_no_checkpoint_that_anybody_is_given(office):
    office.record()
    with office.recorder() as (_, chain):
        before = Checkpoint(chain.ledger.size(), chain.ledger.root_at(chain.ledger.size()))
    steal_and_record(office, FALSE)
    with office.database.read() as session:
        assert checkpoint(session) == before
        assert prove(session, public_subject("iso11784", official(4))).checkpoint == before
        newest = max(session.scalars(checkpoints_wanted()), key=attrgetter("size"))
        assert (newest.size, newest.root) == (before.size, before.root)
        held = read_kept(f"{before.size + 1}:{FALSE.hex()}")
        assert judge(session, held).verdict is Verdict.UNKNOWN
    assert before.root.hex() in Phones(office.database).say("ROOT")
    Phones(office.database).say(f"REG {official(5)}")
    office.record()
    with office.database.read() as session:
        assert judge(session, held).verdict is Verdict.UNKNOWN
        after = judge(session, read_kept(f"{before.size}:{before.root.hex()}"))
        assert after.verdict is Verdict.CONTINUES


def test_false_root__its_true_root_altered_in_the_database__the_audit_tells(office):
    steal_and_record(office, FALSE)
    office.tamper("UPDATE ledger_batch SET leaves_root = root WHERE leaves_root IS NOT NULL")
    assert sorted(found(office.audit())) == [
        (Difference.CONTENT_LOST, RECORDED),
        (Difference.WRONG_ROOT, RECORDED),
        (Difference.WRONG_ROOT, RECORDED),
    ]


@pytest.mark.slow
def test_record_of_another__is_called_lost_by_a_restore_only_where_one_is_known(office):
    steal_and_record(office, FALSE)
    assert lost_details(office) == {"not from this database: no restore of it is known"}
    with office.database.write() as session:
        give_right(session, None, utc_now())
    assert lost_details(office) == {"its content is not in this database"}


def lost_details(office):
    lost = Difference.CONTENT_LOST
    return {one.detail for one in office.audit().findings if one.difference is lost}


@pytest.mark.slow
def test_same_root_over_other_leaves__ours_are_recorded_and_no_receipt_lies(office):
    receipt = office.receipts["waiting"]
    with office.recorder() as (recorder, chain):
        batch = DatabaseRecorderStore(office.database, utc_now).make_batch(WAITING)
        steal(chain, [random_leaf(leaf.subject) for leaf in batch.leaves], batch.root)
        with office.database.read() as session:
            assert look_up_receipt(session, read_digest(receipt)).state is ReceiptState.WAITING
        recorder.drain(lambda: None)
        assert chain.ledger.size() == RECORDED + 2 * WAITING
    assert repairs(office) == {"unbatched": 1, "false_root": 1}
    with office.database.read() as session:
        told = look_up_receipt(session, read_digest(receipt))
    seen = look(office, receipt)
    assert (seen.state, seen.index) == (told.state, told.place)
    assert told.state is ReceiptState.ON_CHAIN
    verify_proof(dump_of(office, official(4)), known(office))
    assert sorted(found(office.audit())) == [
        (Difference.CONTENT_LOST, RECORDED),
        (Difference.CONTENT_LOST, RECORDED + 1),
        (Difference.WRONG_ROOT, RECORDED),
    ]


def test_waiting_leaf__recorded_twice_by_another__has_the_first_place_and_is_proven(office):
    with office.recorder() as (recorder, chain):
        size = chain.ledger.size()
        with office.database.read() as session:
            tree = stored_tree(session, size)
            event, *entry = session.execute(
                select(
                    LedgerLeaf.journal_id,
                    LedgerLeaf.subject,
                    LedgerLeaf.commitment,
                ).where(waiting())
            ).first()
        leaf = Leaf(*entry)
        for _ in range(2):
            tree.append(leaf_hash(leaf.subject + leaf.commitment))
        steal(chain, [leaf, leaf], tree.root)
        recorder.drain(lambda: None)
    with office.database.read() as session:
        rows = session.execute(
            select(LedgerLeaf.index, LedgerLeaf.journal_id)
            .where(LedgerLeaf.commitment == leaf.commitment)
            .order_by(LedgerLeaf.index)
        ).all()
        assert rows == [(size, event), (size + 1, None)]
        proof = prove_events(session, [event])
    assert size in {record.index for record in proof.records}
    verify_proof(dump(proof), known(office))
    assert found(office.audit()) == [(Difference.CONTENT_LOST, size + 1)]
