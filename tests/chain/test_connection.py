from __future__ import annotations

import json
import time

import pytest
from eth_account import Account

from chain.connection import connect
from chain.errors import NoContract, NodeUnreachable, NoSigner
from chain.ledger import deploy, http_provider
from chain.recorder import Recorder
from chain.signer import LocalSigner
from tests.anvil import RICH_SIGNER, running_anvil
from tests.chain.scene import Clock, leaf, logged_leaves, settings
from tests.fakes.recorder_store import MemoryRecorderStore
from tests.support.ended import ended_https
from tests.support.resolvers import know_no_name

KEY = b"\3" * 32
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def keystore(tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(Account.encrypt(KEY, "secret", kdf="pbkdf2", iterations=2)))
    return {"keystore": path, "keystore_password": "secret"}


def filled_store(clock, count):
    store = MemoryRecorderStore(clock)
    store.add(*map(leaf, range(count)))
    return store


def assert_recorded(connection, store):
    assert logged_leaves(connection.logs) == store.records
    assert connection.ledger.root_at(store.size()) == store.root
    assert store.open_batches() == []


def test_connect__embedded__records_and_reads(tmp_path):
    chosen = settings(embedded=tmp_path / "chain.db")
    clock = Clock()
    store = filled_store(clock, 5)
    with connect(chosen, write=True) as connection:
        Recorder(store, connection.ledger, connection.logs, chosen, clock).drain(pytest.fail)
        identity = connection.identity()
    with connect(chosen, write=False) as connection:
        assert connection.identity() == identity == store.identity()
        assert_recorded(connection, store)
        with pytest.raises(NoSigner):
            _ = connection.ledger.recorder


def test_connect__embedded_with_a_keystore__records_with_its_key(tmp_path, keystore):
    with connect(settings(embedded=tmp_path / "chain.db", **keystore), write=True) as connection:
        assert connection.ledger.recorder == LocalSigner(KEY).address
    assert not (tmp_path / "signer.json").exists()


def test_connect__node_without_an_address__says_so(keystore):
    with (
        pytest.raises(NoContract, match="address"),
        connect(settings(url=NOWHERE, **keystore), write=False),
    ):
        pass


def test_connect__node_for_writing_without_a_key__says_so():
    with (
        pytest.raises(NoSigner, match="keystore"),
        connect(settings(url=NOWHERE, address="0x" + "1" * 40), write=True),
    ):
        pass


@pytest.mark.sockets
def test_connect__nobody_listens__is_unreachable():
    with connect(settings(url=NOWHERE, address="0x" + "1" * 40), write=False) as connection:
        with pytest.raises(NodeUnreachable):
            connection.identity()
        with pytest.raises(NodeUnreachable):
            next(connection.logs.batches())


@pytest.mark.sockets
def test_connect__name_that_nobody_knows__says_so_without_the_address(monkeypatch):
    know_no_name(monkeypatch)
    nameless = settings(url="http://key-123.invalid/", address="0x" + "1" * 40)
    with connect(nameless, write=False) as connection:
        with pytest.raises(NodeUnreachable, match=r"name.*resolver") as raised:
            connection.identity()
        with pytest.raises(NodeUnreachable, match=r"name.*resolver"):
            next(connection.logs.batches())
    assert "key-123" not in raised.value.detail


@pytest.mark.sockets
@pytest.mark.program("openssl")
def test_connect__certificate_that_has_ended__says_so(tmp_path, monkeypatch):
    with (
        ended_https(tmp_path, monkeypatch) as url,
        connect(settings(url=url, address="0x" + "1" * 40), write=False) as connection,
        pytest.raises(NodeUnreachable, match="certificate has expired"),
    ):
        connection.identity()


@pytest.mark.anvil
@pytest.mark.parametrize("option", [[], ["--block-time", "1"]])
def test_recorder__on_a_node__records_each_leaf_once(keystore, option):
    with running_anvil(*option) as url:
        recorder = LocalSigner(KEY).address
        provider = http_provider(url)
        provider.make_request("anvil_setBalance", [recorder, hex(10**20)])
        address = deploy(provider, RICH_SIGNER, recorder=recorder)
        chosen = settings(50, url=url, address=address, **keystore)
        clock = Clock()
        store = filled_store(clock, 1_020)

        def wait():
            clock.forward(0.05)
            time.sleep(0.05)

        with connect(chosen, write=True) as connection:
            made = Recorder(store, connection.ledger, connection.logs, chosen, clock)
            assert made.step().on_the_way <= 16
            made.drain(wait)
            assert_recorded(connection, store)
