"""Every command of the README, docs/api.md and docs/audit.md, in its order, as a newcomer would."""

from __future__ import annotations

import json
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

ELSEWHERE = {
    "make demo": "tests/services/cli/test_maintenance.py, and the CI script",
    "make test": "this test is a part of it",
}
SERVER = "make serve"
BASH = "/bin/bash"
PORT = "8080"


def blocks(page, language="sh"):
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands():
    """The lines of the README before and after the one that starts the server."""
    lines = [
        line
        for block in blocks("README.md")
        for line in block.splitlines()
        if line not in ELSEWHERE
    ]
    start = lines.index(SERVER)
    return lines[:start], lines[start + 1 :]


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


def _wait_for(url, seconds=180):
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 — our own address
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def run(script, newcomer):
    """Run commands in a second terminal; return what they print."""
    folder, environ = newcomer
    ended = subprocess.run(
        [BASH, "-euxc", script.replace(PORT, environ["BILUM_PORT"])],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.sockets
@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv/bin/bilum").exists(), reason="run `make setup` first")
def test_readme__every_command_in_order__does_what_it_says(newcomer):
    assert shutil.which("curl"), "the README says to install curl"
    before, after = commands()
    with serving(SERVER, "\n".join(before) + "\n", newcomer) as log:
        printed = run("\n".join(after), newcomer)
        replies = "".join(blocks("README.md", "text")).splitlines()
        shown = wait_until_shown(replies, log)
    assert "is registered at" in shown
    assert "1 record(s) proven" in printed
    assert ": animal 598000000000017, register, " in printed
    assert "8 chain id, genesis, contract ... ok" in printed
    assert "CLEAN: 2 records" in printed
    assert "70000001" not in shown.replace("+675•••••001", "")


@pytest.mark.sockets
@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv/bin/bilum").exists(), reason="run `make setup` first")
def test_api_guide__every_command_in_order__does_what_it_says(newcomer):
    before, _ = commands()
    with serving(SERVER, "\n".join(before) + "\n", newcomer):
        printed = run("".join(blocks("docs/api.md")), newcomer)
    (shown,) = map(json.loads, blocks("docs/api.md", "json"))
    moved, repeated, decided, animal, events, more = map(json.loads, printed.splitlines())
    assert [one["type"] for one in moved["events"]] == ["depart", "arrive"]
    assert repeated == moved
    assert decided["decisions"][0]["reasons"][0] == shown["decisions"][0]["reasons"][0]
    assert animal["status"] == "unregistered"
    assert [stay["since"] for stay in animal["stays"]] == [None, "2026-01-05"]
    assert [page["items"][0]["type"] for page in (events, more)] == ["depart", "arrive"]


@pytest.mark.sockets
@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv/bin/bilum").exists(), reason="run `make setup` first")
def test_audit_guide__every_command_in_order__does_what_it_says(newcomer):
    before, after = commands()
    proven = next(place for place, line in enumerate(after) if "bilum proof" in line)
    with serving(SERVER, "\n".join(before) + "\n", newcomer):
        run("\n".join(after[: proven + 1]), newcomer)
        printed = run("".join(blocks("docs/audit.md")), newcomer)
    assert printed.count("CLEAN: 2 records") == 3
    assert "CLEAN: 0 records" in printed
    assert "sample: 0, 1" in printed
    assert "omitted: exit status 1" in printed


def wait_until_shown(replies, log, seconds=60):
    """Return what the server has written when the last replies have gone out."""
    end = time.monotonic() + seconds
    while True:
        written = log.read_text(encoding="utf-8")
        on_phones = re.sub(r"\s*│\n│\s*", " ", written)
        missing = [reply for reply in replies if reply not in on_phones]
        if not missing:
            return written
        assert time.monotonic() < end, missing
        time.sleep(0.2)


def test_readme__commands_run_elsewhere__are_still_there():
    lines = {line for block in blocks("README.md") for line in block.splitlines()}
    assert lines >= {SERVER, *ELSEWHERE}
