from __future__ import annotations

import pytest

from chain.network import validator_of
from tests.anvil import running_anvil
from tests.fakes.qbft_node import QbftNode, running
from tests.support.ports import free_port

FOUR = [validator_of(bytes([n]) * 32, f"203.0.113.{n}").address for n in (1, 2, 3, 4)]
FIFTH = validator_of(bytes([5]) * 32, "203.0.113.5").address

pytestmark = pytest.mark.sockets


@pytest.fixture
def node():
    return QbftNode([address.lower() for address in FOUR])


@pytest.fixture
def url(node):
    with running(node) as url:
        yield url


def test_vote__to_add_and_withdrawn__is_told_and_then_gone(bilum, node, url):
    assert bilum("ledger", "network", "vote", "add", FIFTH, "--node", url).status == 0
    assert node.votes == {FIFTH.lower(): True}
    told = bilum("ledger", "network", "validators", "--node", url)
    assert told.out.split() == FOUR
    assert f"votes to add {FIFTH}" in told.err
    assert bilum("ledger", "network", "withdraw", FIFTH, "--node", url).status == 0
    assert node.votes == {}


def test_vote__to_drop__is_a_vote_to_drop(bilum, node, url):
    assert bilum("ledger", "network", "vote", "drop", FOUR[3], "--node", url).status == 0
    assert node.votes == {FOUR[3].lower(): False}


def test_vote__neither_add_nor_drop__is_refused(bilum, node, url):
    assert bilum("ledger", "network", "vote", "both", FIFTH, "--node", url).status == 2
    assert node.votes == {}


def test_vote__for_no_address__is_refused(bilum, node, url):
    ended = bilum("ledger", "network", "vote", "add", "0x12", "--node", url)
    assert (ended.status, "not an address" in ended.err) == (3, True)
    assert node.votes == {}


def test_vote__api_not_enabled__says_what_the_node_said(bilum, node, url):
    node.enabled = False
    ended = bilum("ledger", "network", "vote", "add", FIFTH, "--node", url)
    assert (ended.status, "Method not enabled" in ended.err) == (3, True)


@pytest.mark.anvil
def test_validators__of_a_node_without_qbft__is_refused(bilum):
    with running_anvil() as url:
        ended = bilum("ledger", "network", "validators", "--node", url)
    assert (ended.status, "refused qbft_getValidatorsByBlockNumber" in ended.err) == (3, True)


def test_validators__nobody_listens__is_unreachable(bilum):
    url = f"http://127.0.0.1:{free_port()}/a-secret"
    ended = bilum("ledger", "network", "validators", "--node", url)
    assert (ended.status, "chain.node_unreachable" in ended.err) == (3, True)
    assert "a-secret" not in ended.err
