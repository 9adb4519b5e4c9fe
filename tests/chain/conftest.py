import sys
from types import SimpleNamespace

import pytest

from tests.chain.nodes import FakeNode
from tests.chain.proofs import make_proof


@pytest.fixture
def node(monkeypatch):
    """A node that has the records of `make_proof`; nothing of the chain's libraries is loaded."""
    fake = FakeNode(make_proof())
    ledger = SimpleNamespace(
        Ledger=fake.open_ledger, http_provider=lambda url: url, rpc_request=lambda url: url
    )
    monkeypatch.setitem(sys.modules, "chain.ledger", ledger)
    monkeypatch.setitem(sys.modules, "chain.logs", SimpleNamespace(RpcLogReader=fake.open_logs))
    return fake
