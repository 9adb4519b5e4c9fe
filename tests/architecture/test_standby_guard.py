"""The guard of a standby: when it restarts Patroni, and that nothing it reads ends it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from tests.support.paths import ROOT

SCRIPT = ROOT / "deploy" / "patroni" / "bilum-standby-guard"


def members(**states):
    """Return what Patroni tells of a cluster that `a` leads, if it runs."""
    told = [{"name": name, "role": "replica", "state": state} for name, state in states.items()]
    told[0]["role"] = "leader"
    return {"members": told}


LED = members(a="running", b="starting", c="streaming")
TWO_STUCK = members(a="running", b="starting", c="starting")
UNLED = members(a="starting", b="starting", c="starting")
STARTING = {"state": "starting", "role": "replica", "patroni": {"name": "b"}}
RUNNING = {"state": "running", "role": "replica", "patroni": {"name": "b"}}


@pytest.fixture(scope="module")
def program():
    loader = SourceFileLoader("standby_guard", str(SCRIPT))
    module = module_from_spec(spec_from_loader("standby_guard", loader))
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = written
    return module


@pytest.fixture
def ask(program):
    """Ask a guard at seconds since the beginning."""
    at = [0.0]
    guard = program.Guard(60, clock=lambda: at[0])

    def asked(second, own=STARTING, cluster=LED, *, busy=False):
        at[0] = second
        return guard.decide(own, cluster, busy)

    return asked


def test_guard__standby_starts_for_too_long__is_restarted_then_copied(ask):
    assert [ask(second) for second in (0, 59, 60)] == [None, None, "restart"]
    assert [ask(second) for second in (70, 189, 190)] == [None, None, "copy"]
    assert [ask(second) for second in (200, 439, 440)] == [None, None, "copy"]


def test_guard__two_standbys_start_for_too_long__one_keeps_its_data(ask):
    second = {**STARTING, "patroni": {"name": "c"}}
    assert [ask(at, second, TWO_STUCK) for at in (0, 60)] == [None, "restart"]
    assert [ask(at, second, TWO_STUCK) for at in (70, 190)] == [None, "restart"]
    assert [ask(at, STARTING, TWO_STUCK) for at in (200, 440)] == [None, "copy"]


def test_guard__no_standby_is_listed__is_copied_all_the_same(ask):
    alone = members(a="running")
    assert [ask(second, cluster=alone) for second in (0, 60)] == [None, "restart"]
    assert [ask(second, cluster=alone) for second in (70, 190)] == [None, "copy"]


def test_guard__leader_itself_starts_for_too_long__is_restarted_and_keeps_its_data(ask):
    own = {**STARTING, "role": "primary"}
    assert [ask(second, own, UNLED) for second in (0, 59, 60)] == [None, None, "restart"]
    assert [ask(second, own, UNLED) for second in (70, 190)] == [None, "restart"]


def test_guard__former_leader_stops_for_too_long__is_restarted_then_copied(ask):
    own = {**STARTING, "state": "stopping", "role": "primary"}
    gone = members(a="running", c="streaming")
    assert [ask(second, own, gone) for second in (0, 59, 60)] == [None, None, "restart"]
    assert [ask(second, cluster=gone) for second in (70, 190)] == [None, "copy"]


def apart(**timelines):
    """Return what Patroni tells of a cluster in which `b` runs and follows nobody."""
    told = members(a="running", b="running", c="streaming")
    for one in told["members"]:
        one["timeline"] = timelines.get(one["name"], 3)
    return told


def test_guard__standby_runs_on_a_timeline_of_before__is_restarted_then_copied(ask):
    old = apart(b=2)
    assert [ask(second, RUNNING, old) for second in (0, 59, 60)] == [None, None, "restart"]
    assert [ask(second, RUNNING, old) for second in (70, 189, 190)] == [None, None, "copy"]
    assert ask(200, RUNNING, apart()) is None
    assert [ask(second, RUNNING, old) for second in (210, 270)] == [None, "restart"]


def test_guard__standby_on_the_leaders_timeline_is_not_streaming_yet__waits(ask):
    assert not any(ask(second, RUNNING, apart()) for second in range(0, 1000, 10))


def test_guard__came_up_meanwhile__begins_anew(ask):
    assert [ask(0), ask(60)] == [None, "restart"]
    assert ask(61, RUNNING) is None
    assert [ask(second) for second in (70, 129, 130)] == [None, None, "restart"]


@pytest.mark.parametrize(
    "answers",
    [
        (RUNNING, LED),
        ({**STARTING, "pause": True}, LED),
        ({"state": "stopped", "pause": True}, LED),
        (STARTING, UNLED),
        (STARTING, {}),
        ({"state": "running", "role": "primary"}, UNLED),
        ({"state": "creating replica"}, UNLED),
    ],
)
def test_guard__nothing_is_wrong_or_nobody_leads__waits(ask, answers):
    assert not any(ask(second, *answers) for second in range(0, 1000, 10))


@pytest.mark.parametrize("state", ["creating replica", "stopped"])
def test_guard__copy_that_was_broken_off__is_made_anew(ask, state):
    """On a disk that filled up, or by a loss of power: the system ID is invalid for ever."""
    own, gone = {**STARTING, "state": state}, members(a="running", c="streaming")
    assert not any(ask(second, own, gone, busy=True) for second in range(0, 1000, 10))
    assert [ask(second, own, gone) for second in (1000, 1059, 1060)] == [None, None, "restart"]
    assert [ask(second, own, gone) for second in (1070, 1190)] == [None, "copy"]


def test_guard__former_leader_stays_stopped__is_restarted_and_keeps_its_data(ask):
    own = {**STARTING, "state": "stopped", "role": "primary"}
    assert not any(ask(second, own, busy=True) for second in range(0, 1000, 10))
    assert [ask(second, own) for second in (1000, 1059, 1060)] == [None, None, "restart"]
    assert [ask(second, own) for second in (1070, 1190)] == [None, "restart"]


@pytest.mark.parametrize(
    ("told", "works"),
    [
        (["/usr/lib/pg_basebackup", "--pgdata={}", "-X"], True),
        (["pg_rewind", "-D", "{}"], True),
        (["/usr/lib/postgres", "--single", "-D", "{}"], True),
        (["/usr/lib/postgres", "-D", "{}"], False),
        (["pg_basebackup", "--pgdata=/elsewhere"], False),
    ],
)
def test_at_work__programs_of_its_data_and_others__are_told_apart(program, tmp_path, told, works):
    name, *rest = (one.format(tmp_path) for one in told)
    sleeps = ["-c", "print(flush=True); import time; time.sleep(60)"]
    with subprocess.Popen(
        [name, *sleeps, *rest], executable=sys.executable, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        assert program.at_work(str(tmp_path)) is works
        process.kill()
    assert not program.at_work(str(tmp_path))


def test_guard__no_answer_in_between__does_not_forget(ask):
    assert [ask(0), ask(30, None, None), ask(60)] == [None, None, "restart"]


@contextmanager
def patroni(answers, posted=None):
    """Answer as Patroni does: 503 for what is not running; keep what is posted."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.do_GET()

        def do_GET(self):
            body = answers[self.path]
            self.send_response(503)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.sockets
def test_read__answers_of_any_status_and_kind__are_read_or_nothing(program):
    with patroni({"/patroni": STARTING, "/cluster": b"no JSON"}) as address:
        assert program.read(address, "/patroni") == STARTING
        assert program.read(address, "/cluster") is None
    assert program.read(address, "/patroni") is None


@pytest.mark.sockets
def test_read__something_is_told__is_posted(program):
    posted = []
    with patroni({"/reinitialize": b"reinitialize started"}, posted) as address:
        assert program.read(address, "/reinitialize", b'{"force": true}') is None
    assert posted == [("/reinitialize", b'{"force": true}')]


@pytest.mark.sockets
def test_program__standby_starts_for_too_long__runs_the_command(tmp_path):
    told = tmp_path / "restarted"
    with patroni({"/patroni": STARTING, "/cluster": LED}) as address:
        command = [
            sys.executable,
            SCRIPT,
            "--patroni",
            address,
            "--data",
            tmp_path,
            "--after",
            "0",
            "--",
            "touch",
            told,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert "Patroni is restarted" in process.stdout.readline()
            for _ in range(100):
                if told.exists():
                    break
                time.sleep(0.05)
            process.kill()
    assert told.exists()
