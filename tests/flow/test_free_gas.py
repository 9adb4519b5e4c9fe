"""A network of free gas, as our genesis makes it: keys that own nothing deploy, record and rule.

Besu cannot be run here; anvil without a base fee is near: it too suggests a tip that nobody needs.
"""

from __future__ import annotations

import pytest

from chain.ledger import http_provider
from chain.node import fees_now, open_node
from chain.transactions import Fees
from tests.anvil import RICH_SIGNER, running_anvil
from tests.flow.operators import ADMIN, Operator

MARIA = "+67570000001"
NEWCOMER = "0x00000000000000000000000000000000000000A1"

pytestmark = pytest.mark.anvil


@pytest.fixture
def node():
    with running_anvil("--base-fee", "0", "--gas-price", "0") as url:
        yield url


@pytest.fixture
def operator(tmp_path, node, monkeypatch, capsys):
    operator = Operator(tmp_path, node, (monkeypatch, capsys))
    for signer in (RICH_SIGNER, ADMIN):
        operator.ask("anvil_setBalance", signer.address, "0x0")
    return operator


def test_free_gas__recorder_and_admin_own_nothing__everything_goes(operator):
    operator.deploy("--admin", ADMIN.address)
    with operator.stage() as stage:
        stage.send(MARIA, "REG 598000000000017")
        stage.record()
        heir = operator.run("ledger", "key", "create", *operator.key("new")).strip()
        operator.run("ledger", "grant", heir, *operator.admin)
    operator.take_key("new")
    with operator.stage() as stage:
        stage.send(MARIA, "REG 598000000000025")
        stage.record()
        assert stage.audit().clean
        assert stage.audit().waiting == 0
    told = operator.status()
    assert (told["recorder"], told["recorder_balance"]) == (heir, 0)
    assert operator.ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"] == "0x0"  # noqa: FBT003 — JSON-RPC's


def test_fees_now__no_base_fee__an_empty_wallet_offers_nothing_and_a_full_one_what_is_usual(node):
    web3 = open_node(http_provider(node))
    assert web3.eth.max_priority_fee > 0
    assert fees_now(web3, NEWCOMER) == Fees(0, 0)
    assert fees_now(web3, RICH_SIGNER.address).priority == web3.eth.max_priority_fee


def test_fees_now__base_fee__an_empty_wallet_offers_as_everyone():
    with running_anvil() as url:
        web3 = open_node(http_provider(url))
        assert fees_now(web3, NEWCOMER) == fees_now(web3, RICH_SIGNER.address)
