"""The files of a network of Besu validators, held against what Besu's own tests say."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
import rlp
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import LedgerError, NetworkError
from chain.network import (
    Validator,
    extra_data,
    genesis,
    static_nodes,
    tolerated,
    validator_of,
)

# Besu 26.3, OperatorSubCommandTest.shouldImportPublicKeys… with config_import_keys_qbft.json.
BESU_KEYS = (
    (
        "9481ee2b34196827e8c4807ae29c2675c15d3641e482ab81cc0bc3ef535755b4"
        "26b9f5c474213df28a563fab0bf0830b455ee8955b3faac93075422a6abf160d"
    ),
    (
        "f9dff57fc0bae7cba6577d82caf40cf6d266afc2a212775eb45c2188ab30aeed"
        "01e724daf4203649d4aa7e30717bfeeaf0b4c30b5d651bad39bcae8429759889"
    ),
)
BESU_EXTRA_DATA = (
    "f84fa00000000000000000000000000000000000000000000000000000000000000000ea94d5feb0fc5a54a89f97"
    "aeb34c3df15397c19f6dd294d6a9a4c886eb008ac307abdc1f38745c1dd13a88c080c0"
)
RECORDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def four():
    return [validator_of(bytes([n]) * 32, f"172.30.67.1{n}") for n in (1, 2, 3, 4)]


def test_extra_data__of_besus_own_keys__is_besus_own():
    validators = [Validator(bytes.fromhex(key), "10.0.0.1") for key in BESU_KEYS]
    assert extra_data([each.address for each in validators]).hex() == BESU_EXTRA_DATA


def test_extra_data__decoded__is_vanity_sorted_validators_no_vote_round_0_no_seals():
    validators = four()
    vanity, addresses, vote, round_, seals = rlp.decode(
        extra_data([each.address for each in validators])
    )
    assert (vanity, vote, round_, seals) == (bytes(32), [], b"", [])
    accounts = [Account.from_key(bytes([n]) * 32).address for n in (1, 2, 3, 4)]
    assert addresses == sorted(bytes.fromhex(address[2:]) for address in accounts)


def test_genesis__same_validators_in_any_order_and_spelling__is_the_same_bytes():
    texts = set()
    for validators in permutations(four()):
        shouted = [each.enode.upper().replace("ENODE", "enode") for each in validators]
        texts.add(genesis(675001, [Validator.parse(url) for url in shouted], [RECORDER.lower()]))
    assert texts == {genesis(675001, four(), [RECORDER])}


def test_genesis__of_four__has_free_gas_the_contracts_rules_and_the_money():
    document = json.loads(genesis(675001, four(), [RECORDER]))
    config = document["config"]
    assert config["chainId"] == 675001
    assert (config["cancunTime"], config["shanghaiTime"], config["londonBlock"]) == (0, 0, 0)
    assert config["zeroBaseFee"] is True
    assert set(config["qbft"]) == {"blockperiodseconds", "epochlength", "requesttimeoutseconds"}
    assert bytes.fromhex(document["mixHash"][2:]) == b"ctical byzantine fault tolerance"
    assert int(document["gasLimit"], 16) == 60_000_000
    assert document["difficulty"] == "0x1"
    assert list(document["alloc"]) == [RECORDER[2:].lower()]
    assert document["extraData"] == "0x" + extra_data([v.address for v in four()]).hex()


def test_static_nodes__of_four__are_their_urls_with_their_public_keys():
    urls = json.loads(static_nodes(four()[::-1]))
    assert urls == sorted(urls)
    for n in (1, 2, 3, 4):
        public = Account.from_key(bytes([n]) * 32)._key_obj.public_key.to_bytes().hex()
        assert f"enode://{public}@172.30.67.1{n}:30303" in urls


@given(st.integers(1, 2**255), st.ip_addresses(), st.integers(1, 65_535))
def test_parse__enode_of_any_validator__is_that_validator(key, host, port):
    validator = validator_of(key.to_bytes(32), str(host), port)
    assert Validator.parse(validator.enode) == validator


GOOD = validator_of(bytes([1]) * 32, "10.0.0.1").enode


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is not enode"),
        (GOOD.replace("enode", "http"), "is not enode"),
        (GOOD.replace("enode://", "enode://0"), "is not enode"),
        (GOOD.replace(":30303", ""), "is not enode"),
        (GOOD + "?discport=0", "is not enode"),
        (GOOD.replace(":30303", ":70000"), "no port"),
        (GOOD.replace(":30303", ":0"), "no port"),
        (GOOD.replace("10.0.0.1", "node.example"), "no IP address"),
        (GOOD[:9] + ("0" if GOOD[9] != "0" else "1") + GOOD[10:], "a digit is wrong"),
        (f"enode://{'0' * 128}@10.0.0.1:1", "a digit is wrong"),
    ],
)
def test_parse__no_enode__is_refused_with_the_reason(url, said):
    with pytest.raises(NetworkError, match=said):
        Validator.parse(url)


@pytest.mark.parametrize(
    "validators",
    [
        [],
        [four()[0], validator_of(bytes([1]) * 32, "10.0.0.9")],
        [four()[0], validator_of(bytes([9]) * 32, "172.30.67.11")],
    ],
    ids=["none", "one key twice", "one place twice"],
)
def test_genesis__validators_that_are_not_distinct__are_refused(validators):
    for make in (lambda: genesis(1, validators), lambda: static_nodes(validators)):
        with pytest.raises(NetworkError):
            make()


def test_genesis__money_for_no_address__is_refused():
    with pytest.raises(LedgerError, match="not an address"):
        genesis(1, four(), ["0x12"])


@pytest.mark.parametrize(("count", "down"), [(1, 0), (3, 0), (4, 1), (6, 1), (7, 2)])
def test_tolerated__validators__is_fewer_than_a_third(count, down):
    assert tolerated(count) == down
