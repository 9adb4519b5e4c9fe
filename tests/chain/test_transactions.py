import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st
from web3.exceptions import Web3RPCError

from chain.errors import (
    FeeTooHigh,
    NodeUnreachable,
    RecordRefused,
    Underpriced,
    WalletEmpty,
)
from chain.ports import Inclusion
from chain.signer import LocalSigner
from chain.transactions import (
    Fees,
    Price,
    choose_fees,
    fees_of,
    is_there,
    read_receipt,
    refusal,
    sign,
    words,
)

SIGNER = LocalSigner(b"\x07" * 32)
CALL = {
    "chainId": 31337,
    "nonce": 5,
    "gas": 90_000,
    "to": "0x00000000000000000000000000000000000000A1",
    "data": b"\x01\x02",
}
RECEIPT = {"blockNumber": "0x10", "blockHash": "0x" + "ab" * 32, "gasUsed": "0xff", "status": "0x1"}

fees = st.builds(
    lambda priority, base: Fees(priority + base, priority),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)


def fields(transaction):
    return TypedTransaction.from_bytes(HexBytes(transaction.raw)).as_dict()


def test_sign__call__is_an_eip_1559_transaction_of_the_signer():
    signed = sign(SIGNER, CALL, Fees(30, 2))
    assert (signed.signer, signed.nonce) == (SIGNER.address, 5)
    assert Account.recover_transaction(signed.raw) == SIGNER.address
    assert signed.raw[0] == 2
    seen = fields(signed)
    assert (seen["chainId"], seen["nonce"], seen["gas"], seen["value"]) == (31337, 5, 90_000, 0)
    assert (seen["maxFeePerGas"], seen["maxPriorityFeePerGas"]) == (30, 2)


def test_sign__call__has_the_hash_that_the_library_gives():
    key = b"\x07" * 32
    signed = sign(SIGNER, CALL, Fees(30, 2))
    offer = {"maxFeePerGas": 30, "maxPriorityFeePerGas": 2, "type": 2, "value": 0}
    assert signed.hash == bytes(Account.sign_transaction(CALL | offer, key).hash)


@given(today=fees, stuck=fees)
def test_fees_above__any_stuck_transaction__are_a_tenth_higher_and_not_below_todays(today, stuck):
    raised = today.above(sign(SIGNER, CALL, stuck))
    assert raised.most * 10 >= stuck.most * 11
    assert raised.priority * 10 >= stuck.priority * 11
    assert raised.most > stuck.most
    assert raised.priority > stuck.priority
    assert raised.most >= today.most
    assert raised.priority >= today.priority
    assert raised.most >= raised.priority


@given(price=st.builds(Price, st.integers(0, 10**12), st.integers(0, 10**12)), stuck=fees)
def test_choose_fees__any_price_and_limit__replace_within_the_limit_or_tell(price, stuck):
    limit = 10**11
    transaction = sign(SIGNER, CALL, stuck)
    try:
        chosen = choose_fees(price, limit, transaction)
    except FeeTooHigh:
        assert price.taken > limit or max(stuck) * 11 > limit * 10
        return
    assert fees_of(sign(SIGNER, CALL, chosen)) == chosen
    assert chosen.replaces(stuck)
    assert chosen.priority <= chosen.most <= limit
    assert chosen.most >= price.taken


def test_choose_fees__first_offer_near_the_limit__offers_the_limit():
    assert choose_fees(Price(80, 5), 100) == Fees(100, 5)
    assert choose_fees(Price(20, 5), 100) == Fees(45, 5)
    with pytest.raises(FeeTooHigh, match="BILUM_MAX_FEE_GWEI"):
        choose_fees(Price(96, 5), 100)


@pytest.mark.parametrize(
    "receipt",
    [RECEIPT, RECEIPT | {"blockNumber": 16, "gasUsed": 255, "status": 1}],
    ids=["JSON", "in process"],
)
def test_read_receipt__included__tells_where(receipt):
    assert read_receipt(receipt) == Inclusion(16, b"\xab" * 32, 255, succeeded=True)


def test_read_receipt__reverted__did_not_succeed():
    assert read_receipt(RECEIPT | {"status": "0x0"}) == Inclusion(
        16, b"\xab" * 32, 255, succeeded=False
    )


def test_read_receipt__of_a_waiting_transaction__is_none():
    assert read_receipt(RECEIPT | {"blockNumber": None, "blockHash": None}) is None


@pytest.mark.parametrize(
    "answer",
    [
        "already known",
        "nonce too low: next nonce 5, tx nonce 3",
        "Known transaction",
        "Nonce too low",
        "transaction already imported",
        "AlreadyKnown",
    ],
)
def test_is_there__said_by_a_node_that_has_it__is_true(answer):
    assert is_there(answer)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("insufficient funds for gas * price + value", WalletEmpty),
        ("Upfront cost exceeds account balance", WalletEmpty),
        ("nonce too high", RecordRefused),
        ("replacement transaction underpriced", Underpriced),
        ("max fee per gas less than block base fee", Underpriced),
        ("intrinsic gas too low", RecordRefused),
        ("txpool is full", NodeUnreachable),
        ("Request limit exceeded", NodeUnreachable),
    ],
)
def test_refusal__other_answers__are_retryable_if_they_may_change_by_themselves(answer, kind):
    assert not is_there(answer)
    error = refusal(answer)
    assert type(error) is kind
    assert error.retryable is (kind is not RecordRefused)
    assert answer in error.detail


def test_words__of_an_rpc_error__are_the_nodes_own():
    response = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "already known."}}
    assert words(Web3RPCError(repr(response["error"]), rpc_response=response)) == "already known"
    assert words(ValueError("nonce too low")) == "nonce too low"
