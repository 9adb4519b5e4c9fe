"""ROOT by SMS: what an auditor without internet compares with the contract's own."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from chain.connection import connect
from services.runtime.workers import record_everything
from services.storage.models import Message
from tests.flow.deployments import embedded
from tests.support.texts import assert_one_segment

FARMER = "+67570000001"


def newest(stage):
    with stage.runtime.database.read() as session:
        return session.scalars(select(Message.body).order_by(Message.id.desc())).first()


@pytest.mark.slow
def test_root__asked_for_by_sms__is_the_contracts_own(tmp_path):
    with embedded(tmp_path) as stage:
        stage.send(FARMER, "RUT")
        assert newest(stage) == "Bikpela buk i no gat rekot yet. Askim gen tumora."
        stage.send(FARMER, "REG 598000000000017")
        record_everything(stage.runtime, lambda: None, lambda _size: None)
        stage.send(FARMER, "ROOT")
        answer = newest(stage)
        assert_one_segment(answer)
        size, root = re.search(r"has ([0-9]+) records\. Root: ([0-9a-f]{64})$", answer).groups()
        with connect(stage.runtime.settings.chain, write=False) as connection:
            assert connection.ledger.size() == int(size)
            assert connection.ledger.root_at(int(size)).hex() == root
