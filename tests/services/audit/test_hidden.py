"""What an operator may try so that a report is never recorded and the audit stays silent."""

from __future__ import annotations

import re

import pytest

from chain.connection import connect
from chain.errors import LedgerError, WrongChain
from services.audit.comparison import Auditor
from services.ledger.receipts import ReceiptState
from tests.flow.deployments import embedded
from tests.support.copies import copy_folder
from tests.support.tampering import unguarded

MARIA = "+67570000001"
RECEIPT = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded") / "data"
    with embedded(folder) as opened:
        opened.send(MARIA, "REG 598000000000017")
        opened.record()
    return folder


@pytest.fixture
def stage(recorded, tmp_path):
    with embedded(copy_folder(recorded, tmp_path / "data")) as opened:
        yield opened


def edit(stage, *statements):
    with unguarded(stage.folder / "bilum.db") as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, statement


@pytest.mark.slow
def test_leaf__given_a_negative_index_before_it_is_recorded__is_found_and_not_called_recorded(
    stage,
):
    receipt = RECEIPT.findall(stage.send(MARIA, "REG 598000000000025"))[-1]
    edit(stage, "UPDATE ledger_leaf SET leaf_index = -id WHERE leaf_index IS NULL")
    stage.record()
    assert not stage.audit().clean
    assert "is on the" not in stage.send(MARIA, f"RECEIPT {receipt}")
    assert stage.find(receipt).state is not ReceiptState.ON_CHAIN


@pytest.mark.slow
def test_leaf__replaced_by_another_of_its_event_before_it_is_recorded__is_found(stage):
    stage.send(MARIA, "REG 598000000000025")
    edit(
        stage,
        "UPDATE ledger_leaf SET position = 2 WHERE leaf_index IS NULL AND position = 1",
        """UPDATE ledger_leaf SET (position, subject, salt, commitment) =
           (SELECT 1, subject, salt, commitment FROM ledger_leaf WHERE position = 2)
           WHERE leaf_index IS NULL AND position = 0""",
    )
    stage.record()
    assert not stage.audit().clean


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_batch SET state = 'bogus'",
        "UPDATE ledger_batch SET first_index = -7",
        "INSERT INTO ledger_batch (first_index, size, root, state) VALUES (1, 1, x'00', 'final')",
        "UPDATE ledger_node SET node_index = -1",
        "INSERT INTO ledger_node (level, node_index, hash) VALUES (9, 0, x'00')",
    ],
)
def test_tables_of_the_ledger__changed__are_found(stage, statement):
    edit(stage, statement)
    assert not stage.audit().clean


def test_binding__changed__is_the_wrong_chain(stage):
    edit(stage, "UPDATE ledger_binding SET chain_id = chain_id + 1")
    with pytest.raises(WrongChain):
        stage.audit()


def test_node__that_keeps_the_newest_batch_back__is_not_believed(stage):
    class Short:
        def __init__(self, logs):
            self._logs = logs

        def batches(self, first=0):
            return iter(list(self._logs.batches(first))[:-1])

    with (
        connect(stage.runtime.settings.chain, write=False) as chain,
        pytest.raises(LedgerError, match="ask another node"),
    ):
        Auditor(stage.runtime.database, chain.ledger, Short(chain.logs)).audit()
