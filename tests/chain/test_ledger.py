"""The client of the contract: first what any chain must give, then what a node may do wrong."""

import json
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from traceback import format_exception

import pytest
from web3 import Web3
from web3.providers import BaseProvider

from chain.contract import artifact, encode_record, record_gas
from chain.errors import (
    LedgerError,
    NoContract,
    NodeUnreachable,
    NoSigner,
    NotRecorder,
    RecordRefused,
    WalletEmpty,
)
from chain.ledger import Ledger, deploy, http_provider
from chain.ports import Leaf
from chain.signer import LocalSigner
from chain.transactions import Fees, cost_of, sign
from tests.anvil import RICH_SIGNER, running_anvil
from tests.contracts.scene import DELAY, Scene, batch_of

NOBODY = "0x00000000000000000000000000000000000000A1"


def record(ledger, batch, nonce):
    signed = ledger.sign_record(batch, nonce)
    ledger.broadcast(signed)
    return signed, included(ledger, signed)


def included(ledger, signed):
    for _ in range(3000):
        if (found := ledger.inclusion(signed)) is not None:
            return found
        time.sleep(0.02)
    raise AssertionError("not included")


# On any chain


@pytest.fixture(
    params=[
        "eth-tester",
        pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.sockets]),
    ]
)
def ledger(request):
    if request.param == "eth-tester":
        yield Scene().ledger
        return
    with running_anvil() as url:
        provider = http_provider(url)
        yield Ledger(provider, deploy(provider, RICH_SIGNER), RICH_SIGNER)


def test_identity__of_a_deployed_ledger__is_chain_genesis_and_address(ledger):
    identity = ledger.identity()
    assert identity.chain_id == ledger._web3.eth.chain_id
    assert identity.genesis == bytes(ledger._web3.eth.get_block(0)["hash"])
    assert len(identity.genesis) == 32
    assert identity.contract == ledger.address == Web3.to_checksum_address(ledger.address)


@pytest.mark.slow
def test_record__batches_one_after_the_other__are_on_the_contract(ledger):
    nonce, head = ledger.next_nonce(ledger.recorder), ledger.head()
    first, second = batch_of(3), batch_of(500, first=3)
    for step, batch in enumerate((first, second)):
        ledger.require_recordable(batch)
        signed, inclusion = record(ledger, batch, nonce + step)
        assert inclusion.succeeded
        assert inclusion.block_number == head + step + 1
        block = ledger._web3.eth.get_block(inclusion.block_number)
        assert inclusion.block_hash == bytes(block["hash"])
        assert inclusion.gas_used == block["gasUsed"] < record_gas(len(batch.leaves))
        assert signed.nonce == nonce + step
    assert ledger.size() == 503
    assert ledger.next_nonce(ledger.recorder) == nonce + 2
    assert ledger.head() == head + 2
    assert [ledger.root_at(size) for size in (3, 4, 503)] == [
        first.root,
        bytes(32),
        second.root,
    ]


def test_broadcast__same_bytes_again__is_silent_and_records_once(ledger):
    signed, inclusion = record(ledger, batch_of(2), ledger.next_nonce(ledger.recorder))
    ledger.broadcast(signed)
    assert ledger.size() == 2
    assert ledger.inclusion(signed) == inclusion


def test_broadcast__nonce_used_by_another_transaction__is_silent_and_it_is_not_included(ledger):
    nonce = ledger.next_nonce(ledger.recorder)
    other = ledger.sign_record(batch_of(1), nonce)
    record(ledger, batch_of(2), nonce)
    ledger.broadcast(other)
    assert ledger.inclusion(other) is None
    assert ledger.size() == 2


def test_record__batch_out_of_sequence__is_included_and_did_not_succeed(ledger):
    nonce = ledger.next_nonce(ledger.recorder)
    record(ledger, batch_of(2), nonce)
    _, inclusion = record(ledger, batch_of(2), nonce + 1)
    assert not inclusion.succeeded
    assert ledger.size() == 2


def test_inclusion__of_an_unknown_transaction__is_none(ledger):
    assert ledger.inclusion(ledger.sign_record(batch_of(1), 0)) is None


def test_broadcast__signer_without_money__is_told_whose_wallet_and_what_it_needs(ledger):
    pauper = Ledger(ledger._web3.provider, ledger.address, LocalSigner(b"\x09" * 32))
    signed = pauper.sign_record(batch_of(1), 0)
    for ask in (pauper.broadcast, pauper.require_funds):
        with pytest.raises(WalletEmpty, match=f"{pauper.recorder} holds 0 of") as caught:
            ask(signed)
        assert f"{cost_of(signed) / 10**18:.9g}" in caught.value.detail
        assert caught.value.retryable


@pytest.mark.parametrize("address", [NOBODY, "own"], ids=["empty", "a wallet"])
def test_any_view__address_without_code__raises_no_contract(ledger, address):
    empty = Ledger(ledger._web3.provider, ledger.recorder if address == "own" else address)
    for ask in (empty.identity, empty.size, empty.paused):
        with pytest.raises(NoContract):
            ask()


def test_size__another_contract_at_the_address__raises_no_contract(ledger):
    # Its code reverts: PUSH0 PUSH0 REVERT, put there by PUSH3 PUSH0 MSTORE PUSH1 PUSH1 RETURN.
    code = bytes.fromhex("625f5ffd5f526003601df3")
    call = {"chainId": ledger._chain_id, "nonce": ledger.next_nonce(ledger.recorder)}
    signed = sign(ledger._signer, call | {"gas": 100_000, "data": code}, Fees(10**10, 10**9))
    ledger.broadcast(signed)
    included(ledger, signed)
    receipt = ledger._web3.eth.get_transaction_receipt(signed.hash)
    with pytest.raises(NoContract):
        Ledger(ledger._web3.provider, receipt["contractAddress"]).size()


@pytest.mark.anvil
@pytest.mark.sockets
def test_sign_record__replacing_a_stuck_transaction__is_taken_in_its_place():
    with running_anvil("--no-mining") as url:
        provider = http_provider(url)
        with mining(Web3(provider)):
            ledger = Ledger(provider, deploy(provider, RICH_SIGNER), RICH_SIGNER)
        nonce = ledger.next_nonce(ledger.recorder)
        stuck = ledger.sign_record(batch_of(1), nonce)
        ledger.broadcast(stuck)
        ledger.broadcast(stuck)
        cheap = ledger.sign_record(batch_of(2), nonce)
        with pytest.raises(RecordRefused, match="underpriced"):
            ledger.broadcast(cheap)
        better = ledger.sign_record(batch_of(2), nonce, replacing=stuck)
        ledger.broadcast(better)
        assert ledger.inclusion(better) is None
        ledger._web3.provider.make_request("evm_mine", [])
        assert included(ledger, better).succeeded
        assert ledger.inclusion(stuck) is None
        assert ledger.size() == 2


@contextmanager
def mining(web3):
    web3.provider.make_request("evm_setAutomine", [True])
    yield
    web3.provider.make_request("evm_setAutomine", [False])


# Keys and roles


@pytest.fixture
def scene():
    return Scene()


def test_sign_record__without_a_signer__raises_no_signer(scene):
    reader = Ledger(scene.provider, scene.ledger.address)
    with pytest.raises(NoSigner):
        reader.sign_record(batch_of(1), 0)
    with pytest.raises(NoSigner):
        reader.require_recordable(batch_of(1))


def test_sign_record__batch__calls_record_on_this_chain_at_twice_the_base_fee(scene):
    signed = scene.ledger.sign_record(batch_of(2, first=9), 4)
    fields = scene.tester.backend.chain.get_transaction_builder().decode(signed.raw)
    block = scene.web3.eth.get_block("latest")
    assert fields.sender == bytes.fromhex(scene.recorder[2:])
    assert fields.to == bytes.fromhex(scene.ledger.address[2:])
    assert (fields.nonce, fields.chain_id) == (4, scene.web3.eth.chain_id)
    batch = batch_of(2, first=9)
    assert fields.data == encode_record(9, batch.base, batch.root, batch.leaves)
    tip = fields.max_priority_fee_per_gas
    assert fields.max_fee_per_gas - tip == 2 * block["baseFeePerGas"]


def test_require_recordable__key_without_the_role__raises_not_recorder(scene):
    stranger = Ledger(scene.provider, scene.ledger.address, scene.signers[3])
    with pytest.raises(NotRecorder, match=scene.stranger):
        stranger.require_recordable(batch_of(1))


def test_require_recordable__paused__raises_record_refused(scene):
    scene.send(scene.admin, "pause")
    with pytest.raises(RecordRefused, match="paused"):
        scene.ledger.require_recordable(batch_of(1))


@pytest.mark.parametrize("first", [0, 3])
def test_require_recordable__another_batch_than_the_next__raises_record_refused(scene, first):
    scene.record([Leaf(bytes(32), bytes(32))] * 2)
    with pytest.raises(RecordRefused, match=f"expects record 2, the batch has {first}"):
        scene.ledger.require_recordable(batch_of(1, first))


def test_require_recordable__of_another_history__raises_record_refused(scene):
    scene.record([Leaf(bytes(32), bytes(32))] * 2, batch_of(2).root)
    scene.ledger.require_recordable(batch_of(1, first=2))
    other = replace(batch_of(1, first=2), base=bytes(32))
    with pytest.raises(RecordRefused, match="first 2 records are not"):
        scene.ledger.require_recordable(other)


def test_deploy__roles_named__are_theirs_and_not_the_payers(scene):
    assert scene.contract.functions.defaultAdmin().call() == scene.admin
    assert scene.contract.functions.defaultAdminDelay().call() == DELAY
    assert scene.ledger.has_recorder_role(scene.recorder)
    assert not scene.ledger.has_recorder_role(scene.stranger)


def test_deploy__no_roles_named__gives_both_to_the_signer_with_two_days(scene):
    address = deploy(scene.provider, scene.signers[2])
    contract = scene.web3.eth.contract(address, abi=artifact()["abi"])
    assert contract.functions.defaultAdmin().call() == scene.heir
    assert contract.functions.defaultAdminDelay().call() == 2 * 24 * 3_600
    assert Ledger(scene.provider, address).has_recorder_role(scene.heir)


def test_deploy__admin_is_nobody__is_refused(scene):
    with pytest.raises(LedgerError, match="refused the deployment"):
        deploy(scene.provider, scene.signers[0], "0x" + "0" * 40)


def test_ledger__no_address__is_refused(scene):
    with pytest.raises(LedgerError, match="not an address"):
        Ledger(scene.provider, "the ledger")


# A node that does wrong

SECRET = "a-secret-key"


def asks(ledger):
    signed = sign(RICH_SIGNER, {"chainId": 1, "nonce": 0, "gas": 1, "data": b""}, Fees(1, 1))
    return [
        ledger.identity,
        ledger.size,
        ledger.paused,
        ledger.head,
        lambda: ledger.next_nonce(NOBODY),
        lambda: ledger.sign_record(batch_of(1), 0),
        lambda: ledger.broadcast(signed),
        lambda: ledger.inclusion(signed),
        lambda: deploy(ledger._web3.provider, RICH_SIGNER),
    ]


def assert_unreachable(ledger):
    for ask in asks(ledger):
        with pytest.raises(NodeUnreachable) as caught:
            ask()
        assert caught.value.retryable
        assert SECRET not in "".join(format_exception(caught.value))


@pytest.mark.sockets
def test_any_call__nothing_listens__raises_node_unreachable_without_the_url():
    provider = http_provider(f"http://127.0.0.1:9/{SECRET}")
    assert_unreachable(Ledger(provider, NOBODY, RICH_SIGNER))


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (429, b"slow down"),
        (200, b"<html>"),
        (200, b"{}"),
        (200, json.dumps({"jsonrpc": "2.0", "id": 0, "error": {}}).encode()),
    ],
)
def test_any_call__answer_is_no_rpc__raises_node_unreachable(status, body):
    with http_server(status, body) as url:
        assert_unreachable(Ledger(http_provider(f"{url}/{SECRET}"), NOBODY, RICH_SIGNER))


@pytest.mark.sockets
def test_any_call__node_is_silent__gives_up_after_the_time_out():
    with http_server(200, b"", seconds=0.5) as url, pytest.raises(NodeUnreachable):
        Ledger(http_provider(url, timeout=0.05), NOBODY).head()


class Refusing(BaseProvider):
    """A node that answers every request with one JSON-RPC error, but for the nonce."""

    def __init__(self, message, nonce=0):
        super().__init__()
        self.message, self.nonce = message, nonce

    def make_request(self, method, params):  # noqa: ARG002 — the library's signature
        if method == "eth_getTransactionCount":
            return {"jsonrpc": "2.0", "id": 1, "result": hex(self.nonce)}
        return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": self.message}}


def broadcast_to(node):
    signed = sign(RICH_SIGNER, {"chainId": 1, "nonce": 4, "gas": 1, "data": b""}, Fees(1, 1))
    Ledger(node, NOBODY).broadcast(signed)


@pytest.mark.parametrize(
    "message", ["already known", "Known transaction", "transaction already imported"]
)
def test_broadcast__node_has_the_bytes__is_silent(message):
    broadcast_to(Refusing(message))


def test_broadcast__words_unknown_but_the_nonce_is_used__is_silent():
    broadcast_to(Refusing("transaction is stale", nonce=5))


def test_broadcast__words_unknown_and_the_nonce_is_free__is_refused():
    with pytest.raises(RecordRefused, match="transaction is stale"):
        broadcast_to(Refusing("transaction is stale", nonce=4))


def test_broadcast__pool_is_full__is_retryable():
    with pytest.raises(NodeUnreachable):
        broadcast_to(Refusing("txpool is full"))


@contextmanager
def http_server(status, body, seconds=0.0):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(seconds)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
