"""Every command of the README, run in its order as a newcomer would."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest

from tests.support.paths import ROOT
from tests.support.ports import free_port

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
ELSEWHERE = {
    "make demo": "tests/services/cli/test_maintenance.py, and the CI script",
    "make test": "this test is a part of it",
}
SERVER = "make serve"
BASH = "/bin/bash"


def commands() -> list[str]:
    return [line for block in BLOCKS for line in block.splitlines() if line not in ELSEWHERE]


@pytest.fixture
def newcomer(tmp_path):
    """A folder that looks like a clone after `make setup`, and a free port."""
    for entry in ROOT.iterdir():
        if entry.name != "var":
            (tmp_path / entry.name).symlink_to(entry)
    inherited = os.environ.items()  # noqa: TID251 — what a shell inherits
    environ = {name: value for name, value in inherited if not name.startswith("BILUM_")}
    return tmp_path, environ | {
        "BILUM_PORT": str(free_port()),
        "BILUM_BATCH_SECONDS": "1",
        # Setting up again from here would install this folder in place of the project's.
        "MAKEFLAGS": "--old-file=.venv/.installed",
    }


@contextmanager
def serving(line, script, newcomer):
    """Run the line that starts the server, and wait until it listens."""
    folder, environ = newcomer
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(
            [BASH, "-euc", f"{script}exec {line}"],
            cwd=folder,
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait_for(f"http://127.0.0.1:{environ['BILUM_PORT']}/ready")
            yield folder / "server.log"
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def _wait_for(url, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 — our own address
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@pytest.mark.sockets
@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv/bin/bilum").exists(), reason="run `make setup` first")
def test_readme__every_command_in_order__does_what_it_says(newcomer):
    assert shutil.which("curl"), "the README says to install curl"
    lines = commands()
    start = lines.index(SERVER)
    before, after = lines[:start], lines[start + 1 :]
    folder, environ = newcomer
    with serving(SERVER, "\n".join(before) + "\n", newcomer) as log:
        ended = subprocess.run(
            [BASH, "-euxc", "\n".join(after)],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        shown = log.read_text(encoding="utf-8")
    assert "We wrote down your pig" in shown
    assert "1 record(s) proven" in ended.stdout
    assert "8 chain id, genesis, contract ... ok" in ended.stdout
    assert "CLEAN: 2 records" in ended.stdout
    assert "70000001" not in shown.replace("+675•••••001", "")


def test_readme__commands_run_elsewhere__are_still_there():
    assert {line for block in BLOCKS for line in block.splitlines()} >= ELSEWHERE.keys()
    assert SERVER in commands()
