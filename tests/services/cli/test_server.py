from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from services.core.keyring import KeyRing
from services.storage.data_key import read_key
from services.storage.vault import index_keys
from tests.support.paths import ROOT
from tests.support.ports import free_port

pytestmark = pytest.mark.sockets


def start(command, folder, port, **more):
    environ = {
        **more,
        "PATH": os.defpath,
        "BILUM_DATA_DIR": str(folder),
        "BILUM_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    code = f"import sys; sys.argv = ['bilum', *{command!r}]; from services.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environ,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """A folder that the command has brought to the newest schema, to copy."""
    folder = tmp_path_factory.mktemp("upgraded")
    with start(["db", "upgrade"], folder, 1) as process:
        assert process.wait(60) == 0
    return folder


@pytest.fixture
def folder(upgraded, tmp_path):
    return shutil.copytree(upgraded, tmp_path / "data")


def wait_until_ready(port):
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
                return answer.status
        except OSError:
            time.sleep(0.2)
    return None


@pytest.mark.parametrize(
    "ending",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_run__signals_in_a_row__ends_in_good_order(folder, ending):
    port = free_port()
    with start(["run"], folder, port) as process:
        assert wait_until_ready(port) == 200
        for _ in range(50):
            process.send_signal(ending)
        assert process.wait(60) == 0
        assert "Traceback" not in process.stderr.read()


@pytest.mark.slow
def test_worker__sigterm__ends(folder):
    with start(["worker"], folder, 1) as process:
        assert "at work" in process.stderr.readline()
        process.terminate()
        assert process.wait(60) == 0


@pytest.fixture
def known(folder):
    """A folder whose database knows a number."""
    who = ["party", "add", "--role", "inspector", "--phone", "70000003"]
    with start(who, folder, 1) as process:
        assert process.wait(60) == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_start__data_key_of_another_database__is_refused_and_says_why(known, command):
    (known / "data.key").write_text("11" * 32)
    with start([command], known, free_port()) as process:
        try:
            assert process.wait(60) == 3
        finally:
            process.kill()
        assert "wrong_data_key" in process.stderr.read()


@pytest.mark.slow
def test_start__ring_of_a_rotation_that_goes_on__works(known):
    ring = read_key(known / "data.key")
    both = KeyRing((bytes(range(32)), *ring.seals), index_keys(ring), links=ring.links)
    (known / "data.key").write_text(both.text())
    with start(["worker"], known, 1) as process:
        assert "at work" in process.stderr.readline()
        process.terminate()
        assert process.wait(60) == 0


def answer_of(port, path):
    url = f"http://127.0.0.1:{port}{path}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@pytest.mark.slow
def test_serve__told_to_end_with_seconds_to_drain__says_so_and_serves_until_then(folder):
    port = free_port()
    with start(["serve"], folder, port, BILUM_DRAIN_SECONDS="3") as process:
        assert wait_until_ready(port) == 200
        process.terminate()
        for _ in range(100):
            if answer_of(port, "/ready") == 503:
                break
            time.sleep(0.01)
        process.terminate()
        assert (answer_of(port, "/ready"), answer_of(port, "/health")) == (503, 200)
        assert process.poll() is None
        assert process.wait(60) == 0
        assert "Traceback" not in process.stderr.read()
