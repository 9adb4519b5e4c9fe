from __future__ import annotations

import pytest

from chain.canonical import public_subject, read_receipt
from chain.connection import connect
from chain.errors import VerificationError
from chain.ports import BatchState
from chain.proof import dump
from chain.verification import Expected, verify_proof
from services.audit.proofs import ReceiptFound, find_receipt, prove
from services.core.clock import utc_now
from services.core.errors import NoRecords, NothingRecorded
from services.ledger.receipts import ReceiptState, look_up_receipt
from services.ledger.recorder_store import DatabaseRecorderStore
from services.livestock.domain.model import Key
from services.livestock.queries.animals import subject_of
from tests.factories import official
from tests.services.audit.conftest import RECORDED

FIRST, SECOND, FOURTH = (public_subject("iso11784", official(number)) for number in (1, 2, 4))
STRANGE = bytes(range(32))
OMITTED = ReceiptFound(ReceiptState.OMITTED)


def look(office, receipt, subject=None):
    prefix = read_receipt(receipt)
    with office.database.read() as session:
        known = look_up_receipt(session, prefix)
    with connect(office.settings, write=False) as chain:
        return find_receipt(prefix, subject, known, chain.logs)


def proof_of(office, subject):
    with office.database.read() as session:
        return dump(prove(session, subject))


def known(office):
    """What an auditor reads from the chain."""
    with connect(office.settings, write=False) as chain:
        identity, size = chain.identity(), chain.ledger.size()
        return Expected(
            root=chain.ledger.root_at(size),
            size=size,
            chain_id=identity.chain_id,
            genesis=identity.genesis,
            contract=identity.contract,
        )


@pytest.mark.parametrize("subject", [FIRST, SECOND], ids=["first", "second"])
def test_prove__animal__every_record_verifies_against_the_chain(office, subject):
    proof = verify_proof(proof_of(office, subject), known(office))
    assert len(proof.records) == 3
    assert {record.subject for record in proof.records} == {subject}
    assert proof.checkpoint.size == RECORDED


def test_prove__premises__are_proven_by_their_secret_key(office):
    with office.database.read() as session:
        place = prove(session, subject_of(session, Key("bilum", "1068")))
    assert len(verify_proof(place, known(office)).records) == 5


def test_prove__one_byte_of_a_record_changed__does_not_lead_to_the_root(office):
    changed = proof_of(office, FIRST).replace("depart", "deparT", 1)
    with pytest.raises(VerificationError) as caught:
        verify_proof(changed, known(office))
    assert caught.value.step == 6


def test_prove__waiting_or_unknown__says_which(office):
    with pytest.raises(NothingRecorded, match="wait"):
        proof_of(office, FOURTH)
    with pytest.raises(NoRecords):
        proof_of(office, STRANGE)


def test_prove__nothing_on_the_ledger__says_so(database):
    with database.read() as session, pytest.raises(NoRecords):
        prove(session, FIRST)


@pytest.mark.parametrize("name", ["first", "moved", "again", "arrived"])
@pytest.mark.parametrize(
    "subject", [None, FIRST, SECOND, STRANGE], ids=["no tag", "first", "second", "wrong tag"]
)
def test_find_receipt__recorded__is_on_chain_by_any_tag_and_by_none(office, name, subject):
    """A receipt is of the event's first animal; whoever asks may name another, or a wrong one."""
    found = look(office, office.receipts[name], subject)
    assert found.state is ReceiptState.ON_CHAIN
    assert found.index in range(RECORDED)
    assert found.block > 0


def test_find_receipt__not_recorded_yet__waits_with_its_index_once_it_has_one(office):
    receipt = office.receipts["waiting"]
    assert look(office, receipt) == ReceiptFound(ReceiptState.WAITING)
    batch = DatabaseRecorderStore(office.database, utc_now).make_batch(9)
    found = look(office, receipt, FOURTH)
    assert (found.state, found.index in range(RECORDED, batch.size)) == (ReceiptState.WAITING, True)


@pytest.mark.parametrize("subject", [None, FOURTH], ids=["no tag", "tag"])
def test_find_receipt__dropped_before_it_was_recorded__is_omitted(office, subject):
    office.tamper("DELETE FROM ledger_leaf WHERE leaf_index IS NULL")
    office.tamper("DELETE FROM journal WHERE id = (SELECT MAX(id) FROM journal)")
    office.record()
    assert office.audit().clean, "the database and the chain agree on the lie"
    assert look(office, office.receipts["waiting"], subject) == OMITTED


@pytest.mark.parametrize("subject", [None, FOURTH], ids=["no tag", "tag"])
def test_find_receipt__claimed_as_recorded_and_not_there__is_omitted(office, subject):
    store = DatabaseRecorderStore(office.database, utc_now)
    store.move(store.make_batch(9).id, BatchState.FINAL)
    assert look(office, office.receipts["waiting"], subject) == OMITTED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_leaf SET subject = x'00'",
        "DELETE FROM ledger_leaf",
        "UPDATE ledger_leaf SET commitment = x'00'",
        "UPDATE ledger_leaf SET leaf_index = NULL",
    ],
)
def test_find_receipt__whatever_the_database_says__the_chain_has_it(office, statement):
    office.tamper(statement)
    for subject in (None, FIRST):
        assert look(office, office.receipts["first"], subject).state is ReceiptState.ON_CHAIN


def test_find_receipt__nobodys__is_omitted(office):
    assert look(office, "7KQ2-M9XA-P4TD-WZ3C") == OMITTED
