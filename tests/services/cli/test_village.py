"""`bilum village` on the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
from uuid import uuid4

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from urllib3.exceptions import HTTPError

from services.box.runtime import IDENTITY, Box
from services.box.store import set_state
from services.box.threads import exclusive
from services.core.settings import Settings
from services.devices.signing_client import Identity, save_identity
from tests.flow.boxes import wait_until
from tests.services.box.test_enrolment import code_for
from tests.services.world import open_folder
from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.web import on_socket


@pytest.fixture
def box(bilum, tmp_path):
    """Changes the box behind the command."""

    def change(**states):
        opened = Box.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
        with opened.store.write() as unit:
            for name, value in states.items():
                set_state(unit, name, value)
        opened.close()
        return opened

    return change


def identify(folder):
    private = Ed25519PrivateKey.generate()
    save_identity(Identity.of("http://127.0.0.1:9", str(uuid4()), private), folder / IDENTITY)


def test_status__never_enrolled__names_the_command_and_fails(bilum):
    ended = bilum("village", "status")
    assert ended.status == 1
    assert "not enrolled: bilum village enrol URL CODE\n" in ended.out


def test_status__carrier_takes_nothing__tells_why_and_fails(bilum, box):
    down = {"code": "sms.carrier_unreachable", "since": "2026-11-25T02:00:00Z"}
    identify(box(carrier=down).folder)
    ended = bilum("village", "status")
    assert ended.status == 1
    why = "sms.carrier_unreachable, since 2026-11-25T02:00:00Z"
    assert f"carrier       takes no text: {why}\n" in ended.out


def test_status__of_a_fresh_box__tells_that_nothing_waits(bilum, box):
    identify(box().folder)
    ended = bilum("village", "status")
    assert ended.status == 0
    assert "waiting       0 from phones and readers" in ended.out
    assert "last sync     never" in ended.out
    assert "carrier" not in ended.out
    assert "not enrolled" not in ended.out


def test_status__of_a_revoked_box__tells_why_and_fails(bilum, box):
    box(stopped="The server does not believe this box any more", skew=-40, refused={"invalid": 2})
    ended = bilum("village", "status")
    assert ended.status == 1
    assert "stopped       The server does not believe this box any more" in ended.out
    assert "clock         -40 s against the server" in ended.out
    assert "refused       2 by the server: invalid" in ended.out


@pytest.mark.parametrize("command", ["run", "sync"])
def test_command__before_it_is_enrolled__says_so(bilum, command):
    ended = bilum("village", command)
    assert ended.status == 2
    assert "enrol it first: bilum village enrol URL CODE" in ended.err


def test_enrol__while_the_box_runs__is_refused(bilum, box):
    with exclusive(box().folder):
        ended = bilum("village", "enrol", "http://127.0.0.1:9", "7KQ2")
    assert (ended.status, "box_busy" in ended.err) == (3, True)


@pytest.mark.sockets
def test_enrol__at_a_server__tells_the_device_and_sync_tells_what_waits(bilum, tmp_path):
    world = open_folder(tmp_path / "server")
    with on_socket(world.app) as url:
        ended = bilum("village", "enrol", url, code_for(world))
        assert ended.status == 0, ended.err
        assert "Start it: bilum village run" in ended.out
    ended = bilum("village", "sync")
    assert (ended.status, ended.out) == (3, "0 wait, 0 texts for phones\n")
    assert "does not answer" in ended.err
    world.runtime.close()


@pytest.mark.slow
@pytest.mark.sockets
def test_run__until_sigterm__takes_in_and_ends_in_good_order(bilum, box, tmp_path):
    folder, port = box(counter=1).folder, free_port()
    identify(folder)
    environ = {
        "BILUM_DATA_DIR": str(tmp_path / "data"),
        "BILUM_PORT": str(port),
        "BILUM_KANNEL_SECRET": "a-secret-of-the-box",
    }
    shown = tmp_path / "shown.txt"
    with shown.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", "from services.cli import main; main()", "village", "run"],
            env=environ,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    pool = urllib3.PoolManager(retries=False)
    wait_until(lambda: _answers(pool, port), "the box", 60)
    told = {"secret": "a-secret-of-the-box", "from": "+67570000001", "text": "HELP"}
    url = f"http://127.0.0.1:{port}/gateway/kannel/mo"
    assert pool.request("GET", url, fields=told | {"id": str(uuid4())}).status == 200
    wait_until(lambda: "HELP 2" in shown.read_text("utf-8"), "the answer", 60)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    for hidden in ("70000001", "a-secret-of-the-box", "HELP"):
        assert hidden not in err
    ended = bilum("village", "status")
    assert "waiting       1 from phones and readers" in ended.out
    assert "on its way    request 1" in ended.out


def _answers(pool, port) -> bool:
    try:
        return pool.request("GET", f"http://127.0.0.1:{port}/health").status == 200
    except HTTPError:
        return False
