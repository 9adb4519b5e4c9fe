"""Parts that some drills need: clocks that can be set, and RabbitMQ."""

from __future__ import annotations

import secrets
import struct
import subprocess
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import urllib3
from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import KombuError

from deploy.lab.hosts import Program
from services.runtime.wakeup import DISPATCH

if TYPE_CHECKING:
    from deploy.lab.hosts import Host

BROKER_HOST = 2
"""Number of the host with RabbitMQ: the one without web and worker."""

METRICS_TOKEN = {"BILUM_METRICS_TOKEN": secrets.token_urlsafe(24)}

_SOURCE = Path(__file__).parent / "clock.c"
_SECONDS = struct.Struct("q")
_RABBITMQ, _PORT = "/usr/lib/rabbitmq/bin/rabbitmq-server", 5672
_PASSWORD = secrets.token_hex(16)
_AHEAD = "bilum_clock_ahead_seconds "
_ITS_PROCESSES = {"beam.smp", "epmd", "erl_child_setup"}


class Parts(NamedTuple):
    """Parts that a lab has besides.

    Attributes:
        clocks, database_clocks: clocks of web and worker, and of databases, can be set.
        broker: RabbitMQ wakes the workers.
        disks: a disk's device can fail and be slow.
        names: carrier and node are reached by names that a resolver of the lab knows.
        certificates: whatever speaks TLS on real machines does so here.
    """

    clocks: bool = False
    database_clocks: bool = False
    broker: bool = False
    disks: bool = False
    names: bool = False
    certificates: bool = False


USUAL = Parts()


class HostClock(StrEnum):
    """Clocks of a host that can be set apart: its web's and worker's, its database's."""

    PROGRAM = "program"
    DATABASE = "database"


def faked(host: Host, program: Program, clock: HostClock) -> Program:
    """Return a program that takes its host's clock from a file; what has passed stays true.

    Raises:
        RuntimeError: there is no C compiler, or it has no headers.
    """
    set_ahead(host, clock, 0)
    file = _clock_file(host, clock)
    environ = {"LD_PRELOAD": str(_preloaded(file.parent)), "LAB_CLOCK": str(file)}
    return replace(program, environ={**program.environ, **environ})


def set_ahead(host: Host, clock: HostClock, seconds: int) -> None:
    """Set a clock for all that runs by it, now."""
    file = _clock_file(host, clock)
    # One that nothing runs by has no file yet.
    file.touch()
    # In place: programs have this very file in their memory.
    with file.open("r+b") as written:
        written.write(_SECONDS.pack(seconds))


def read_ahead(host: Host, port: int) -> float | None:
    """Return how far a host's web says that its clock is ahead; None: it says nothing."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN['BILUM_METRICS_TOKEN']}"}
    url = f"http://{host.address}:{port}/metrics"
    try:
        told = urllib3.request("GET", url, headers=headers, retries=False, timeout=10)
    except urllib3.exceptions.HTTPError:
        return None
    lines = told.data.decode("utf-8", "replace").splitlines()
    return next((float(one.split()[1]) for one in lines if one.startswith(_AHEAD)), None)


def broker_program(host: Host) -> Program:
    """Return RabbitMQ, one node, for a host; what it has to write lies on its disk."""
    folder = host.disk.path / "state" / "rabbitmq"
    folder.mkdir()
    (folder / "plugins").write_text("[].", encoding="ascii")
    (folder / "environment").touch()
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 0.0.0.0:{_PORT}\ndefault_user = bilum\ndefault_pass = {_PASSWORD}\n"
        "loopback_users = none\nlog.file = false\nlog.console = true\n",
        encoding="ascii",
    )
    environ = {
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"bilum@{host.name}",
        "RABBITMQ_NODE_PORT": str(_PORT),
        "RABBITMQ_MNESIA_BASE": str(folder / "database"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "environment"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }
    return Program("rabbitmq", (_RABBITMQ,), environ=environ)


def broker_url(host: Host) -> str:
    """Return the address of the broker on a host."""
    return f"amqp://bilum:{_PASSWORD}@{host.address}:{_PORT}/"


def broker_processes(host: Host) -> list[int]:
    """Return the processes of RabbitMQ on a host."""
    found = {one: Path(f"/proc/{one}/comm") for one in host.processes()}
    return [one for one, comm in found.items() if _read(comm) in _ITS_PROCESSES]


def count_woken(host: Host) -> int:
    """Return how many workers take wake-ups from the broker of a host; none where it is away."""
    try:
        with Connection(broker_url(host), connect_timeout=2) as connection:
            queue = connection.default_channel.queue_declare(DISPATCH, passive=True)
            return int(queue.consumer_count)
    except (OSError, AMQPError, KombuError):
        return 0


def _read(comm: Path) -> str:
    try:
        return comm.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _preloaded(folder: Path) -> Path:
    library = folder / "clock.so"
    command = ("cc", "-shared", "-fPIC", "-O2", "-o", library, _SOURCE, "-ldl")
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError("apt-get install gcc libc6-dev") from error
    return library


def _clock_file(host: Host, clock: HostClock) -> Path:
    return host.disk.path / "state" / f"{clock}.clock"
