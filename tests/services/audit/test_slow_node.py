"""A node from which the chain's records take longer than the server lets a transaction idle."""

from __future__ import annotations

from time import sleep

import pytest

from chain.connection import connect
from services.audit.batches import HeldCheckpoint
from services.audit.comparison import Auditor
from services.storage import engine
from tests.services.audit.conftest import Office, chain_in, fill
from tests.services.conftest import opened

pytestmark = pytest.mark.postgres
_LIMIT, _TAKEN = "'100ms'", 0.4


class Slow:
    """The log of a node that takes its time."""

    def __init__(self, logs):
        self._logs = logs

    def batches(self, first=0):
        sleep(_TAKEN)
        yield from self._logs.batches(first)


@pytest.fixture
def impatient(open_database, monkeypatch, tmp_path):
    """An office on a server that ends transactions which idle."""
    server = open_database("postgresql")
    office = Office(server, chain_in(tmp_path))
    fill(office)
    monkeypatch.setitem(engine._NOTICE_DEATH, "idle_in_transaction_session_timeout", _LIMIT)
    url = server.engine.url.render_as_string(hide_password=False)
    with opened(url) as database, connect(office.settings, write=False) as chain:
        yield Office(database, office.settings), chain


def test_audit__node_slower_than_the_limit_of_idle_transactions__ends(impatient):
    office, chain = impatient
    auditor = Auditor(office.database, chain.ledger, Slow(chain.logs))
    held = HeldCheckpoint(6, chain.ledger.root_at(6))
    assert auditor.audit_since(held).findings == []
    assert auditor.audit().findings == []


def test_read__that_does_not_wait_for_others__keeps_the_limit(impatient):
    office, _ = impatient
    ask = "SHOW idle_in_transaction_session_timeout"
    for idles, limit in ((True, "0"), (False, "100ms")):
        with office.database.read(idles=idles) as session:
            assert session.connection().exec_driver_sql(ask).scalar_one() == limit
