"""An audit of a part: from a checkpoint on that the auditor holds, or of a sample."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

from chain.connection import connect
from chain.errors import LedgerError
from chain.merkle import EMPTY_ROOT, Tree, leaf_hash
from services.audit.batches import HeldCheckpoint
from services.audit.comparison import Auditor
from services.audit.findings import Difference
from services.audit.sampling import SampleRequest, draw
from tests.services.audit.conftest import RECORDED, WAITING

SEED = sha256(b"a later block").digest()


class Rewritten:
    """The chain's log, each batch of it changed."""

    def __init__(self, logs, change):
        self._logs, self._change = logs, change

    def batches(self, first=0):
        return map(self._change, self._logs.batches(first))


def since(office, size, root=None):
    with office.auditor() as auditor:
        return auditor.audit_since(HeldCheckpoint(size, root))


def sampled(office, records, among=None):
    with office.auditor() as auditor:
        return auditor.audit_sample(SampleRequest(records, SEED, among))


def root_at(office, size):
    with connect(office.settings, write=False) as chain:
        return chain.ledger.root_at(size)


def found(report):
    return {finding.difference for finding in report.findings}


@pytest.mark.parametrize("size", [0, 3, 6, 9, 12, 14])
def test_since__nothing_touched__compares_what_came_after_alone(office, size):
    report = since(office, size, root_at(office, size) if size else EMPTY_ROOT)
    assert report.findings == []
    assert (report.records, report.size, report.waiting) == (RECORDED - size, RECORDED, WAITING)
    assert report.scope["since"] == size
    assert report.not_checked


def test_since__checkpoint_between_two_batches__is_checked_against_the_records(office):
    held = office.audit()
    assert held.clean
    assert since(office, 4).findings == []
    assert since(office, 4).records == RECORDED - 4
    assert found(since(office, 4, bytes(32))) == {Difference.HISTORY_REWRITTEN}


def test_since__another_root_at_the_checkpoint__is_the_gravest_finding(office):
    report = since(office, 6, root_at(office, 9))
    assert found(report) == {Difference.HISTORY_REWRITTEN}
    assert "6" in report.findings[0].detail
    assert not report.clean


def test_since__nothing_was_there_and_another_root__is_history_rewritten(office):
    assert since(office, 0).findings == []
    assert found(since(office, 0, bytes(32))) == {Difference.HISTORY_REWRITTEN}


def test_since__chain_shorter_than_the_checkpoint__is_history_rewritten(office):
    report = since(office, RECORDED + 1, bytes(32))
    assert found(report) == {Difference.HISTORY_REWRITTEN}
    assert report.records == 0


def test_since__root_not_noted__says_that_it_was_not_checked(office):
    with_root, without = since(office, 6, root_at(office, 6)), since(office, 6)
    told = "whether the chain had another root"
    assert any(told in line for line in without.not_checked)
    assert not any(told in line for line in with_root.not_checked)


@pytest.mark.parametrize(("index", "differences"), [(4, set()), (9, {Difference.ALTERED})])
def test_since__salt_altered__is_found_after_the_checkpoint_alone(office, index, differences):
    office.tamper("UPDATE ledger_leaf SET salt = ? WHERE leaf_index = ?", bytes(32), index)
    assert found(since(office, 6)) == differences


LATER = {
    "node": "UPDATE ledger_node SET hash = zeroblob(32) WHERE (level, node_index) = (2, 2)",
    "root": "UPDATE ledger_batch SET root = zeroblob(32) WHERE size = 9",
    "batch deleted": "DELETE FROM ledger_batch WHERE size = 12",
    "row deleted": "DELETE FROM ledger_leaf WHERE leaf_index = 8",
    "event deleted": "DELETE FROM journal WHERE id = "
    "(SELECT journal_id FROM ledger_leaf WHERE leaf_index = 10)",
    "event added": "INSERT INTO journal (event_id, type, occurred_on, recorded_at, content) VALUES "
    "('00000000000000000000000000000000', 'death', '2026-11-24', '2026-11-24 00:00:00', '{}')",
    "day": "UPDATE journal SET occurred_on = '2026-11-01' WHERE id = "
    "(SELECT journal_id FROM ledger_leaf WHERE leaf_index = 10)",
    "what waits": "UPDATE ledger_leaf SET salt = zeroblob(32) WHERE leaf_index IS NULL",
}


@pytest.mark.parametrize("statement", LATER.values(), ids=LATER.keys())
def test_since__something_later_altered__is_found(office, statement):
    assert office.tamper(statement)
    assert not since(office, 6).clean


def test_draw__same_seed__is_the_same_and_each_index_once():
    drawn = draw(50, SEED, 1_000)
    assert drawn == draw(50, SEED, 1_000) == sorted(set(drawn))
    assert len(drawn) == 50
    assert drawn != draw(50, sha256(b"another").digest(), 1_000)
    assert set(draw(10, SEED, 1_000)) <= set(drawn), "a larger sample holds the smaller"


def test_draw__by_hand__is_as_documented():
    first = int.from_bytes(sha256(b"bilum-sample/1" + SEED + bytes(8)).digest(), "big")
    assert draw(1, SEED, 997) == [first % 997]


def test_draw__more_than_there_are__is_all_and_ends():
    assert draw(20, SEED, 7) == list(range(7))
    assert draw(20, SEED, 0) == []


def test_draw__many_seeds__favours_no_index():
    counts = Counter(index for number in range(2_000) for index in draw(2, number.to_bytes(32), 10))
    assert len(counts) == 10
    assert all(320 < count < 480 for count in counts.values())


def test_sample__nothing_touched__is_clean_and_tells_seed_and_indexes(office):
    report = sampled(office, 5)
    assert report.findings == []
    assert report.records == 5
    assert report.scope["seed"] == SEED.hex()
    assert report.scope["sample"] == draw(5, SEED, RECORDED)
    assert report.scope["root"] == root_at(office, RECORDED).hex()
    assert report.not_checked


def test_sample__among_what_there_was__draws_from_the_first_records(office):
    assert sampled(office, 3, 9).scope["sample"] == draw(3, SEED, 9)


def test_sample__fewer_records_than_were_noted__is_history_rewritten(office):
    assert found(sampled(office, 3, RECORDED + 1)) == {Difference.HISTORY_REWRITTEN}


SAMPLED = {
    "salt": "UPDATE ledger_leaf SET salt = zeroblob(32) WHERE leaf_index = ?",
    "row": "DELETE FROM ledger_leaf WHERE leaf_index = ?",
    "event": "DELETE FROM journal WHERE id = "
    "(SELECT journal_id FROM ledger_leaf WHERE leaf_index = ?)",
    "day": "UPDATE journal SET occurred_on = '2026-11-01' WHERE id = "
    "(SELECT journal_id FROM ledger_leaf WHERE leaf_index = ?)",
}


@pytest.mark.parametrize("statement", SAMPLED.values(), ids=SAMPLED.keys())
def test_sample__drawn_record_altered__is_found(office, statement):
    (index,) = draw(1, SEED, RECORDED)
    assert office.tamper(statement, index)
    assert not sampled(office, 1).clean


def test_sample__stored_nodes_altered__do_not_lead_to_the_root(office):
    office.tamper("UPDATE ledger_node SET hash = zeroblob(32)")
    assert found(sampled(office, 3)) == {Difference.WRONG_NODE}


def test_sample__other_record_altered__is_not_seen(office):
    (drawn,) = draw(1, SEED, RECORDED)
    other = (drawn + 1) % RECORDED
    office.tamper("UPDATE ledger_leaf SET salt = zeroblob(32) WHERE leaf_index = ?", other)
    assert sampled(office, 1).clean


def swap(batch):
    """Exchange the first two records of a batch that came before the checkpoint at 6."""
    if batch.first >= 6:
        return batch
    first, second, *rest = batch.leaves
    return replace(batch, leaves=(second, first, *rest))


def since_on(office, logs, held):
    with connect(office.settings, write=False) as chain:
        return Auditor(office.database, chain.ledger, logs(chain.logs)).audit_since(held)


def test_since__the_chains_own_records_in_another_order__is_history_rewritten(office):
    """Between two batches the contract has no root, so the records are read."""
    with connect(office.settings, write=False) as chain:
        tree = Tree()
        for leaf in [leaf for batch in chain.logs.batches() for leaf in batch.leaves][:4]:
            tree.append(leaf_hash(leaf.subject + leaf.commitment))
    held = HeldCheckpoint(4, tree.root)
    report = since_on(office, lambda logs: Rewritten(logs, swap), held)
    assert Difference.HISTORY_REWRITTEN in found(report)


class Counted:
    """The chain's log, and where it was read from."""

    def __init__(self, logs, begun):
        self._logs, self._begun = logs, begun

    def batches(self, first=0):
        self._begun.append(first)
        return self._logs.batches(first)


def test_since__root_that_contract_and_stored_nodes_have__reads_only_what_is_new(office):
    begun, held = [], HeldCheckpoint(6, root_at(office, 6))
    report = since_on(office, lambda logs: Counted(logs, begun), held)
    assert begun == [6]
    assert (report.findings, report.records) == ([], RECORDED - 6)
    assert report.checkpoint == office.audit().checkpoint
    assert any("chain's records before" in line for line in report.not_checked)
    again = since_on(office, lambda logs: Rewritten(logs, swap), held)
    assert again.findings == [], "what is not checked is said, and read by the whole audit"


def test_since__nothing_new__ends_at_the_checkpoint(office):
    begun, root = [], root_at(office, RECORDED)
    held = HeldCheckpoint(RECORDED, root)
    report = since_on(office, lambda logs: Counted(logs, begun), held)
    assert begun == [RECORDED]
    assert (report.findings, report.checkpoint) == ([], f"{RECORDED}:{root.hex()}")


WHOLE = {
    "node": "UPDATE ledger_node SET hash = zeroblob(32) WHERE (level, node_index) = (1, 2)",
    "text": "UPDATE ledger_node SET hash = 'none' WHERE (level, node_index) = (1, 2)",
    "gone": "DELETE FROM ledger_node WHERE (level, node_index) = (1, 2)",
}


@pytest.mark.parametrize("statement", WHOLE.values(), ids=WHOLE.keys())
def test_since__stored_nodes_do_not_give_the_root__reads_everything(office, statement):
    assert office.tamper(statement)
    begun, held = [], HeldCheckpoint(6, root_at(office, 6))
    report = since_on(office, lambda logs: Counted(logs, begun), held)
    assert begun == [0]
    assert (report.findings, report.records) == ([], RECORDED - 6)


def test_since__log_that_begins_before_the_checkpoint__is_refused(office):
    class Early:
        def __init__(self, logs):
            self._logs = logs

        def batches(self, _first):
            return self._logs.batches(3)

    with pytest.raises(LedgerError, match="goes on at record 3, after 6"):
        since_on(office, Early, HeldCheckpoint(6, root_at(office, 6)))
