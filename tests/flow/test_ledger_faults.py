"""A ledger that is missing or the wrong one: it is said which, and pigs are still reported."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from chain.errors import LedgerError, NoContract, NodeUnreachable, WrongChain
from chain.settings import ChainSettings
from services.cli.demo_stage import Stage
from services.maintenance.deployment import deploy_ledger
from services.runtime.jobs import recorder_job
from tests.anvil import running_anvil
from tests.flow.deployments import PASSWORD, make_keystore, on_node
from tests.support.ports import free_port

MARIA = "+67570000001"
NOBODY = "0x00000000000000000000000000000000000000AA"

pytestmark = pytest.mark.anvil


def deploy(url, folder):
    settings = ChainSettings(
        url=url,
        embedded=folder / "unused",
        keystore=make_keystore(folder),
        keystore_password=PASSWORD,
    )
    return deploy_ledger(settings, (None, None), folder / f"address-{free_port()}")[0]


@contextmanager
def opened(folder, url, address):
    stage = Stage(folder, io.StringIO(), on_node(url, address, make_keystore(folder)))
    try:
        yield stage
    finally:
        stage.runtime.close()


def expect(stage, error: type[LedgerError], caplog) -> None:
    """The fault is told by code, everywhere; messages are taken and answered all the same."""
    assert "WRONG" in stage.send(MARIA, "REG 598000000000017")
    ready = stage.ready()
    assert ready["status"] == 200
    assert ready["ledger"]["code"] == error.code
    with pytest.raises(error):
        stage.record()
    stop = Event()
    with caplog.at_level(logging.WARNING, "bilum.worker"):
        worker = Thread(target=recorder_job(stage.runtime).repeat, args=(stop,))
        worker.start()
        while not caplog.records:
            worker.join(0.05)
        stop.set()
        worker.join()
    assert f"({error.code}); field events are still accepted" in caplog.messages[0]
    assert stage.runtime.recorder_store.pending() > 0


def test_node__unreachable__is_said_and_events_are_accepted(tmp_path, caplog):
    with opened(tmp_path, f"http://127.0.0.1:{free_port()}", NOBODY) as stage:
        expect(stage, NodeUnreachable, caplog)


def test_contract__no_code_at_the_address__is_said_and_events_are_accepted(tmp_path, caplog):
    with running_anvil() as url, opened(tmp_path, url, NOBODY) as stage:
        expect(stage, NoContract, caplog)


def test_chain__another_than_the_database_belongs_to__is_said_and_events_are_accepted(
    tmp_path, caplog
):
    with running_anvil() as url, opened(tmp_path, url, deploy(url, tmp_path)) as stage:
        stage.send(MARIA, "PLACE Kudjip, Jiwaka")
        assert stage.record() == 1
    with (
        running_anvil("--chain-id", "4242") as other,
        opened(tmp_path, other, deploy(other, tmp_path)) as stage,
    ):
        expect(stage, WrongChain, caplog)


def test_node__back_again__everything_that_waited_is_recorded(tmp_path):
    with running_anvil() as url:
        address = deploy(url, tmp_path)
        with opened(tmp_path, f"http://127.0.0.1:{free_port()}", address) as stage:
            stage.send(MARIA, "REG 598000000000017")
            with pytest.raises(NodeUnreachable):
                stage.record()
        with opened(tmp_path, url, address) as stage:
            assert stage.record() == 2
            assert stage.audit(projections=True).clean
