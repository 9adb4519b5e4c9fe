"""`bilum phone` as it is typed: on a server that runs, on one of its own, and refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading

import pytest

from services.simulator.setup import help_of
from tests.services.command import Ended
from tests.services.simulator.test_development import KANNEL
from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.servers import running_bilum, serving

pytestmark = pytest.mark.sockets

PIG = "598000000000017"
COMMAND = "from services.cli import main; main()"


def phone(folder, typed, *arguments, **environ):
    """Run the command in a process with lines piped in; where nothing listens but for `--url`."""
    ended = subprocess.run(
        [sys.executable, "-c", COMMAND, "phone", *arguments],
        input=typed.encode(),
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "BILUM_DATA_DIR": str(folder),
            "BILUM_PORT": str(free_port()),
            **environ,
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def shown(ended):
    """What was printed, each screen on one line."""
    assert ended.status == 0, ended.err
    assert "Traceback" not in ended.err
    return " ".join(ended.out.replace("│", " ").split())


@pytest.fixture(scope="module")
def servers(migrated_folder, tmp_path_factory):
    """Addresses of a server in development mode, and of one for others; and the first's log."""
    folders = [
        shutil.copytree(migrated_folder, tmp_path_factory.mktemp("server") / "data")
        for _ in range(2)
    ]
    with (
        running_bilum(folders[0], BILUM_DEVELOPMENT="1") as alone,
        running_bilum(folders[1]) as real,
    ):
        yield alone, real, folders[0] / "server.log"


@pytest.fixture
def here(bilum, monkeypatch):
    """Run the command in this process with lines piped in."""
    monkeypatch.setenv("BILUM_PORT", str(free_port()))
    # One text answers what is typed here.
    monkeypatch.setattr("services.cli.phone._LAST", 0.0)

    def run(typed, *arguments, **environ):
        read, write = os.pipe()
        os.write(write, typed)
        os.close(write)
        with os.fdopen(read) as keyboard, monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", keyboard)
            for name, value in environ.items():
                patch.setenv(name, value)
            return bilum("phone", *arguments)

    return run


@pytest.mark.slow
def test_phone__no_server_and_no_folder_yet__makes_one_and_answers(tmp_path):
    folder = tmp_path / "data"
    said = shown(phone(folder, f"PLACE Kudjip, Jiwaka\nREG {PIG}\n/quit\nHELP\n"))
    assert f"+67570000001> REG {PIG}" in said
    assert "is registered at" in said
    assert "Pig sick: SICK 3" not in said
    # What was done is there the next time.
    again = shown(phone(folder, f"/as 70000002\nTRACE {PIG}", "--lang", "tpi"))
    assert "Jiwaka" in again
    assert (folder / "chain.db").exists()


@pytest.mark.slow
def test_phone__two_phones_in_one_terminal__talk(here, tmp_path):
    """What another says of a pig is asked of its keeper, who says yes."""
    typed = f"REG {PIG}\n/as 70000002\nVACC {PIG} CSF\n/as 70000001\n1\n/as 70000002\n"
    said = shown(here(typed.encode(), BILUM_DATA_DIR=str(tmp_path / "new")))
    asked, answer = said.split("/as 70000001")[1].split("+67570000001> 1 ")
    assert PIG in asked
    assert f"What you sent about pig {PIG} counts now" in answer


@pytest.mark.slow
def test_phone__on_a_running_server__is_answered_by_it(servers, here, tmp_path):
    alone, _, log = servers
    folder = {"BILUM_DATA_DIR": str(tmp_path / "none")}
    said = shown(here(b"HELP", "--url", f"{alone}/", "--as", "7000 0042", **folder))
    assert "Pig sick: SICK 3" in said
    assert "+67570000042>" in said
    assert not (tmp_path / "none" / "bilum.db").exists()
    assert "70000042" not in log.read_text()
    by_default = here(b"HELP 2", BILUM_PORT=alone.rpartition(":")[2], **folder)
    assert "16345" in shown(by_default)
    assert not (tmp_path / "none" / "bilum.db").exists()


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n\n  \n", id="empty-lines"),
        pytest.param(b"\xff\xfe HELP \x00\n", id="no-utf-8"),
        pytest.param(b"/as nobody\n/unknown\n*99#\n", id="mistakes"),
        pytest.param(b"HELP", id="no-line-break-at-the-end"),
        pytest.param(b"HELP\r\n", id="line-break-of-windows"),
        pytest.param(b"[bold]HELP[/]\n", id="markup"),
        pytest.param(b"9" * 60_000 + b"\n", id="a-line-of-sixty-thousand"),
    ],
)
def test_phone__anything_typed__ends_well(servers, here, typed):
    ended = here(typed, "--url", servers[0])
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("+67570000001> ")


@pytest.mark.parametrize(
    ("arguments", "environ", "told"),
    [
        pytest.param(["--lang", "de"], {}, (2, "'de' is not one of 'en', 'tpi'"), id="no-language"),
        pytest.param(["--url", "bilum.example"], {}, (2, "http:// before it"), id="no-address"),
        pytest.param(["--url", ""], {}, (2, "http:// before it"), id="empty-address"),
        pytest.param(["--url", "http://127.0.0.1:1"], {}, (3, "No server answers"), id="nobody"),
        pytest.param(["--url", "http://["], {}, (3, "No server answers"), id="bracket"),
        pytest.param(
            [], KANNEL | {"BILUM_ROUTES": "+ kannel"}, (3, "to real phones by kannel"), id="real"
        ),
        pytest.param(
            [],
            {"BILUM_DATABASE_URL": "postgresql+psycopg://bilum@127.0.0.1:1/bilum"},
            (3, "start the server"),
            id="postgresql",
        ),
        pytest.param(
            [], {"BILUM_CHAIN_URL": "http://127.0.0.1:1"}, (3, "start the server"), id="node"
        ),
        pytest.param([], {"BILUM_PORT": "none"}, (3, "BILUM_PORT must be"), id="settings"),
    ],
)
def test_phone__that_cannot_be_played__says_why_and_makes_nothing(
    here, tmp_path, arguments, environ, told
):
    ended = here(b"HELP", *arguments, **environ, BILUM_DATA_DIR=str(tmp_path / "none"))
    assert (ended.status, ended.out) == (told[0], "")
    assert told[1] in ended.err
    assert not (tmp_path / "none").exists()


def test_phone__as_no_number__says_how_to_write_one(servers, here):
    ended = here(b"HELP", "--url", servers[0], "--as", "nobody")
    assert (ended.status, ended.out) == (2, "")
    assert "country code" in ended.err


@pytest.mark.slow
def test_phone__on_a_server_for_others__is_refused(servers, here):
    assert "make serve" in here(b"HELP", "--url", servers[1]).err
    ended = here(b"HELP", BILUM_PORT=servers[1].rpartition(":")[2])
    assert (ended.status, ended.out) == (3, "")


@pytest.mark.slow
def test_phone__on_a_server_that_is_no_bilum__is_refused(here):
    def page(_environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<!doctype html>"]

    port = free_port()
    with serving(page, port):
        ended = here(b"HELP", BILUM_PORT=str(port))
    assert (ended.status, ended.out) == (3, "")


@pytest.mark.slow
def test_phone__typed_by_a_person__is_helped_and_shows_what_arrives_later(servers, here, tmp_path):
    """On a terminal of its own, as a person has it."""
    here(b"REG 598000000000025", "--url", servers[0], "--as", "70000051")
    mine, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "phone", "--url", servers[0], "--as", "70000051"],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "100"},
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        said = read_until(mine, "+67570000051> ")
        assert help_of("en", "*123#").splitlines()[0] in said
        # Somebody else treats the pig meanwhile, and nobody types here.
        here(b"TREAT 598000000000025 IVOMEC 28", "--url", servers[0])
        assert "598000000000025" in read_until(mine, "+67570000051> ")
        os.write(mine, b"/quit\n")
        read_until(mine, None)
        assert process.wait(60) == 0
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        os.close(mine)


def read_until(terminal, ending):
    """Read a terminal until what it says ends so; None: until nobody writes any more."""
    said = ""
    while ending is None or not said.endswith(ending):
        try:
            said += os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            assert ending is None, said
            break
    return said
