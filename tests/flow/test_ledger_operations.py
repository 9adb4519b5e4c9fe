"""What docs/ledger-operations.md tells an operator to do, done on a real node by its commands."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from chain.connection import connect
from chain.errors import LedgerError, RecordRefused, WalletEmpty
from services.audit.findings import Difference
from services.runtime.workers import open_recorder
from services.storage.sending_right import give_right
from tests.anvil import RICH_SIGNER, running_anvil
from tests.flow.operators import ADMIN, Operator
from tests.support.bad_link import bad_link
from tests.support.ports import free_port

MARIA = "+67570000001"
PIGS = [f"REG 5980000000000{n}" for n in (17, 25, 33, 41)]
DELAY = 172_800

pytestmark = pytest.mark.anvil


@pytest.fixture
def typed(monkeypatch, capsys):
    return monkeypatch, capsys


@pytest.fixture
def node():
    with running_anvil() as url:
        yield url


@pytest.fixture
def operator(tmp_path, node, typed):
    operator = Operator(tmp_path, node, typed)
    operator.deploy("--admin", ADMIN.address)
    operator.run("db", "upgrade")
    return operator


@pytest.fixture
def operator_on_postgres(tmp_path, node, typed, postgres_url):
    operator = Operator(tmp_path, node, typed, BILUM_DATABASE_URL=postgres_url)
    operator.deploy("--admin", ADMIN.address)
    return operator


def test_deploy__its_file_cannot_be_written__tells_the_address_all_the_same(
    tmp_path, node, typed, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    operator = Operator(tmp_path, node, typed)
    chain_id = int(operator.ask("eth_chainId"), 16)
    file = tmp_path / "data" / f"{chain_id}.json"
    file.mkdir(parents=True)
    address, rest = operator.run("ledger", "deploy", status=3).split("\n", 1)
    assert f"The ledger is at {address}, but {file} cannot be written: Is a directory" in rest
    assert "do not deploy again" in rest
    file.rmdir()
    address, rest = operator.run("ledger", "deploy").split("\n", 1)
    assert json.loads(file.read_text(encoding="utf-8"))["address"] == address
    assert f"Written to {file}; set BILUM_LEDGER_ADDRESS." in rest


def test_deploy__an_address_is_given__deploys_nothing_and_wants_a_contract_there(operator):
    given = operator.environ["BILUM_LEDGER_ADDRESS"]
    before = operator.ask("eth_blockNumber")
    said = operator.run("ledger", "deploy", "--address-file", operator.folder / "other")
    assert said.split() == [given, "It", "is", "there."]
    operator.environ["BILUM_LEDGER_ADDRESS"] = ADMIN.address
    assert "chain.no_contract" in operator.run("ledger", "deploy", status=3)
    assert operator.ask("eth_blockNumber") == before


def records_on_chain(stage):
    with connect(stage.runtime.settings.chain, write=False) as chain:
        return [leaf for batch in chain.logs.batches() for leaf in batch.leaves]


def assert_each_once(stage):
    """The audit is clean, and nothing is on the chain twice."""
    report = stage.audit()
    assert (report.clean, report.waiting) == (True, 0), report.findings
    assert set(Counter(records_on_chain(stage)).values()) == {1}


def new_recorder(operator):
    """Follow the guide: make a key, pay its gas, grant it the role."""
    options = operator.key("new")
    address = operator.run("ledger", "key", "create", *options).strip()
    operator.run("ledger", "fund", address, 1, *operator.admin)
    operator.run("ledger", "grant", address, *operator.admin)
    return address


@pytest.mark.postgres
def test_rotation__in_the_middle_of_recording__each_record_is_there_once(operator_on_postgres):
    rotate_while_recording(operator_on_postgres)


def test_rotation__in_the_middle_of_recording_on_sqlite__each_record_is_there_once(operator):
    rotate_while_recording(operator)


def rotate_while_recording(operator):
    address = new_recorder(operator)
    with operator.stage() as stage:
        stage.send(MARIA, PIGS[0])
        stage.record()
        operator.mine(at_once=False)
        with open_recorder(stage.runtime) as step:
            for pig in PIGS[1:3]:
                stage.send(MARIA, pig)
                assert step(flush=True).on_the_way
    operator.take_key("new")
    assert "ok    signer" in operator.run("doctor")
    with operator.stage() as stage:
        stage.send(MARIA, PIGS[3])
        with open_recorder(stage.runtime) as step:
            assert step(flush=True).on_the_way == 3
        operator.mine(at_once=True)
        stage.record()
        operator.run("ledger", "revoke", RICH_SIGNER.address, *operator.admin)
        stage.send(MARIA, "PLACE Kudjip")
        stage.record()
        assert_each_once(stage)
    told = operator.status()
    assert (told["recorder"], told["recorder_may_record"]) == (address, True)
    senders = {
        operator.ask("eth_getTransactionByHash", log["transactionHash"])["from"]
        for log in operator.ask(
            "eth_getLogs", {"address": told["contract"], "fromBlock": "0x0", "toBlock": "latest"}
        )
        if len(log["topics"]) == 2 and len(log["data"]) > 66
    }
    assert senders >= {RICH_SIGNER.address.lower(), address.lower()}
    operator.run("audit")


def test_rotation__old_key_revoked_with_batches_on_their_way__the_new_key_records_them(operator):
    new_recorder(operator)
    with operator.stage() as stage:
        stage.send(MARIA, PIGS[0])
        operator.mine(at_once=False)
        with open_recorder(stage.runtime) as step:
            assert step(flush=True).on_the_way == 1
    operator.ask("anvil_dropAllTransactions")
    operator.mine(at_once=True)
    operator.run("ledger", "revoke", RICH_SIGNER.address, *operator.admin)
    # Its wallet is emptied as well: the node takes nothing more of that key.
    operator.ask("anvil_setBalance", RICH_SIGNER.address, "0x0")
    assert "lacks the recorder role" in operator.run("doctor", status=1)
    operator.take_key("new")
    with operator.stage() as stage:
        stage.record()
        assert_each_once(stage)


def test_admin__one_key_for_both_and_a_command_meanwhile__each_record_is_there_once(
    tmp_path, node, typed
):
    operator = Operator(tmp_path, node, typed)
    operator.deploy("--recorder", RICH_SIGNER.address)
    operator.run("db", "upgrade")
    with operator.stage() as stage, ThreadPoolExecutor(1) as pool:
        stage.send(MARIA, PIGS[0])
        operator.mine(at_once=False)
        with open_recorder(stage.runtime) as step:
            step(flush=True)
            with connect(stage.runtime.settings.chain, write=True) as chain:
                granted = pool.submit(chain.administration.grant, ADMIN.address)
                while operator.ask("txpool_status")["pending"] != "0x2":
                    assert not granted.done()
                stage.send(MARIA, PIGS[1])
                with suppress(LedgerError):
                    step(flush=True)
                operator.mine(at_once=True)
                granted.result(timeout=60)
        stage.record()
        assert_each_once(stage)


def test_revoke__key_that_records_now__records_wait_and_go_on_after_the_grant(operator):
    with operator.stage() as stage:
        operator.run("ledger", "revoke", RICH_SIGNER.address, *operator.admin)
        assert "WRONG" in stage.send(MARIA, PIGS[0])
        with pytest.raises(LedgerError, match="lacks the recorder role"):
            stage.record()
        operator.run("ledger", "grant", RICH_SIGNER.address, *operator.admin)
        stage.record()
        assert_each_once(stage)


def test_pause__and_unpause__records_wait_and_go_on(operator):
    with operator.stage() as stage:
        operator.run("ledger", "pause", *operator.admin)
        assert "WRONG" in stage.send(MARIA, PIGS[0])
        with pytest.raises(RecordRefused, match="paused"):
            stage.record()
        assert operator.status()["paused"] is True
        operator.run("ledger", "unpause", *operator.admin)
        stage.record()
        assert_each_once(stage)


def test_wallet__empty_and_filled__records_wait_and_go_on(operator):
    with operator.stage() as stage:
        operator.ask("anvil_setBalance", RICH_SIGNER.address, "0x0")
        assert "WRONG" in stage.send(MARIA, PIGS[0])
        with pytest.raises(WalletEmpty, match=f"{RICH_SIGNER.address} holds 0"):
            stage.record()
        assert operator.status()["recorder_balance"] == 0
        operator.run("ledger", "fund", RICH_SIGNER.address, "0.5", *operator.admin)
        assert operator.status()["recorder_balance"] == 5 * 10**17
        stage.record()
        assert_each_once(stage)


def test_admin__begun_and_accepted_after_the_delay__the_old_admin_is_none(operator):
    heir = operator.run("ledger", "key", "create", *operator.key("heir")).strip()
    operator.run("ledger", "fund", heir, 1, *operator.admin)
    operator.run("ledger", "admin", "begin", RICH_SIGNER.address, *operator.admin)
    operator.run("ledger", "admin", "cancel", *operator.admin)
    assert "may accept after" in operator.run("ledger", "admin", "begin", heir, *operator.admin)
    assert operator.status()["handover"].startswith(heir)
    said = operator.run("ledger", "admin", "accept", *operator.key("heir"), status=3)
    assert "seconds are left" in said
    operator.ask("evm_increaseTime", DELAY + 1)
    operator.ask("evm_mine")
    assert f"{heir} is the admin" in operator.run(
        "ledger", "admin", "accept", *operator.key("heir")
    )
    assert "chain.not_admin" in operator.run("ledger", "pause", *operator.admin, status=3)
    operator.run("ledger", "pause", *operator.key("heir"))
    told = operator.status()
    assert (told["admin"], told["paused"], told["handover"]) == (heir, True, None)


def test_restore__of_an_old_backup__content_lost_is_all_and_recording_goes_on(operator):
    restore_and_go_on(operator)


@pytest.mark.postgres
def test_restore__of_an_old_backup_of_postgresql__content_lost_is_all(operator_on_postgres):
    restore_and_go_on(operator_on_postgres)


def restore_and_go_on(operator):
    backup = operator.folder / "monday.tar.gz"
    with operator.stage() as stage:
        stage.send(MARIA, PIGS[0])
        kept = stage.record()
        operator.run("backup", "--plain", backup)
        stage.send(MARIA, PIGS[1])
        stage.send(MARIA, PIGS[2])
        size = stage.record()
        lose_database(stage, operator)
    operator.run("restore", backup)
    assert "let-send" in operator.run("doctor", status=1)
    before = operator.status()
    assert before["size"] == size
    with operator.stage() as stage:
        with stage.runtime.database.write() as session:
            give_right(session, None, stage.runtime.clock())
        stage.record()
        assert stage.runtime.recorder_store.size() == size
        assert re.findall(r"[0-9a-f]{64}", stage.send(MARIA, "ROOT")) == [before["root"]]
        findings = stage.audit().findings
        assert {found.difference for found in findings} == {Difference.CONTENT_LOST}
        assert len(findings) == size - kept
        stage.send(MARIA, PIGS[3])
        assert stage.record() > size
        assert len(stage.audit().findings) == size - kept
        assert set(Counter(records_on_chain(stage)).values()) == {1}
    assert "CONTENT LOST" in operator.run("audit", status=1).upper()


def lose_database(stage, operator):
    """Lose the data folder but for the key, and PostgreSQL's tables where they are."""
    if not stage.runtime.database.is_sqlite:
        with stage.runtime.database.write() as session:
            session.connection().exec_driver_sql("DROP SCHEMA public CASCADE")
            session.connection().exec_driver_sql("CREATE SCHEMA public")
    stage.runtime.close()
    data, broken = operator.folder / "data", operator.folder / "broken"
    shutil.move(data, broken)
    data.mkdir(mode=0o700)
    shutil.copy2(broken / "data.key", data)


def test_node__another_of_the_same_chain__goes_on_where_the_other_was(operator):
    with operator.stage() as stage:
        stage.send(MARIA, PIGS[0])
        stage.record()
    port = int(operator.url.rpartition(":")[2])
    with bad_link(("127.0.0.1", port), chance=0, most=1) as other:
        operator.environ["BILUM_CHAIN_URL"] = other.url
        operator.run("doctor")
        with operator.stage() as stage:
            stage.send(MARIA, PIGS[1])
            stage.record()
            assert_each_once(stage)
    operator.environ["BILUM_CHAIN_URL"] = f"http://127.0.0.1:{free_port()}"
    assert "chain.node_unreachable" in operator.run("ledger", "status", status=3)


def test_node__of_another_chain__is_refused_and_nothing_is_recorded(operator):
    with operator.stage() as stage:
        stage.send(MARIA, PIGS[0])
        stage.record()
    own = operator.status()
    with running_anvil("--chain-id", "4242") as other:
        operator.environ["BILUM_CHAIN_URL"] = other
        address = operator.environ["BILUM_LEDGER_ADDRESS"]
        assert "wrong ledger" in operator.run("doctor", status=1)
        (operator.folder / "address").unlink()
        operator.deploy("--admin", ADMIN.address)
        assert "The database belongs to" in operator.run("doctor", status=1)
        with operator.stage() as stage:
            stage.send(MARIA, PIGS[1])
            with pytest.raises(LedgerError, match="belongs to"):
                stage.record()
        assert operator.status()["size"] == 0
    operator.environ |= {"BILUM_CHAIN_URL": operator.url, "BILUM_LEDGER_ADDRESS": address}
    with operator.stage() as stage:
        stage.record()
        assert_each_once(stage)
    assert operator.status()["size"] > own["size"]


def test_status__in_words__tells_identity_size_root_roles_and_ages(operator):
    with operator.stage() as stage:
        assert "newest record age: -" in operator.run("ledger", "status")
        stage.send(MARIA, PIGS[0])
        size = stage.record()
        root = stage.newest_checkpoint().root.hex()
    said = operator.run("ledger", "status")
    for line in (f"size: {size}", f"root: {root}", "paused: False", f"admin: {ADMIN.address}"):
        assert line in said
    told = operator.status()
    assert 0 <= told["newest_record_age"] < 600
    assert told["head_age"] <= told["newest_record_age"]


@pytest.mark.parametrize("command", ["grant", "pause"])
def test_admin_command__of_a_key_that_is_not_the_admins__says_whose_it_is(operator, command):
    address = (RICH_SIGNER.address,) if command == "grant" else ()
    revoked = ("ledger", "revoke", RICH_SIGNER.address, *operator.admin)
    operator.run(*revoked)
    said = operator.run("ledger", command, *address, status=3)
    assert f"{ADMIN.address} is" in said
    assert "chain.not_admin" in said


def test_admin_command__keystore_without_its_password__is_wrong_usage(operator):
    said = operator.run("ledger", "pause", "--keystore", operator.folder / "admin.json", status=2)
    assert "together" in said
