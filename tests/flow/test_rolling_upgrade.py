"""Two machines behind a load balancer get a new program, the old one again, and the new one.

All the while people report, each once: nobody repeats what was not taken.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import urllib3
from sqlalchemy import func, select

from chain.settings import ChainSettings
from services.core.clock import utc_now
from services.core.settings import Settings
from services.maintenance.deployment import deploy_ledger
from services.runtime.container import Runtime
from services.storage.models import Animal, Journal, Message
from tests.anvil import running_anvil
from tests.factories import KEY
from tests.fakes.twilio_server import ACCOUNT, TOKEN, twilio_server
from tests.flow.deployments import PASSWORD, make_keystore, on_node
from tests.support import environment
from tests.support.next_program import revision_after, write_next_migrations
from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.postgres import fresh_database
from tests.support.reports import OUR_NUMBER, phone, post_report, tag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.program("haproxy"),
    pytest.mark.postgres,
    pytest.mark.anvil,
    pytest.mark.sockets,
    pytest.mark.slow,
]

UNAVAILABLE = 3
"""Status of commands, `services.cli.common`."""
PHONES, DRAIN_SECONDS, SOON = 2, 4, 120
PACKAGES = ("services", "sms", "gateway", "chain", "contracts")
STEPS = (
    'op.add_column("premises", sa.Column("trial", sa.String()))',
    'create_index("ix_premises_trial", "premises", ["trial"])',
    'op.drop_index("ix_animal_kind", "animal")',
)
START = "import sys; sys.argv[0] = 'bilum'; from services.cli import main; main()"
# On a busy machine /ready is slow: what is slow is not away.
BALANCER = """global
  maxconn 200
defaults
  mode http
  timeout connect 20s
  timeout client 60s
  timeout server 60s
  timeout check 20s
listen all
  bind 127.0.0.1:{front}
  option httpchk GET /ready
  default-server inter 500ms fall 3 rise 1
{servers}
"""


@dataclass
class Reports:
    """People with a phone each, who report until they are told to stop."""

    url: str
    answers: dict[int, str] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for first in range(PHONES):
            self._threads.append(threading.Thread(target=self._report, args=(first,)))
            self._threads[-1].start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _report(self, number: int) -> None:
        pool = urllib3.PoolManager(1, timeout=60, retries=False)
        while not self._stop.wait(0.1):
            number += PHONES
            try:
                told = post_report(pool, self.url, number)
                said = "" if told.status == 200 else told.data.decode()[:200]
                self.answers[number] = f"{told.status} {said}".strip()
            except urllib3.exceptions.HTTPError as error:
                self.answers[number] = type(error).__name__


@dataclass
class Machine:
    """A machine with a web server and a worker, of one program at a time."""

    port: int
    environ: dict[str, str]
    log: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, program: Path) -> None:
        self.running = [self.command(program, "serve"), self.command(program, "worker")]
        url = f"http://127.0.0.1:{self.port}/ready"
        for _ in range(SOON * 5):
            with suppress(urllib3.exceptions.HTTPError):
                if urllib3.request("GET", url, retries=False, timeout=2).status == 200:
                    return
            time.sleep(0.2)
        raise AssertionError(self.log.read_text("utf-8"))

    def command(self, program: Path, *words: str) -> subprocess.Popen[bytes]:
        environ = self.environ | {"PYTHONPATH": str(program), "BILUM_PORT": str(self.port)}
        if words[0] == "serve":
            environ = {name: told for name, told in environ.items() if "SIGNER" not in name}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", START, *words],
                cwd=program,
                env=environ,
                stdout=log,
                stderr=log,
            )

    def run(self, program: Path, *words: str) -> tuple[int, str]:
        """Run a command to its end; return its status and what it said."""
        before = self.log.stat().st_size
        status = self.command(program, *words).wait(SOON)
        return status, self.log.read_bytes()[before:].decode()

    def stop(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(SOON) for process in self.running] == [0] * len(self.running)
        self.running = []

    def kill(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Our program, and one that comes after it."""
    folder = tmp_path_factory.mktemp("next") / "program"
    for package in PACKAGES:
        skipped = shutil.ignore_patterns("node_modules", "__pycache__", "migrations")
        shutil.copytree(ROOT / package, folder / package, ignore=skipped)
    steps = folder / "services" / "storage" / "migrations"
    write_next_migrations(steps, list(STEPS), [False, False, True])
    return ROOT, folder


@pytest.fixture
def environ(tmp_path, server_template):
    """The settings of both machines, with all that they name."""
    keystore = make_keystore(tmp_path / "keys")
    with (
        fresh_database(environment.POSTGRES_URL, server_template) as url,
        running_anvil() as node,
        twilio_server(utc_now) as carrier,
    ):
        chain = ChainSettings(
            url=node, embedded=tmp_path / "no", keystore=keystore, keystore_password=PASSWORD
        )
        address, _ = deploy_ledger(chain, (None, None), tmp_path / "address")
        front = f"http://127.0.0.1:{free_port()}"
        told = {
            **on_node(node, address, keystore),
            "BILUM_DATABASE_URL": url,
            "BILUM_DATA_KEY": KEY.hex(),
            "BILUM_DATA_DIR": str(tmp_path / "data"),
            "BILUM_PUBLIC_URL": front,
            "BILUM_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "BILUM_ROUTES": "+ twilio",
            "BILUM_TWILIO_ACCOUNT_SID": ACCOUNT,
            "BILUM_TWILIO_AUTH_TOKEN": TOKEN,
            "BILUM_TWILIO_FROM": OUR_NUMBER,
            "BILUM_TWILIO_URL": carrier.url,
        }
        yield told, carrier


@contextmanager
def balanced(machines: list[Machine], folder: Path) -> Iterator[None]:
    """Run a load balancer before the machines."""
    servers = "\n".join(f"  server m{one.port} 127.0.0.1:{one.port} check" for one in machines)
    front = machines[0].environ["BILUM_PUBLIC_URL"].rpartition(":")[2]
    (folder / "balancer").write_text(BALANCER.format(front=front, servers=servers), "ascii")
    command = [environment.program("haproxy"), "-db", "-f", str(folder / "balancer")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def roll(machines: list[Machine], program: Path) -> None:
    """Give one machine after the other a program."""
    for machine in machines:
        machine.stop()
        machine.start(program)
        time.sleep(1)


@pytest.mark.usefixtures("machine_alone")
def test_machines__new_program_and_back_under_load__every_report_is_taken_once(
    programs, environ, tmp_path
):
    old, new = programs
    settings, carrier = environ
    machines = [Machine(free_port(), settings, tmp_path / f"{name}.log") for name in "ab"]
    reports = Reports(settings["BILUM_PUBLIC_URL"])
    try:
        for machine in machines:
            machine.log.touch()
            machine.start(old)
        with balanced(machines, tmp_path):
            time.sleep(1)
            reports.start()
            try:
                go_and_come_back(machines, old, new)
            finally:
                reports.stop()
        wait_until_all_is_sent(settings)
        for machine in machines:
            machine.stop()
    finally:
        for machine in machines:
            machine.kill()
    count(settings, reports, carrier)


def go_and_come_back(machines: list[Machine], old: Path, new: Path) -> None:
    status, told = machines[0].run(new, "db", "upgrade")
    assert (status, f"schema at {revision_after(2)}" in told) == (0, True), told
    assert "upgrade is not finished" in told
    roll(machines, new)
    roll(machines[:1], old)
    status, told = machines[0].run(new, "db", "upgrade", "--finish")
    assert (status, "An older Bilum still uses this database" in told) == (UNAVAILABLE, True), told
    roll(machines[:1], new)
    status, told = machines[0].run(new, "db", "upgrade", "--finish")
    assert (status, f"schema at {revision_after(3)}" in told) == (0, True), told
    time.sleep(1)
    status, told = machines[0].run(old, "serve")
    assert (status, "A newer Bilum made it" in told) == (UNAVAILABLE, True), told


def wait_until_all_is_sent(settings: dict[str, str]) -> None:
    """Wait for the workers: each answer goes, and each record."""
    with closing(Runtime.open(Settings.from_env(settings))) as runtime:
        for _ in range(SOON):
            with runtime.database.read() as session:
                waiting = select(func.count()).where(Message.state != "sent")
                if not session.scalar(waiting) and runtime.recorder_store.all_recorded():
                    return
            time.sleep(1)


def count(settings: dict[str, str], reports: Reports, carrier) -> None:
    numbers = sorted(reports.answers)
    with (
        closing(Runtime.open(Settings.from_env(settings))) as runtime,
        runtime.database.read() as session,
    ):
        there = Counter(session.scalars(select(Animal.value)))
        events = session.scalar(select(func.count()).where(Journal.type == "register"))
    print(f"{len(numbers)} reports: {Counter(reports.answers.values())}")  # noqa: T201
    assert Counter(reports.answers.values()) == {"200": len(numbers)}
    assert there == Counter(map(tag, numbers))
    assert events == len(numbers) > 100
    assert Counter(one.to for one in carrier.messages) == Counter(map(phone, numbers))
