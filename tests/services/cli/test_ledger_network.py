"""The commands that make a network, as each organisation runs them; the script of compose."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account

from chain.network import Validator
from tests.support.paths import ROOT


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def organisations(bilum, tmp_path):
    """Four folders, each with a key of its own, and what each gave to the others."""
    urls = {}
    for name in ("naqia", "dal", "university", "ministry"):
        (tmp_path / name).mkdir()
        host = f"203.0.113.{len(urls) + 1}"
        made = bilum("ledger", "network", "key", tmp_path / name / "validator.key", "--host", host)
        assert made.status == 0
        urls[name] = made.out.strip()
    return urls


def test_network__four_organisations__make_one_genesis_from_urls_alone(
    bilum, organisations, tmp_path
):
    texts, urls = [], list(organisations.values())
    for turn, name in enumerate(organisations):
        own = [*urls[turn:], *urls[:turn]]
        path = tmp_path / name / "genesis.json"
        ended = bilum("ledger", "network", "genesis", path, *own, "--chain-id", 675002)
        assert (ended.status, "1 of them may be down" in ended.err) == (0, True)
        assert bilum("ledger", "network", "peers", path.with_name("peers.json"), *own).status == 0
        texts += [path.read_bytes()]
        assert json.loads(path.with_name("peers.json").read_text()) == sorted(urls)
    assert len(set(texts)) == 1
    for name, url in organisations.items():
        key = (tmp_path / name / "validator.key").read_text()
        assert key.count("\n") == 1
        assert Validator.parse(url).address == Account.from_key(key.strip()).address
        assert mode(tmp_path / name / "validator.key") == 0o600


def test_network_key__there_already__stays_and_is_told_again(bilum, organisations, tmp_path):
    path = tmp_path / "dal" / "validator.key"
    before = path.read_bytes()
    again = bilum("ledger", "network", "key", path, "--host", "203.0.113.2")
    assert again.out.strip() == organisations["dal"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["", "zz", "0x12"])
def test_network_key__file_of_something_else__is_refused_and_stays(bilum, tmp_path, text):
    path = tmp_path / "validator.key"
    path.write_text(text)
    ended = bilum("ledger", "network", "key", path, "--host", "203.0.113.1")
    assert (ended.status, "chain.network" in ended.err) == (2, True)
    assert path.read_text() == text


def test_network_genesis__another_one_there__is_not_overwritten(bilum, organisations, tmp_path):
    path, urls = tmp_path / "genesis.json", list(organisations.values())
    assert bilum("ledger", "network", "genesis", path, *urls, "--chain-id", 1).status == 0
    before = path.read_bytes()
    assert bilum("ledger", "network", "genesis", path, *urls, "--chain-id", 1).status == 0
    ended = bilum("ledger", "network", "genesis", path, *urls[:3], "--chain-id", 1)
    assert (ended.status, "another genesis" in ended.err) == (2, True)
    assert path.read_bytes() == before


def test_network_genesis__folder_is_not_there__is_one_sentence(bilum, organisations, tmp_path):
    path = tmp_path / "nowhere" / "genesis.json"
    ended = bilum("ledger", "network", "genesis", path, organisations["dal"], "--chain-id", 1)
    assert (ended.status, "cannot be written" in ended.err) == (2, True)


RECORDER = "f39fd6e51aad88f6f4ce6ab8827279cfffb92266"


@pytest.fixture
def make_network(tmp_path):
    """Run the script of the one-shot services, as compose does."""
    network = tmp_path / "network"
    network.mkdir()
    (tmp_path / "keystore").write_text(json.dumps({"version": 3, "address": RECORDER}))
    environ = {
        "PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        "NETWORK": str(network),
        "KEYSTORE": str(tmp_path / "keystore"),
        "BESU_USER": f"{os.getuid()}:{os.getgid()}",
        "VALIDATORS_NET": "172.30.67",
    }

    def run(count):
        script = ROOT / "deploy/besu/make-network.sh"
        subprocess.run(["/bin/sh", script, str(count)], env=environ, check=True)
        found = {
            str(path.relative_to(network)): path.read_bytes()
            for path in network.rglob("*")
            if path.is_file()
        }
        return found, json.loads(found["static-nodes.json"]), json.loads(found["genesis.json"])

    return run


@pytest.mark.slow
def test_make_network__four_and_then_one__is_a_network_of_four(make_network):
    made, urls, genesis = make_network(4)
    assert set(made) == {
        "genesis.json",
        "static-nodes.json",
        *(f"{number}/validator.key" for number in (1, 2, 3, 4)),
    }
    assert make_network(1)[0] == made
    assert list(genesis["alloc"]) == [RECORDER]
    hosts = {}
    for url in urls:
        validator = Validator.parse(url)
        hosts[validator.host] = validator.address.lower()[2:]
        assert hosts[validator.host] in genesis["extraData"]
    for number in (1, 2, 3, 4):
        key = made[f"{number}/validator.key"].decode().strip()
        assert hosts[f"172.30.67.1{number}"] == Account.from_key(key).address.lower()[2:]


@pytest.mark.slow
def test_make_network__one_and_later_four__keeps_the_genesis_and_names_all_peers(make_network):
    _, one, genesis = make_network(1)
    later, urls, same = make_network(4)
    assert same == genesis
    assert (len(one), len(urls)) == (1, 4)
    assert set(one) < set(urls)
    assert len(later) == 6


@pytest.mark.slow
def test_make_network__key_where_an_older_version_kept_it__is_the_first_validators(
    make_network, tmp_path
):
    key = "0x" + "11" * 32
    (tmp_path / "network" / "validator.key").write_text(key)
    (tmp_path / "network" / "genesis.json").write_text("{}")
    made, _, genesis = make_network(1)
    assert made["1/validator.key"].decode() == key
    assert genesis == {}
